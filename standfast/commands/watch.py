"""`watch`: an incident live, until it is closed."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import Protocol

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from standfast.commands.options import AsJson, IncidentId
from standfast.commands.session import Session, in_session
from standfast.incidents.record import IncidentView
from standfast.intake.errors import Unavailable
from standfast.terminal.flowchart_picture import HEIGHT, WIDTH, picture_of_path
from standfast.terminal.incident_page import event_line, headline, next_events
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import out, plain_text, print_json

WITHOUT_ANSWER = 60.0
"""Seconds after which watching an incident that cannot be read ends."""

_FRAMES_A_SECOND = 2
_MOST_WAITS = 4


def watch(incident_id: IncidentId, as_json: AsJson = False) -> None:
    """Watch an incident on the flowchart until it is closed.

    The path walked is drawn in heavy lines and the current box in double ones. Where the output
    is no terminal each event is one line; --json prints the incident once, when it has closed.
    Ctrl-C ends it, with exit code 130.
    """
    console = out()
    if as_json:
        print_json(in_session(lambda session: _follow(session, incident_id, _Silence())))
    elif console.is_terminal and console.width >= WIDTH:
        screen = Screen(console)
        with Live(
            console=console,
            get_renderable=lambda: screen.picture(datetime.now(UTC)),
            refresh_per_second=_FRAMES_A_SECOND,
            vertical_overflow="crop",
        ):
            in_session(lambda session: _follow(session, incident_id, screen))
    else:
        in_session(lambda session: _follow(session, incident_id, _Lines()))


class _Audience(Protocol):
    """Whoever is shown what is seen."""

    def show(self, incident: IncidentView, notes: Sequence[str]) -> None:
        """The incident as it is now, and what should be known beside it."""

    def no_answer(self, why: str) -> None:
        """It cannot be read; that will be tried again."""


async def _follow(session: Session, incident_id: str, audience: _Audience) -> IncidentView:
    """Read it whenever it may have changed until the episode is closed; return the last state.

    Raises:
        Unavailable: it could not be read for a minute.
    """
    episode = None
    heard = time.monotonic()
    async with session.incidents.news(incident_id) as pause:
        while True:
            try:
                incident, notes, _ = await session.incidents.find(incident_id, episode)
            except Unavailable as silent:
                if time.monotonic() - heard > WITHOUT_ANSWER:
                    raise
                audience.no_answer(f"{silent} Still trying.")
            else:
                # The next episode, should one begin, is another watch.
                episode, heard = incident.episode, time.monotonic()
                audience.show(incident, notes)
                if incident.status == "closed":
                    return incident
            await pause()


class _Silence:
    """Nothing to see before the end."""

    def show(self, incident: IncidentView, notes: Sequence[str]) -> None:
        """Say nothing."""

    def no_answer(self, why: str) -> None:
        """Tell on standard error, which is not the document."""
        print_note(why)


class _Lines:
    """Each event once, on a line of its own."""

    def __init__(self) -> None:
        self._told = 0
        self._noted: Sequence[str] = ()

    def show(self, incident: IncidentView, notes: Sequence[str]) -> None:
        """Tell what has happened since the last look."""
        if not self._told:
            print_line(headline(incident).plain)
        for entry in incident.timeline:
            if entry.number > self._told:
                print_line(event_line(entry).plain)
        self._told = max((self._told, *(entry.number for entry in incident.timeline)))
        self._note_once(notes)

    def no_answer(self, why: str) -> None:
        """Say so once."""
        self._note_once((why,))

    def _note_once(self, notes: Sequence[str]) -> None:
        for remark in notes:
            if remark not in self._noted:
                print_note(remark)
        self._noted = notes


class Screen:
    """The flowchart, what comes next with its countdown, and the last events: one terminal full."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._incident: IncidentView | None = None
        self._flowchart = Text()
        self._trouble = ""

    def show(self, incident: IncidentView, notes: Sequence[str]) -> None:
        """Draw this from now on."""
        current = incident.stage if incident.status == "open" else None
        self._flowchart = picture_of_path(incident.path, current)
        self._incident, self._trouble = incident, "; ".join(notes)

    def no_answer(self, why: str) -> None:
        """Say under the picture that it is not fresh."""
        self._trouble = why

    def picture(self, now: datetime) -> RenderableType:
        """One frame, as it is `now`."""
        lines = list(self._lines(now))
        for line in lines:
            line.no_wrap, line.overflow = True, "ellipsis"
        return Group(*lines)

    def _lines(self, now: datetime) -> Iterator[Text]:
        incident = self._incident
        if incident is None:
            yield plain_text(self._trouble or "Loading …", style="dim")
            return
        yield headline(incident)
        yield self._flowchart
        waits = list(next_events(incident.waiting_for, now))[:_MOST_WAITS]
        for who_or_when, what, _ in waits:
            yield plain_text(f"{who_or_when:>14}", style="bold").append_text(
                plain_text(f"  {what}")
            )
        if self._trouble:
            yield plain_text(self._trouble, style="red")
        room = self._console.height - HEIGHT - len(waits) - 4
        if room > 0:
            yield Text()
            for entry in incident.timeline[-room:]:
                yield event_line(entry)
