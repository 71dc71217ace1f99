"""`show`: everything about an incident, open or closed, also long after Temporal has deleted it."""

from typing import Annotated

import typer

from standfast.commands.options import AnyEpisode, AsJson, IncidentId
from standfast.commands.session import Session, in_session
from standfast.incidents.problem import ProblemStanding
from standfast.incidents.record import LookupResult
from standfast.intake.errors import IntakeError
from standfast.terminal.incident_page import LAST_EVENTS, page
from standfast.terminal.lines import print_note
from standfast.terminal.output import out, print_json


def show(
    incident_id: IncidentId,
    episode: AnyEpisode = None,
    timeline: Annotated[
        bool, typer.Option("--timeline", help=f"All events in full, not the last {LAST_EVENTS}.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Show an incident: its state, the reasons, and what it waits for."""
    found, problem = in_session(lambda session: with_problem(session, incident_id, episode))
    for remark in found.notes:
        print_note(remark)
    if as_json:
        print_json(found.view)
        return
    console = out()
    for part in page(found.view, problem, whole_timeline=timeline):
        console.print(part)


async def with_problem(
    session: Session, incident_id: str, episode: int | None = None
) -> tuple[LookupResult, ProblemStanding | None]:
    """An incident, and how it stands in its problem; a note says where that cannot be told."""
    found = await session.incidents.find(incident_id, episode)
    try:
        return found, await session.problems.standing(found.view)
    except IntakeError as why:
        note = f"whether it happened before is not known: {why}"
        return found._replace(notes=(*found.notes, note)), None
