"""`explain`: who was paged about an incident, when and why, and who will be paged next."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from pydantic import BaseModel

from standfast.commands.options import AnyEpisode, AsJson, IncidentId
from standfast.commands.session import Session, in_session
from standfast.commands.show import with_problem
from standfast.incidents.article import KnownFix
from standfast.incidents.facts import known_fix
from standfast.incidents.notification import Purpose
from standfast.incidents.problem import ProblemStanding
from standfast.incidents.record import IncidentView, LookupResult, NextPage, TimelineEntry
from standfast.intake.errors import IntakeError
from standfast.lookup import delivery_trails
from standfast.lookup.delivery_trails import DeliveryTrail
from standfast.messages.message import words_of
from standfast.terminal.incident_page import headline, problem_lines
from standfast.terminal.lines import print_note
from standfast.terminal.output import local_time, out, plain_text, print_json

_ENDS = {
    "_sent": "was reached",
    "_held": "is to get it in a digest",
    "_stopped": "was not paged: somebody had already acted",
}

_ASKED = {
    Purpose.PAGE: "page",
    Purpose.LOOK: "request to look",
    Purpose.WARN: "warning",
    Purpose.APPROVE: "question for approval",
}
"""Notifications that ask somebody to act; reminders and information do not."""

_SAID = {
    "quiet": "It is quiet {detail}",
    "acknowledged": "{actor} acknowledged it{via}, so paging stopped",
    "declined": "{actor} declined it{via}: {detail}",
    "unacknowledged": "The acknowledgement expired: {detail}",
    "handed_over": "Hand-over: {detail}",
    "reassigned": "{actor} reassigned it {detail}",
    "held": "{actor} put it on hold, so paging is paused, {detail}",
    "resumed": "{actor} resumed it {detail}",
    "target_missed": "A target was missed, {detail}",
    "overdue": "Clocks had run out while Standfast was not running: {detail}",
    "nobody_reached": "Nobody could be reached ({detail})",
    "resolved": "{actor} resolved it{via}, so paging ended",
    "withdrawn": "{actor} withdrew it, so paging ended",
    "merged": "{actor} merged it {detail}, so paging ended",
}
"""Other events on the timeline that decide who is paged."""


class Said(BaseModel):
    """One event that decided who was paged, in words."""

    at: datetime
    words: str


class Explanation(BaseModel):
    """What `explain --json` prints.

    assigned: the reasons of the last assignment. problem: of which it is a part, None for none.
    deliveries: what became of each message. known_fix: the article that was used in similar
    incidents, with its rate as it was at triage.
    """

    incident_id: str
    episode: int
    assigned: list[str]
    happened: list[Said]
    problem: ProblemStanding | None
    deliveries: list[DeliveryTrail]
    next_pages: list[NextPage]
    known_fix: KnownFix | None = None


def explain(incident_id: IncidentId, episode: AnyEpisode = None, as_json: AsJson = False) -> None:
    """Explain who was paged when and why, and who will be paged next and when."""
    found, problem, deliveries = in_session(lambda session: _look_up(session, incident_id, episode))
    for remark in found.notes:
        print_note(remark)
    explanation = explained(found.view, deliveries, problem)
    if as_json:
        print_json(explanation)
        return
    console = out()
    console.print(headline(found.view))
    for line in problem_lines(problem) if problem else ():
        console.print(plain_text(line))
    for line in in_words(found.view, explanation, datetime.now(UTC)):
        console.print(plain_text(line))


async def _look_up(
    session: Session, incident_id: str, episode: int | None
) -> tuple[LookupResult, ProblemStanding | None, Sequence[DeliveryTrail]]:
    found, problem = await with_problem(session, incident_id, episode)
    try:
        return found, problem, await session.incidents.deliveries(found.view)
    except IntakeError as why:
        note = f"what became of the messages is not known: {why}"
        return found._replace(notes=(*found.notes, note)), problem, ()


def explained(
    incident: IncidentView,
    deliveries: Sequence[DeliveryTrail] = (),
    problem: ProblemStanding | None = None,
) -> Explanation:
    """Everything that is known about its pages."""
    return Explanation(
        incident_id=incident.incident_id,
        episode=incident.episode,
        assigned=list(_why_assigned(incident)),
        happened=[
            Said(at=entry.at, words=said)
            for entry in incident.timeline
            if (said := _said(entry)) is not None
        ],
        problem=problem,
        deliveries=list(deliveries),
        next_pages=list(incident.next_pages),
        known_fix=known_fix(incident.similar),
    )


def in_words(incident: IncidentView, explanation: Explanation, now: datetime) -> Iterator[str]:
    """The explanation, a line for each sentence; details are indented below it."""
    if explanation.assigned:
        yield f"Why {incident.team}, tier {incident.tier}:"
        yield from (f"  {reason}" for reason in explanation.assigned)
    yield "What happened:" if explanation.happened else "Nobody has been paged."
    yield from (f"  {local_time(said.at)[:19]}  {said.words}" for said in explanation.happened)
    if explanation.deliveries:
        yield "What became of the messages:"
    for trail in explanation.deliveries:
        yield f"  {delivery_trails.day_of(trail)}  {delivery_trails.in_words(trail)}"
    if explanation.known_fix:
        yield f"Known fix: {explanation.known_fix.words}."
    if incident.status == "closed":
        yield "It is closed: nobody will be paged."
    elif explanation.next_pages:
        yield "Next, if nobody acts until then:"
        for page in explanation.next_pages:
            left = words_of(max(page.at - now, now - now))
            yield f"  {local_time(page.at)[:19]}  {page.whom}, because {page.why} (in {left})"
    else:
        yield f"Nobody will be paged: {_who_acts(incident)}."


def _why_assigned(incident: IncidentView) -> Iterator[str]:
    """The reasons of the last assignment."""
    for decision in reversed(incident.decisions):
        if decision.box in ("assign", "escalate"):
            yield from decision.reasons
            return


def _said(entry: TimelineEntry) -> str | None:
    if entry.event in _SAID:
        via = f" {entry.via.words}" if entry.via else ""
        said = _SAID[entry.event].format(actor=entry.actor, detail=entry.detail, via=via)
        return said.rstrip(" :")
    if entry.event == "not_reached":
        return f"{entry.person} was not reached: {entry.detail}"
    for purpose, asked in _ASKED.items():
        for ending, ended in _ENDS.items():
            if entry.event == f"{purpose}{ending}":
                because = f" Why: {entry.why}" if entry.why else ""
                who = entry.person or entry.detail
                how = f" ({entry.detail})" if entry.person else ""
                return f"{asked} for {who}, who {ended}{how}.{because}"
    return None


def _who_acts(incident: IncidentView) -> str:
    waits = [f"{wait.what}, {wait.who}" for wait in incident.waiting_for if wait.who]
    return f"it waits for people: {'; '.join(waits)}" if waits else f"it is in {incident.stage}"
