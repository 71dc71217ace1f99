"""`override add`, `swap`, `list`, `end`: somebody takes over on-call time."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer
from pydantic import ValidationError

from standfast.commands.local.session import records_alone
from standfast.commands.moments import read_moment
from standfast.commands.options import AsJson, By, OverrideId
from standfast.commands.schedules import Schedules, schedules, tell_problems
from standfast.decisions.on_call import on_call_between
from standfast.decisions.overriding import (
    from_now_on,
    known_person,
    not_over,
    planned_override,
    planned_swap,
    tier_of,
    why_not_ended,
)
from standfast.incidents.schedule import NewOverride, Override, PlannedOverrides
from standfast.intake.errors import Refused
from standfast.messages.message import short
from standfast.messages.problems import problems
from standfast.policy import Policy
from standfast.policy.schedules import Tier
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
    now = datetime.now(UTC)
    with schedules() as found:
        where = tier_of(found.policy, team, tier)
        for one in filter(None, (person, instead_of)):
            known_person(found.policy, one)
        asked = _new(team, where, person, start, until, by, reason, now)
        asked = asked.model_copy(update={"instead_of": instead_of})
        replaced = _on_call_meanwhile(found, where, asked)
        made, already = found.records.overrides.make(
            team, now, _known(found.policy, partial(planned_override, asked))
        )
    if as_json:
        document = _document(made[0], now) | {"in_place_of": replaced, "already_so": already}
        print_json(document)
    elif instead_of or already:
        print_line(_sentence(made[0], where, already=already))
    else:
        in_place_of = ", ".join(replaced) or "nobody"
        print_line(f"{_sentence(made[0], where)}, in place of {in_place_of}")


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
    now = datetime.now(UTC)
    with schedules() as found:
        where = tier_of(found.policy, team, tier)
        for one in (person, other):
            known_person(found.policy, one)
        asked = _new(team, where, person, start, until, by, reason, now)
        lasting = asked.ends.astimezone(UTC) - asked.starts.astimezone(UTC)
        dated = found.schedules.dated_shifts(found.policy, {team}, asked.starts, lasting)
        tell_problems(dated)
        plan = _known(found.policy, partial(planned_swap, asked, other, where, dated))
        made, already = found.records.overrides.make(team, now, plan)
    if as_json:
        print_json([_document(each, now) | {"already_so": already} for each in made])
        return
    for each in made:
        print_line(_sentence(each, where, already=already))


@override.command("list")
def list_(
    team: Annotated[str, typer.Option(metavar="NAME", help="Only of this team.")] = "",
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the overrides that are active or upcoming."""
    now, only = datetime.now(UTC), team or None
    with records_alone() as records:
        found = (
            records.overrides.all(only)
            if everything
            else records.overrides.running_or_coming(now, only)
        )
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
    with records_alone() as records:
        done = records.overrides.end(override_id, by, now)
        found = records.overrides.get(override_id)
        if not done or found is None:
            raise Refused(why_not_ended(found, override_id))
        others = [
            each.id
            for each in records.overrides.all(found.team)
            if found.swap and each.swap == found.swap and each.id != found.id
        ]
    if others:
        print_note(f"it was made as a swap: {', '.join(others)} is over, too")
    if as_json:
        print_json(_document(found, now))
    else:
        print_line(f"{found.id} is over: {found.person} no longer stands in")


def _new(
    team: str,
    tier: Tier,
    person: str,
    start: str,
    until: str,
    by: str,
    reason: str,
    now: datetime,
) -> NewOverride:
    """The override asked for, from now on; times without a zone are in the tier's."""
    starts, remark = read_moment("--from", start, tier.zone) if start else (now, "")
    ends, another = read_moment("--until", until, tier.zone)
    for each in filter(None, (remark, another)):
        print_note(each)
    not_over(ends, now)
    try:
        asked = NewOverride(
            team=team, tier=tier.name, person=person, starts=starts, ends=ends, by=by, reason=reason
        )
    except ValidationError as error:
        found = problems(error, NewOverride.model_fields)
        # An error about the whole request has no field's name in front.
        raise Refused("\n".join(line.removeprefix(": ") for line in found)) from None
    if starts.astimezone(UTC) < now:
        print_note("--from is in the past: it begins now")
    return from_now_on(asked, now)


def _on_call_meanwhile(found: Schedules, tier: Tier, asked: NewOverride) -> list[str]:
    """Who would be on call without the override."""
    lasting = asked.ends.astimezone(UTC) - asked.starts.astimezone(UTC)
    dated = found.schedules.dated_shifts(found.policy, {asked.team}, asked.starts, lasting)
    tell_problems(dated)
    turns = on_call_between(tier, asked.team, asked.starts, asked.ends, dated)
    people = dict.fromkeys(turn.who.on_call for turn in turns)
    replaced = [one for one in people if one and one != asked.person]
    return [one for one in replaced if asked.instead_of in ("", one)]


def _known(
    policy: Policy, plan: Callable[[Sequence[Override]], PlannedOverrides]
) -> Callable[[Sequence[Override]], PlannedOverrides]:
    """Leaves out overrides for people who have left the policy, as every decision does."""
    return lambda on_record: plan([each for each in on_record if each.person in policy.people])


def _sentence(made: Override, tier: Tier, *, already: bool = False) -> str:
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
