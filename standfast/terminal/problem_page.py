"""A problem as text for the terminal."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from standfast.incidents.problem import (
    Problem,
    ProblemEpisode,
    RunbookNumbers,
    held_in_words,
)
from standfast.messages.message import words_of
from standfast.terminal.output import local_time, plain_text
from standfast.terminal.rows import Column, Narrowed, Rows


def problem_page(problem: Problem, now: datetime) -> Iterator[RenderableType]:
    """Its name, how often it happened, what was tried and what is to be done."""
    heading = Text(f"{problem.problem_id}  ", style="bold")
    yield heading.append_text(plain_text(problem.title, "bold"))
    first, last = problem.episodes[0].opened_at, problem.episodes[-1].opened_at
    often = f"{len(problem.episodes)} times since {_day(first)}, last on {_day(last)}"
    yield plain_text(f"{often}{', open now' if problem.is_open else ''}")
    if problem.owner:
        yield plain_text(f"Owner: {problem.owner}")
    if fix := problem.latest_fix:
        yield plain_text(f"The last fix {held_in_words(fix, now)}.")
    for known in problem.known_fixes:
        yield plain_text(f"Known fix: {known.words}")
    if problem.open_actions:
        yield from _heading("Open actions")
        for item in problem.open_actions:
            yield Padding(plain_text(f"- {item.words}"), (0, 0, 0, 2), expand=False)
    yield from _heading("Episodes, the latest first")
    yield _episodes(problem, now)
    if problem.runbooks:
        yield from _heading("Runbooks")
        yield _runbooks(problem.runbooks)


def _heading(name: str) -> Iterator[RenderableType]:
    yield ""
    yield Text(name, style="bold cyan")


def _episodes(problem: Problem, now: datetime) -> Rows:
    rows = Rows(
        Column("Incident"),
        Column("Reported"),
        Column("After"),
        Column("What was done", Narrowed.WRAPPED),
        Column("By", Narrowed.WRAPPED),
        Column("It"),
    )
    for each in reversed(problem.episodes):
        number = f" #{each.episode}" if each.episode > 1 else ""
        rows.add(
            f"{each.incident_id}{number}",
            local_time(each.opened_at)[:16],
            words_of(timedelta(seconds=each.after)) if each.after is not None else "",
            plain_text(_done(each)),
            plain_text(each.fix.by if each.fix else ""),
            held_in_words(each.fix, now) if each.fix else "",
        )
    return rows


def _done(each: ProblemEpisode) -> str:
    """What was done, and what did not help."""
    if each.fix:
        said = f"workaround: {each.fix.what}" if each.fix.workaround else each.fix.what
    else:
        said = "open" if each.status == "open" else ""
    if each.tried and (not each.fix or each.fix.runbook != each.tried.runbook):
        said += f" (runbook {each.tried.runbook}: {each.tried.outcome})"
    if each.sent_back:
        said += (
            f" (sent back {each.sent_back} times)" if each.sent_back > 1 else " (sent back once)"
        )
    return said.strip()


def _runbooks(runbooks: tuple[RunbookNumbers, ...]) -> Rows:
    rows = Rows(
        Column("Runbook"), Column("Tried"), Column("Worked"), Column("Held at most"), Column("Now")
    )
    for each in runbooks:
        longest = words_of(timedelta(seconds=each.longest)) if each.longest is not None else "–"
        now = "holds" if each.holds else ""
        rows.add(each.runbook, str(each.tried), str(each.worked), longest, now)
    return rows


def _day(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%d}"
