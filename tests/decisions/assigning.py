"""Assignments of the small policy, with the schedules and silences that a test needs."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from standfast.decisions.assignment import Known, assign
from standfast.incidents.assessment import Assessed, Level, Priority, Scope
from standfast.incidents.assignment import Assignment
from standfast.incidents.report import Report
from standfast.incidents.schedule import DatedShifts, Override
from standfast.incidents.silence import Matcher, Silence
from standfast.policy import Policy
from tests.decisions.small_policy import SMALL, small_policy

FIRST_WEEK = datetime(2026, 1, 6, 12, tzinfo=UTC)
SECOND_WEEK = FIRST_WEEK + timedelta(weeks=1)
HOUR = timedelta(hours=1)
NOTHING_DATED = DatedShifts()
NIGHT = datetime(2026, 1, 7, 3, tzinfo=UTC)
"""A Wednesday's; nobody of `OFFICE_HOURS` is at work."""

OFFICE_HOURS = {"opens": "09:00", "closes": "17:00"}


def assessed(priority: Priority = Priority.P3, **report: Any) -> Assessed:
    return Assessed(
        report=Report(**({"title": "No tunnel", "service": "vpn"} | report)),
        impact=Level.LOW,
        urgency=Level.MEDIUM,
        scope=Scope.USER,
        priority=priority,
        category="network",
    )


def assigned(
    policy: Policy | None = None,
    dated: DatedShifts = NOTHING_DATED,
    silences: Sequence[Silence] = (),
    **asked: Any,
) -> Assignment:
    usually: dict[str, Any] = {
        "team": "network",
        "tier": 1,
        "assessed": assessed(),
        "at": FIRST_WEEK,
    }
    return assign(policy or small_policy(), Known(dated, silences), **(usually | asked))


def reached(assignment: Assignment) -> tuple[str, ...]:
    """Whom a page would be tried with, one after the other."""
    return (*dict.fromkeys([*assignment.contacts, assignment.last_resort]),)


def tier(name: str, *people: str, at_work: bool = False) -> dict[str, Any]:
    """A tier of the policy; `at_work` leaves its nights free, on purpose."""
    layer: dict[str, Any] = {"rotation": {"people": [*people]}}
    if at_work:
        return {"name": name, "layers": [layer | {"hours": OFFICE_HOURS}], "gaps": "allowed"}
    return {"name": name, **layer}


def by_calendar(name: str) -> dict[str, Any]:
    return {"name": name, "calendar": f"{name}.ics"}


def with_tiers(policy: Any = None, **teams: Sequence[dict[str, Any]]) -> Policy:
    """The small policy, the tiers of these teams replaced."""
    changed = {key: SMALL["teams"][key] | {"tiers": [*tiers]} for key, tiers in teams.items()}
    return small_policy(**{"teams": SMALL["teams"] | changed, **(policy or {})})


def override(person: str, tier: str = "L1", team: str = "network") -> Override:
    """Somebody stands in, in the hours around `FIRST_WEEK`."""
    return Override(
        id="OVR-1",
        number=1,
        team=team,
        tier=tier,
        person=person,
        starts=FIRST_WEEK - HOUR,
        ends=FIRST_WEEK + HOUR,
        by="pit",
        created_at=FIRST_WEEK - 9 * HOUR,
    )


def silence(**matcher: Any) -> Silence:
    return Silence(
        id="SIL-1",
        matcher=Matcher(**(matcher or {"services": ["vpn"]})),
        starts=FIRST_WEEK - HOUR,
        ends=FIRST_WEEK + 2 * HOUR,
        by="pit",
        reason="new firewall",
        created_at=FIRST_WEEK - HOUR,
    )
