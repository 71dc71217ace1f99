"""`override add`, `swap`, `list`, `end`: somebody takes over on-call time."""

from datetime import UTC, datetime
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from standfast.commands.moments import read_moment
from standfast.commands.options import AsJson, By, OverrideId
from standfast.commands.session import Session, in_session
from standfast.decisions.overriding import CannotOverride, not_over
from standfast.incidents.schedule import MadeOverrides, Override, TierName
from standfast.intake.errors import Refused
from standfast.messages.message import short
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import local_time, print_json
from standfast.time.time_range import TimeRangeState

override = typer.Typer(
    help="Overrides and swaps: somebody stands in for whoever is on call.", no_args_is_help=True
)

InTeam = Annotated[str, typer.Option("--team", metavar="NAME", help="The team.")]
InTier = Annotated[str, typer.Option("--tier", metavar="NAME", help="Its tier, such as L1.")]
Until = Annotated[str, typer.Option("--until", metavar="ISO", help="When it ends.")]
From = Annotated[
    str, typer.Option("--from", metavar="ISO", help="When it begins.  \\[default: now]")
]
Why = Annotated[str, typer.Option("--reason", help="Why, for whoever asks.")]


@override.command()
def add(
    team: InTeam,
    tier: InTier,
    person: Annotated[str, typer.Option(metavar="PERSON", help="Who stands in.")],
    until: Until,
    by: By,
    start: From = "",
    instead_of: Annotated[
        str, typer.Option("--instead-of", metavar="PERSON", help="Only if they would be on call.")
    ] = "",
    reason: Why = "",
    as_json: AsJson = False,
) -> None:
    """Put a person on call for a time, in place of whoever is scheduled."""

    async def work(session: Session) -> tuple[TierName, MadeOverrides]:
        where = await session.on_call.tier(team, tier)
        moments = _moments(where, start, until, datetime.now(UTC))
        asked = {
            **{"team": team, "tier": tier, "person": person, "instead_of": instead_of},
            **{**moments, "by": by, "reason": reason},
        }
        return where, await session.on_call.add(asked)

    where, made = in_session(work)
    now = datetime.now(UTC)
    _tell_problems(made)
    [override] = made.overrides
    replaced = list(made.in_place_of)
    if as_json:
        document = _document(override, now) | {"in_place_of": replaced}
        print_json(document | {"already_so": made.already})
    elif instead_of or made.already:
        print_line(_sentence(override, where, already=made.already))
    else:
        in_place_of = ", ".join(replaced) or "nobody"
        print_line(f"{_sentence(override, where)}, in place of {in_place_of}")


@override.command()
def swap(
    team: InTeam,
    tier: InTier,
    person: Annotated[str, typer.Option(metavar="PERSON", help="Who swaps.")],
    other: Annotated[str, typer.Option("--with", metavar="PERSON", help="With whom.")],
    until: Until,
    by: By,
    start: From = "",
    reason: Why = "",
    as_json: AsJson = False,
) -> None:
    """Swap the turns of two people for a period."""

    async def work(session: Session) -> tuple[TierName, MadeOverrides]:
        where = await session.on_call.tier(team, tier)
        moments = _moments(where, start, until, datetime.now(UTC))
        asked = {
            **{"team": team, "tier": tier, "person": person, "other": other},
            **{**moments, "by": by, "reason": reason},
        }
        return where, await session.on_call.swap(asked)

    where, made = in_session(work)
    now = datetime.now(UTC)
    _tell_problems(made)
    if as_json:
        documents = [_document(each, now) for each in made.overrides]
        print_json([each | {"already_so": made.already} for each in documents])
        return
    for each in made.overrides:
        print_line(_sentence(each, where, already=made.already))


@override.command("list")
def list_(
    team: Annotated[str, typer.Option(metavar="NAME", help="Only of this team.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the overrides that are active or upcoming."""
    now = datetime.now(UTC)
    found = in_session(lambda session: session.overrides.list(team, everything=everything))
    if as_json:
        print_json([_document(each, now) for each in found])
        return
    for each in found:
        print_line(_line(each, now))
    if not found:
        print_note("no overrides" if everything else "no override is active or upcoming")


@override.command()
def end(override_id: OverrideId, by: By, as_json: AsJson = False) -> None:
    """End an override early; of a swap both halves."""
    now = datetime.now(UTC)
    ended = in_session(lambda session: session.overrides.end(override_id, by))
    found = ended.override
    if ended.others:
        print_note(f"it was made as a swap: {', '.join(ended.others)} is over, too")
    if as_json:
        print_json(_document(found, now))
    else:
        print_line(f"{found.id} is over: {found.person} no longer stands in")


def _moments(where: TierName, start: str, until: str, now: datetime) -> dict[str, datetime]:
    """When it begins and ends; times without a zone are in the tier's."""
    starts, remark = read_moment("--from", start, where.zone) if start else (now, "")
    ends, another = read_moment("--until", until, where.zone)
    for each in filter(None, (remark, another)):
        print_note(each)
    try:
        not_over(ends, now)
    except CannotOverride as over:
        raise Refused(str(over)) from None
    if start and starts.astimezone(UTC) < now:
        print_note("--from is in the past: it begins now")
    return {"starts": starts, "ends": ends}


def _tell_problems(made: MadeOverrides) -> None:
    for problem in made.problems:
        print_note(problem)


def _sentence(made: Override, tier: TierName, *, already: bool = False) -> str:
    zone = ZoneInfo(tier.zone)
    starts, ends = (short(each.astimezone(zone)) for each in (made.starts, made.ends))
    so = "already so: " if already else ""
    return f"{so}{made.id}: {_who(made)} from {starts} to {ends}"


def _who(made: Override) -> str:
    instead_of = f" in place of {made.instead_of}" if made.instead_of else ""
    return f"{made.person} is on call{instead_of} in {made.team}, {made.tier}"


def _document(made: Override, now: datetime) -> dict[str, Any]:
    return made.model_dump(mode="json") | {"state": made.state(now)}


def _line(made: Override, now: datetime) -> str:
    """Such as `OVR-7F3K2Q running, until …: ben is on call in network, L1, by dev: dentist`."""
    state = made.state(now)
    when = {
        TimeRangeState.COMING: f"from {local_time(made.starts)} to {local_time(made.ends)}",
        TimeRangeState.RUNNING: f"until {local_time(made.ends)}",
        TimeRangeState.OVER: f"since {local_time(made.until)}",
    }[state]
    ended = f", ended by {made.ended_by}" if made.ended_by else ""
    how = f"swap {made.swap} by" if made.swap else "by"
    reason = f": {made.reason}" if made.reason else ""
    return f"{made.id} {state}, {when}{ended}: {_who(made)}, {how} {made.by}{reason}"
