"""The demo's output: a live table in a terminal, plain lines elsewhere, and the summary."""

import asyncio
import sys
import time
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path

from rich.console import Console, ConsoleOptions, Group, RenderableType, RenderResult
from rich.live import Live
from rich.measure import Measurement
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from standfast import CODE
from standfast.demo.performance import AudienceMessage, Performance
from standfast.demo.result import EdgeWalked, Mail, Result, Survived, Walk
from standfast.demo.scenarios import STORIES
from standfast.demo.stage import Stage
from standfast.incidents.flowchart import EDGES, Box, edges_walked
from standfast.incidents.record import IncidentView
from standfast.terminal.flowchart_picture import HEIGHT, WIDTH, flowchart_picture
from standfast.terminal.incident_page import next_events
from standfast.terminal.output import out, plain_text
from standfast.terminal.rows import Column, Narrowed, Rows

_FRAME = 0.25
"""Seconds between two frames."""

_ARROW = " → "
_LINES_TOLD = 8
_WITHOUT_TERMINAL = 110
"""Columns where the width is unknown, as in a log of CI."""


def introduction(stage: Stage) -> Iterator[str]:
    """The introduction for a newcomer."""
    yield "Standfast: every incident is a workflow on a Temporal server, which cannot lose it."
    yield f"{len(STORIES)} incidents at Fernhill, an online retailer; hours are seconds here."
    yield f"Starting a server and a worker, with all their data in {stage.place} …"


def plain(told: AudienceMessage, on: Console) -> None:
    """One line of progress, where there is no terminal."""
    on.print(plain_text(f"{told.at:5.1f} s  {told.incident_id:14}  {told.what}"), soft_wrap=True)


def console() -> Console:
    """Standard output; wide where it is no terminal."""
    found = out()
    if not found.is_terminal:
        found.width = min(found.width, _WITHOUT_TERMINAL)
    return found


@asynccontextmanager
async def live(performance: Performance, on: Console) -> AsyncIterator[None]:
    """Draw frames until the block is left."""
    screen = Live(console=on, auto_refresh=False, transient=True, vertical_overflow="crop")

    async def draw() -> None:
        while True:
            screen.update(picture(performance, on), refresh=True)
            await asyncio.sleep(_FRAME)

    with screen:
        drawing = asyncio.create_task(draw())
        try:
            yield
        finally:
            drawing.cancel()
            await asyncio.gather(drawing, return_exceptions=True)


def picture(performance: Performance, on: Console) -> RenderableType:
    """One frame: as much as fits of the incidents, the last messages, and the flowchart."""
    views = list(performance.board.views.values())
    table = _incidents(views)
    room = on.height - len(views) - 5
    parts: list[RenderableType] = [_headline(performance, views), table]
    told = performance.told[-max(1, min(_LINES_TOLD, room)) :]
    parts += ["", *(_told(line, performance) for line in told)]
    if on.width >= WIDTH and room - len(told) > HEIGHT:
        walked = {edge for view in views for edge in edges_walked(list(view.path))}
        parts += ["", flowchart_picture(walked)]
    return Group(*parts)


def _headline(performance: Performance, views: Sequence[IncidentView]) -> Text:
    seconds = time.monotonic() - performance.began
    walked = {edge for view in views for edge in edges_walked(list(view.path))}
    is_open = sum(view.status == "open" for view in views)
    line = Text("Fernhill, an online retailer", style="bold")
    line.append(
        f"   {seconds:.0f} s   {is_open} of {len(views)} incidents open   "
        f"{len(walked)} of {len(EDGES)} edges walked",
        style="not bold",
    )
    if performance.power.is_off:
        line.append("   POWER CUT", style="bold white on red")
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def _incidents(views: Iterable[IncidentView]) -> Table:
    table = Table(box=None, pad_edge=False, header_style="bold", expand=True)
    table.add_column("Incident", no_wrap=True)
    table.add_column("What", no_wrap=True, overflow="ellipsis", ratio=4)
    table.add_column("Path so far", no_wrap=True, ratio=4)
    table.add_column("Prio", no_wrap=True)
    table.add_column("Team", no_wrap=True, overflow="ellipsis", ratio=2)
    table.add_column("Waits for", no_wrap=True, overflow="ellipsis", ratio=4)
    for view in views:
        closed = view.status == "closed"
        table.add_row(
            Text(view.incident_id),
            plain_text(view.title),
            _Way(view.path),
            Text(view.priority or "–"),
            plain_text(_team(view.team, view.tier)),
            plain_text(view.outcome if closed else _waits_for(view)),
            style="dim" if closed else "",
        )
    return table


class _Way:
    """The walked boxes on one line; if there are too many, the first ones are left out."""

    def __init__(self, path: Sequence[Box]) -> None:
        self._path = path

    def __rich_measure__(self, _: Console, options: ConsoleOptions) -> Measurement:
        return Measurement(min(20, options.max_width), len(_ARROW.join(self._path)))

    def __rich_console__(self, _: Console, options: ConsoleOptions) -> RenderResult:
        text = _ARROW.join(self._path)
        for left_out in range(1, len(self._path)):
            if len(text) <= options.max_width:
                break
            text = _ARROW.join(("…", *self._path[left_out:]))
        yield Text(text, no_wrap=True, overflow="ellipsis")


def _waits_for(view: IncidentView) -> str:
    who_or_when, what, _ = next(next_events(view.waiting_for, datetime.now(UTC)), ("", "", ""))
    return f"{who_or_when}: {what}" if what else ""


def _team(team: str | None, tier: int | None) -> str:
    return f"{team or '–'} {tier or ''}".rstrip()


def _told(told: AudienceMessage, performance: Performance) -> Text:
    line = Text(f"{told.at:5.1f} s  ", style="dim")
    view = performance.board.views.get(told.incident_id)
    if not told.incident_id:
        line.append_text(plain_text(told.what, style="not dim bold red"))
    else:
        line.append_text(plain_text(told.what, style="not dim"))
        if view:
            line.append("  (").append_text(plain_text(view.title)).append(")")
    line.no_wrap, line.overflow = True, "ellipsis"
    return line


def ending(result: Result) -> Iterator[RenderableType]:
    """The summary: incidents with paths, edges, the power cut, messages, and the verdict."""
    yield from _walks(result.incidents)
    yield ""
    yield _edges(result.edges)
    coverage = result.coverage
    yield plain_text(
        f"{coverage.walked} of {coverage.of} edges, {coverage.percent:g} %",
        style="bold green" if coverage.walked == coverage.of else "bold red",
    )
    yield ""
    if result.power_cut:
        yield plain_text(_of_power_cut(result.power_cut))
        yield ""
    yield from _of_messages(result.messages)
    yield ""
    for problem in result.problems:
        yield plain_text(f"PROBLEM  {problem}", style="bold red")
    if not result.problems:
        count, seconds = len(result.incidents), result.seconds
        yield plain_text(
            f"All {count} incidents closed as they should, in {seconds:.0f} s.", style="bold green"
        )


def _walks(walks: Sequence[Walk]) -> Iterator[RenderableType]:
    """Two lines for each incident, so that its path has the whole width."""
    rows = [("Incident", "Prio", "Team", "Tier", "Outcome", "Time", "What, and the path walked")]
    rows += [
        (
            walk.incident_id or "–",
            walk.priority or "–",
            walk.team or "–",
            str(walk.tier or "–"),
            walk.outcome or "not closed",
            f"{walk.seconds:.1f} s",
            walk.title or walk.story,
        )
        for walk in walks
    ]
    widths = [max(map(len, column)) for column in list(zip(*rows, strict=True))[:-1]]
    header, *lines = ("  ".join([*map(str.ljust, row[:-1], widths), row[-1]]) for row in rows)
    yield plain_text(header, style="bold")
    for line, walk in zip(lines, walks, strict=True):
        shown = plain_text(line, style="bold red" if walk.problems else "")
        shown.no_wrap, shown.overflow = True, "ellipsis"
        yield shown
        yield _indented(_ARROW.join(walk.path))


def _edges(edges: Iterable[EdgeWalked]) -> Rows:
    rows = Rows(Column("Edge"), Column("Walked by"), Column("When", Narrowed.WRAPPED))
    for edge in edges:
        first, *others = edge.incidents or ("nobody",)
        more = f" and {len(others)} more" if others else ""
        style = "" if edge.incidents else "bold red"
        cells = (edge.edge, f"{first}{more}", edge.when)
        rows.add(*(plain_text(cell, style) for cell in cells))
    return rows


def _of_power_cut(cut: Survived) -> str:
    back = cut.open_incidents - len(cut.lost)
    return (
        f"In the middle the worker (process {cut.worker_pid}) and its Temporal server (process "
        f"{cut.server_pid}) were killed with SIGKILL and started again on the same data, "
        f"{cut.seconds:.1f} s later. {back} of the {cut.open_incidents} open incidents went on "
        "from where they were."
    )


def _of_messages(mail: Mail) -> Iterator[RenderableType]:
    yield plain_text(f"{mail.recipients} people got {mail.count} messages, such as this one:")
    if mail.sample:
        whole = f"To {mail.sample['recipient']}: {mail.sample['title']}\n{mail.sample['body']}"
        yield _indented(whole)


def _indented(text: str) -> Padding:
    return Padding(plain_text(text, style="dim"), (0, 0, 0, 4), expand=False)


def show_where_it_is(stage: Stage, on: Console) -> None:
    """How to look at a demo that was left running."""
    for line in _where_it_is(stage):
        on.print(plain_text(line), soft_wrap=True)


def _where_it_is(stage: Stage) -> Iterator[str]:
    data, starter = stage.settings.data_dir, CODE / "starter.py"
    python = f"STANDFAST_DATA_DIR={data} {_short(sys.executable)}"
    command = f"{python} {_short(starter)}"
    yield "Left running until Ctrl-C, which ends it and removes its data."
    yield ""
    yield f"  Temporal  {stage.server.address}, namespace {stage.server.namespace}"
    yield f"  Data      {data}"
    yield f"  Policy    {stage.settings.policy} (an edit is in force at once)"
    yield f"  Messages  {stage.settings.outbox}"
    yield ""
    yield "The command line works on it like this:"
    yield f"  {command} list --status all"
    yield f'  {command} report --title "My screen is black" --service workplace --reporter me'
    yield ""
    yield "The console, with the Temporal UI in it, comes up at http://127.0.0.1:8080 with:"
    yield f"  STANDFAST_POLICY={stage.settings.policy} {python} -m standfast.web"


def _short(path: str | Path) -> str:
    """A path relative to the current directory, if that is shorter."""
    with suppress(ValueError):
        return str(Path(path).relative_to(Path.cwd()))
    return str(path)
