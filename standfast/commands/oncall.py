"""`oncall`: who is on call in each tier, until when and why."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any, NamedTuple

import typer

from standfast.commands.moments import read_moment
from standfast.commands.options import AsJson
from standfast.commands.schedules import schedules, tell_problems
from standfast.decisions.on_call import OnCallShift, on_call_at, on_call_between
from standfast.incidents.schedule import DatedShifts
from standfast.intake.errors import Refused
from standfast.policy import Policy
from standfast.policy.schedules import Tier
from standfast.terminal.lines import print_note
from standfast.terminal.output import out, plain_text, print_json
from standfast.terminal.rows import Column, Narrowed, Rows


class _Asked(NamedTuple):
    """A tier to show, and for which moment."""

    team: str
    tier: Tier
    at: datetime


def oncall(
    team: Annotated[str, typer.Option(metavar="NAME", help="Only of this team.")] = "",
    at: Annotated[
        str, typer.Option("--at", metavar="ISO", help="At this moment.  \\[default: now]")
    ] = "",
    days: Annotated[
        int | None,
        typer.Option(min=1, max=366, metavar="N", help="List the turns of N days."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Show who is on call, until when and why."""
    lasting = timedelta(days=days or 0)
    with schedules() as found:
        policy = found.policy
        asked = list(_asked(policy, team, at))
        begins, ends = min(each.at for each in asked), max(each.at for each in asked)
        teams = {each.team for each in asked}
        dated = found.schedules.dated_shifts(policy, teams, begins, ends - begins + lasting)
    tell_problems(dated)
    if as_json:
        print_json(
            {
                "policy_version": policy.version,
                "problems": dated.problems,
                "tiers": [_document(each, policy, lasting, dated) for each in asked],
            }
        )
    elif days:
        for each in asked:
            out().print(plain_text(f"{each.team}, {each.tier.name} ({each.tier.zone})", "bold"))
            out().print(_turns(each, lasting, dated))
    else:
        out().print(_answers(asked, dated))


def _asked(policy: Policy, team: str, at: str) -> Iterator[_Asked]:
    """Every tier to show. A moment without a zone is read in each tier's own."""
    if team and team not in policy.teams:
        raise Refused(f"no team {team!r}; there are: {', '.join(sorted(policy.teams))}")
    moment, told = datetime.now(UTC), set[str]()
    for key in [team] if team else policy.teams:
        for tier in policy.teams[key].tiers:
            if at:
                moment, remark = read_moment("--at", at, tier.zone)
                if remark and remark not in told:
                    told.add(remark)
                    print_note(remark)
            yield _Asked(key, tier, moment.astimezone(UTC))


def _answers(asked: Sequence[_Asked], dated: DatedShifts) -> Rows:
    rows = _rows("Team", "Tier", "On call", "Until", "Then")
    for team, tier, at in asked:
        found = on_call_at(tier, team, at, dated)
        row = (team, tier.name, _who(found.on_call), _until(found), _then(found), _because(found))
        rows.add(*map(plain_text, row))
    return rows


def _turns(asked: _Asked, lasting: timedelta, dated: DatedShifts) -> Rows:
    team, tier, at = asked
    rows = _rows("  From", "Until", "On call")
    for begins, until, found in on_call_between(
        tier, team, at, at + lasting, dated, by_reason=True
    ):
        shown = (f"  {_moment(begins)}", _moment(until) if until else "–")
        row = (*shown, _who(found.on_call), _because(found))
        rows.add(*map(plain_text, row))
    return rows


def _rows(*columns: str) -> Rows:
    # Times are not wrapped; names of teams and people may be long, and are.
    whole = ("From", "Until", "Tier")
    return Rows(
        *(
            Column(name, Narrowed.NEVER if name.strip() in whole else Narrowed.WRAPPED)
            for name in columns
        ),
        Column("Because", Narrowed.WRAPPED),
    )


def _document(
    asked: _Asked, policy: Policy, lasting: timedelta, dated: DatedShifts
) -> dict[str, Any]:
    team, tier, at = asked
    found = on_call_at(tier, team, at, dated)
    document = {"team": team, "tier": tier.name, "at": at.isoformat(), **_fields(found, policy)}
    if lasting:
        document["turns"] = [
            _fields(each, policy)
            | {"from": begins.isoformat(), "until": until.isoformat() if until else None}
            for begins, until, each in on_call_between(
                tier, team, at, at + lasting, dated, by_reason=True
            )
        ]
    return document


def _fields(found: OnCallShift, policy: Policy) -> dict[str, Any]:
    person = policy.people.get(found.on_call)
    return {
        "on_call": found.on_call or None,
        "name": person.name if person else None,
        "people": found.people,
        "until": found.until.isoformat() if found.until else None,
        "then": found.then or None,
        "why": found.why,
    }


def _who(person: str) -> str:
    return person or "nobody"


def _until(found: OnCallShift) -> str:
    return _moment(found.until) if found.until else "–"


def _then(found: OnCallShift) -> str:
    return _who(found.then) if found.until else "–"


def _because(found: OnCallShift) -> str:
    return found.because or ("their turn" if found.until else "always")


def _moment(at: datetime) -> str:
    return f"{at:%a %Y-%m-%d %H:%M %Z}"
