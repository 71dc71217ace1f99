"""`oncall`: who is on call in each tier, until when and why."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from standfast.commands.moments import read_moment
from standfast.commands.options import AsJson
from standfast.commands.session import Session, in_session
from standfast.decisions.policy_names import no_such
from standfast.incidents.schedule import OnCallList, OnCallTurn, TierName, TierOnCall
from standfast.intake.errors import Refused
from standfast.terminal.lines import print_note
from standfast.terminal.output import out, plain_text, print_json
from standfast.terminal.rows import Column, Narrowed, Rows


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

    async def work(session: Session) -> OnCallList:
        asked = list(_asked(await session.on_call.tiers(), team, at))
        return await session.on_call.at(asked, lasting)

    found = in_session(work)
    for problem in found.problems:
        print_note(problem)
    if as_json:
        print_json(
            {
                "policy_version": found.policy_version,
                "problems": found.problems,
                "tiers": [_document(each, with_turns=bool(days)) for each in found.tiers],
            }
        )
    elif days:
        for each in found.tiers:
            out().print(plain_text(f"{each.team}, {each.tier} ({each.zone})", "bold"))
            out().print(_turns(each))
    else:
        out().print(_answers(found.tiers))


def _asked(tiers: Sequence[TierName], team: str, at: str) -> Iterator[tuple[TierName, datetime]]:
    """Every tier to show, and for when. A moment without a zone is read in each tier's own."""
    teams = {tier.team for tier in tiers}
    if team and team not in teams:
        raise Refused(no_such("team", team, teams))
    moment, told = datetime.now(UTC), set[str]()
    for tier in tiers:
        if team not in ("", tier.team):
            continue
        if at:
            moment, remark = read_moment("--at", at, tier.zone)
            if remark and remark not in told:
                told.add(remark)
                print_note(remark)
        yield tier, moment.astimezone(UTC)


def _answers(tiers: Sequence[TierOnCall]) -> Rows:
    rows = _rows("Team", "Tier", "On call", "Until", "Then")
    for each in tiers:
        turn = each.now
        until, then = (_moment(turn.until, each), turn.then or "nobody") if turn.until else "––"
        row = (each.team, each.tier, turn.on_call or "nobody", until, then, _because(turn))
        rows.add(*map(plain_text, row))
    return rows


def _turns(tier: TierOnCall) -> Rows:
    rows = _rows("  From", "Until", "On call")
    for turn in tier.turns:
        until = _moment(turn.until, tier) if turn.until else "–"
        row = (f"  {_moment(turn.since, tier)}", until, turn.on_call or "nobody", _because(turn))
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


def _document(tier: TierOnCall, *, with_turns: bool) -> dict[str, Any]:
    document = {"team": tier.team, "tier": tier.tier, "at": tier.now.since.isoformat()}
    document |= _fields(tier.now)
    if with_turns:
        turns = [_fields(turn) | {"from": turn.since.isoformat()} for turn in tier.turns]
        return document | {"turns": turns}
    return document


def _fields(turn: OnCallTurn) -> dict[str, Any]:
    return {
        "on_call": turn.on_call,
        "name": turn.name,
        "people": turn.people,
        "until": turn.until.isoformat() if turn.until else None,
        "then": turn.then,
        "why": turn.why,
    }


def _because(turn: OnCallTurn) -> str:
    return turn.because or ("their turn" if turn.until else "always")


def _moment(at: datetime, tier: TierName) -> str:
    return f"{at.astimezone(ZoneInfo(tier.zone)):%a %Y-%m-%d %H:%M %Z}"
