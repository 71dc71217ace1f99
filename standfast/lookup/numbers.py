"""The numbers of closed incidents, as somebody may see them: for commands, API and console."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from standfast.decisions.stats import counted
from standfast.incidents.confidentiality import Reader
from standfast.incidents.stats import Stats, StatsFilter, StatsQuery
from standfast.intake.errors import Invalid
from standfast.policy import Policy
from standfast.records.store import RecordStore
from standfast.time.asked_moment import asked_moment

UNLESS_ASKED = "90d"
"""How far back numbers go where nobody says since when."""

LONGEST = timedelta(days=3 * 366)
"""The longest time of one question: what it reads is counted in memory."""


def asked(wanted: StatsFilter, now: datetime) -> StatsQuery:
    """The question that these texts ask.

    Invalid: one of them cannot be read; names it.
    """
    moments = {}
    for name, text in (("since", wanted.since or UNLESS_ASKED), ("until", wanted.until)):
        try:
            moments[name] = asked_moment(text, now) if text else now
        except ValueError as wrong:
            raise Invalid(f"{name}: {text!r} {wrong}") from None
    begins, ends = moments["since"], moments["until"]
    if ends <= begins:
        raise Invalid(f"until: {ends:%Y-%m-%d %H:%M} UTC is not after since")
    if ends - begins > LONGEST:
        raise Invalid(f"since: at most three years in one question, not from {begins:%Y-%m-%d} on")
    return StatsQuery(by=wanted.by, since=begins, until=ends, team=wanted.team)


def numbers(
    records: RecordStore, policy: Policy | None, query: StatsQuery, reader: Reader | None
) -> Stats:
    """The numbers that were asked for, of the incidents that `reader` finds; None: of all.

    policy: says in which zones people's nights are; without one they are in UTC.

    Raises:
        RecordsUnavailable: the record store cannot be read.
    """
    closed = records.measures.closed(query.since, query.until, reader, query.team)
    people = policy.people if policy else {}
    measured = counted(
        records.measures.between(query.since, query.until, reader, query.team),
        since=query.since,
        until=query.until,
        by=query.by,
        zone=UTC,
        zones={key: ZoneInfo(one.zone) for key, one in people.items()},
    )
    # One may have closed in between.
    without = max(0, closed - measured.total.incidents)
    return measured.model_copy(update={"unmeasured": without})
