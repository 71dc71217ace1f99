"""Closed incidents as a company of some thousand people has them: generated, and plausible."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate

from standfast.incidents.actors import OURSELVES
from standfast.incidents.assessment import Level, Priority
from standfast.incidents.confidentiality import Confidential
from standfast.incidents.flowchart import Box
from standfast.incidents.ids import incident_id
from standfast.incidents.record import IncidentView, Outcome, TimelineEntry
from standfast.incidents.report import Report
from standfast.incidents.resolution import Resolution

_SERVICES = [*(f"service-{number}" for number in range(36)), "vpn", "wiki", "shop", "mail"]
_CATEGORIES = ["network", "software", "hardware", "access", "security", "data", "cloud", "other"]
_TEAMS = ["desk", "network", "apps", "platform", "security", "database"]
_PEOPLE = [f"person{number}" for number in range(60)]
_THINGS = [
    *("certificate", "login", "disk", "printer", "backup", "queue", "database", "checkout"),
    *("mailbox", "calendar", "switch", "tunnel", "report", "invoice", "license", "index"),
]
_FAULTS = [
    *("has expired", "is full", "hangs", "answers 502", "is very slow", "was rejected"),
    *("cannot be opened", "drops every few minutes", "shows old data", "crashed twice"),
]
_CAUSES = [
    "the cron job was disabled",
    "a deploy changed the timeout",
    "the pool had no connections left",
    "a firewall rule was missing",
    "the volume was too small",
    "the password of the account had expired",
]
_FIXES = ["restarted", "renewed", "rolled back", "resized", "unlocked", "reindexed", "failed over"]
_OFTEN = """
    error server connection timeout service user request failed restart host node update access
    version cluster network log check test email customer deploy cache load memory cpu alert retry
    rule port address process thread session token password account group policy storage volume
    partition table query lock transaction replica primary secondary region zone gateway proxy
    router cable firmware driver patch kernel package module script job schedule task pipeline
    build branch commit release rollback config variable secret key vault domain record zone lookup
    name latency packet loss route peer interface bandwidth limit quota license order payment
    basket price stock invoice supplier shipment label scanner terminal laptop monitor keyboard
    headset phone tablet browser page button form field upload download file folder share drive
    permission owner role team vendor contract ticket caller office floor building meeting
    workaround reboot reset reinstall replace reconnect reconfigure rotate resize expand shrink
    slow broken missing wrong old new empty full stuck blank red green again still since yesterday
    today morning evening night weekend minute hour first second third last next previous
    """.split()  # noqa: SIM905
"""Words that people write about incidents, more or less as often as they stand here."""

_SELDOM = [f"{start}{end}" for start in ("log", "net", "sys", "app", "db") for end in range(4_000)]
"""Words such as those of host names and messages: many, and each of them rare."""

RARE = "zirconium"
"""A word of one incident in thousand."""

COMMON = "investigating"
"""A word of every second."""

_VOCABULARY = [*_OFTEN, *_THINGS, *_SELDOM]
_WEIGHTS = [*accumulate(1 / (20 + rank) for rank in range(len(_VOCABULARY)))]
"""Few words are written often, and many seldom, as in every language."""

NOW = datetime(2026, 11, 30, tzinfo=UTC)


def past_incidents(count: int, seed: int = 17) -> Iterator[IncidentView]:
    """So many, the oldest first: over three years, three to eight comments in each."""
    chance = random.Random(seed)
    step = timedelta(days=3 * 365) / max(1, count)
    for number in range(count):
        yield _incident(chance, number, NOW - step * (count - number))


def open_incidents(count: int, seed: int = 18) -> Iterator[IncidentView]:
    """So many that are open, of the last day."""
    chance = random.Random(seed)
    for number in range(count):
        closed = _incident(chance, number, NOW - timedelta(minutes=number))
        yield closed.model_copy(
            update={
                "incident_id": incident_id(f"open {number}"),
                "status": "open",
                "stage": Box.RESOLVE,
                "outcome": None,
                "resolution": None,
                "closed_at": None,
            }
        )


def _incident(chance: random.Random, number: int, opened_at: datetime) -> IncidentView:
    thing, fault = chance.choice(_THINGS), chance.choice(_FAULTS)
    service, team = chance.choice(_SERVICES), chance.choice(_TEAMS)
    reporter = f"user{chance.randrange(500)}@fernhill.example"
    host = f"host-{chance.randrange(500)}"
    by = chance.choice(_PEOPLE)
    closed_at = opened_at + timedelta(minutes=chance.randrange(60, 4_000))
    title = f"{thing.capitalize()} of {service} {fault}"
    timeline = tuple(_timeline(chance, number, opened_at, closed_at, by))
    return IncidentView(
        incident_id=incident_id(f"past {number}"),
        episode=1,
        title=title,
        status="closed",
        stage=Box.CLOSE,
        path=(Box.REPORT, Box.TRIAGE, Box.CLASSIFY, Box.ASSIGN, Box.RESOLVE, Box.CLOSE),
        priority=chance.choices([*Priority], [1, 4, 30, 50, 15])[0],
        impact=Level.MEDIUM,
        urgency=Level.LOW,
        category=chance.choice(_CATEGORIES),
        team=team,
        tier=1,
        assignee=by,
        acknowledged_by=by,
        occurrences=chance.choice([1, 1, 1, 2, 5]),
        reporters=(reporter,),
        decisions=(),
        waiting_for=(),
        evidence=(),
        resolution=Resolution(
            by=by,
            summary=f"We {chance.choice(_FIXES)} the {thing}: {chance.choice(_CAUSES)}.",
            root_cause=chance.choice(_CAUSES),
            steps=(f"Looked at {host}", f"{chance.choice(_FIXES)} it", "Checked it again"),
            at=closed_at,
        ),
        outcome=chance.choices([Outcome.RESOLVED, Outcome.AUTOMATED, Outcome.WITHDRAWN], [8, 1, 1])[
            0
        ],
        opened_at=opened_at,
        closed_at=closed_at,
        confidential=Confidential(by=by) if number % 50 == 49 else None,
        report=Report(
            title=title,
            description=f"Since this morning the {thing} {fault}. {_prose(chance, 40)}",
            error_message=f"{host}: {_prose(chance, 12)}",
            service=service,
            reporter=reporter,
            labels={"host": host, "site": chance.choice(["vienna", "graz", "linz"])},
        ),
        timeline=timeline,
    )


def _timeline(
    chance: random.Random, number: int, opened_at: datetime, closed_at: datetime, by: str
) -> Iterator[TimelineEntry]:
    said = [_prose(chance, 15) for _ in range(chance.randrange(3, 9))]
    if number % 2:
        said[0] = f"{COMMON} {said[0]}"
    if number % 1000 == 999:
        said[-1] = f"{said[-1]} {RARE}"
    events = [
        ("page_sent", OURSELVES, f"{by} was paged", by),
        ("acknowledged", by, "", None),
        *(("comment", by, detail, None) for detail in said),
        ("resolved", by, "", None),
    ]
    step = (closed_at - opened_at) / (len(events) + 1)
    for place, (event, actor, detail, person) in enumerate(events, 1):
        yield TimelineEntry(
            number=place,
            at=opened_at + step * place,
            box=Box.RESOLVE,
            event=event,
            actor=actor,
            detail=detail,
            person=person,
        )


def _prose(chance: random.Random, words: int) -> str:
    return " ".join(chance.choices(_VOCABULARY, cum_weights=_WEIGHTS, k=words))
