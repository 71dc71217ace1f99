"""`silence add`, `list`, `show`, `end`: suppresses the pages of matching incidents for a time."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

import typer
from pydantic import TypeAdapter, ValidationError

from standfast.commands.failures import UsageError
from standfast.commands.fields import valid
from standfast.commands.moments import read_moment
from standfast.commands.options import AsJson, By, SilenceId, read_labels
from standfast.commands.session import in_session
from standfast.incidents.assessment import Priority
from standfast.incidents.silence import (
    LONGEST_SILENCE,
    Matcher,
    Silence,
    SilencedIncident,
    refusal,
)
from standfast.intake.errors import Refused
from standfast.messages.message import Duration
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import local_time, out, plain_text, print_json
from standfast.time.time_range import TimeRangeState

_DURATION: TypeAdapter[timedelta] = TypeAdapter(Duration)

silence = typer.Typer(
    help="Silences and maintenance windows: nobody is paged for a time.", no_args_is_help=True
)


@silence.command()
def add(
    by: By,
    reason: Annotated[str, typer.Option("--reason", help="Why nobody is to be paged.")],
    service: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME", help="Of this service; web* means all that begin so."),
    ] = None,
    category: Annotated[
        list[str] | None, typer.Option(metavar="NAME", help="Of this category.")
    ] = None,
    team: Annotated[list[str] | None, typer.Option(metavar="NAME", help="Of this team.")] = None,
    priority: Annotated[
        list[Priority] | None, typer.Option(case_sensitive=False, help="Of this priority.")
    ] = None,
    label: Annotated[
        list[str] | None, typer.Option(metavar="K=V", help="With this label; all must be there.")
    ] = None,
    word: Annotated[
        list[str] | None, typer.Option(metavar="WORDS", help="With these words in the title.")
    ] = None,
    everything: Annotated[bool, typer.Option("--everything", help="All incidents.")] = False,
    start: Annotated[
        str, typer.Option("--from", metavar="ISO", help="When it begins.  \\[default: now]")
    ] = "",
    until: Annotated[str, typer.Option("--until", metavar="ISO", help="When it ends.")] = "",
    lasting: Annotated[
        str, typer.Option("--for", metavar="DURATION", help="How long it lasts, like 2h.")
    ] = "",
    as_json: AsJson = False,
) -> None:
    """Silence matching incidents, now or in a maintenance window that begins later.

    Every option that is given must match. One that is given several times matches any of its
    values, but --label all of them. Incidents are recorded and shown all the same. If they are
    still open when the silence ends, somebody is paged.
    """
    now = datetime.now(UTC)
    starts, ends = _window(start, until, lasting, now)
    conditions = {
        "services": service or (),
        "categories": category or (),
        "teams": team or (),
        "priorities": priority or (),
        "labels": read_labels(label or ()),
        "words": word or (),
        "everything": everything,
    }
    if not any(conditions.values()):
        raise UsageError(
            "give a --service, --category, --team, --priority, --label or --word; --everything "
            "silences all incidents"
        )
    matcher = valid(Matcher, conditions)
    over = refusal(ends, now)
    if over:
        raise Refused(over)
    asked = {"matcher": matcher, "starts": starts, "ends": ends, "by": by, "reason": reason}
    added = in_session(lambda session: session.silences.add(asked))
    for remark in added.notes:
        print_note(remark)
    given = added.silence
    if as_json:
        print_json(_document(given, now))
    else:
        print_line(f"{given.id}: {_when(given, now)}; for {given.matcher.in_words}")


@silence.command("list")
def list_(
    everything: Annotated[bool, typer.Option("--all", help="Those that are over, too.")] = False,
    as_json: AsJson = False,
) -> None:
    """List the silences that are active or upcoming."""
    now = datetime.now(UTC)
    found = in_session(lambda session: session.silences.list(everything=everything))
    if as_json:
        print_json([_document(one, now) for one in found])
        return
    for one in found:
        print_line(
            f"{one.id} {_when(one, now)}; for {one.matcher.in_words}; {one.by}: {one.reason}"
        )
    if not found:
        print_note("no silences" if everything else "no silence is active or upcoming")


@silence.command()
def show(silence_id: SilenceId, as_json: AsJson = False) -> None:
    """Show a silence, and the incidents that it has silenced."""
    now = datetime.now(UTC)
    shown = in_session(lambda session: session.silences.show(silence_id))
    found, incidents = shown.silence, shown.incidents
    if as_json:
        print_json(_document(found, now) | {"incidents": [_silenced(one) for one in incidents]})
        return
    for label, what in _page(found, incidents, now):
        out().print(plain_text(f"{label:<10} {what}"), soft_wrap=True)


@silence.command()
def end(silence_id: SilenceId, by: By, as_json: AsJson = False) -> None:
    """End a silence early; people are paged now about incidents that it silenced.

    Run it again to page about those that could not be reached the first time.
    """
    done = in_session(lambda session: session.silences.end(silence_id, by))
    now = datetime.now(UTC)
    ended, results = done.silence, done.incidents
    if not done.ended_now and not results:
        raise Refused(f"{silence_id} {_over(ended)}")
    if as_json:
        print_json({"silence": _document(ended, now), "incidents": results})
    else:
        for line in (f"{silence_id} {_over(ended)}", *(one.words for one in results if one.done)):
            print_line(line)
    left = [one for one in results if not one.done]
    if left:
        for reason in dict.fromkeys(one.words for one in left):
            print_note(reason)
        print_note(
            f"{', '.join(one.incident_id for one in left)}: nobody is paged before the former end, "
            f"{local_time(ended.ends)}, unless you end {silence_id} again"
        )
        raise typer.Exit(1)


def _silenced(one: SilencedIncident) -> dict[str, Any]:
    woken_at = one.woken_at.isoformat() if one.woken_at else None
    return {"incident_id": one.incident_id, "at": one.at.isoformat(), "woken_at": woken_at}


def _window(start: str, until: str, lasting: str, now: datetime) -> tuple[datetime, datetime]:
    """The start and end that the options give; a note says how they were read."""
    if bool(until) == bool(lasting):
        raise UsageError("give one of --until and --for: a silence has an end")
    begins = _read("--from", start) if start else now
    if until:
        return begins, _read("--until", until)
    try:
        return begins, begins + _DURATION.validate_python(lasting)
    except ValidationError:
        raise UsageError(
            f"--for {lasting}: must be a duration like 30m, 2h or 5d, longer than zero and at most "
            f"{LONGEST_SILENCE.days} days"
        ) from None


def _read(option: str, text: str) -> datetime:
    typed = read_moment(option, text)
    if typed.remark:
        print_note(typed.remark)
    return typed.moment


def _document(given: Silence, now: datetime) -> dict[str, Any]:
    return {**given.model_dump(mode="json"), "state": given.state(now).value}


def _when(given: Silence, now: datetime) -> str:
    """The state in words, with local times."""
    state = given.state(now)
    if state is TimeRangeState.OVER:
        return _over(given)
    since = f"from {local_time(given.starts)} " if state is TimeRangeState.COMING else "running "
    return f"{since}until {local_time(given.ends)}"


def _over(given: Silence) -> str:
    if given.ended_at is None:
        return f"ended at {local_time(given.ends)}"
    return f"was ended by {given.ended_by} at {local_time(given.ended_at)}"


def _page(
    found: Silence, incidents: Sequence[SilencedIncident], now: datetime
) -> Iterator[tuple[str, str]]:
    """Everything about a silence, as lines of a label and words."""
    yield "silence", f"{found.id} {_when(found, now)}"
    yield "for", found.matcher.in_words
    yield "from", local_time(found.starts)
    yield "until", local_time(found.ends)
    yield "by", f"{found.by}, {local_time(found.created_at)}"
    yield "reason", found.reason
    for one in incidents:
        ended = f", ended {local_time(one.woken_at)}" if one.woken_at else ""
        yield "silenced", f"{one.incident_id} since {local_time(one.at)}{ended}"
