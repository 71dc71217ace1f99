"""In which chats an incident is shown: on its page, with a link, or why it is not known."""

import asyncio
from typing import NamedTuple

from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from standfast.incidents.via import Via
from standfast.records.chat_steps import ChatStep, StepKind, StepState
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore


class InChat(NamedTuple):
    """A chat, in words. link: to the message; empty where it has none."""

    words: str
    link: str = ""


async def shown_in_chats(records: RecordStore, view: IncidentView, role: Role) -> list[InChat]:
    """Where an episode is shown; for responders."""
    if not role.may(Role.RESPONDER):
        return []
    try:
        steps = await asyncio.to_thread(records.chat_steps.of, view.incident_id, view.episode)
    except RecordsUnavailable:
        return []  # the page says elsewhere that the record store is away
    return [_in_words(step) for step in steps if _is_told(step)]


def _is_told(step: ChatStep) -> bool:
    """A message that is there, and whatever is not as it should be."""
    if step.kind is StepKind.MESSAGE and step.state is StepState.DONE:
        return True
    return step.state is StepState.UNKNOWN or bool(step.detail)


def _in_words(step: ChatStep) -> InChat:
    chat = Via(step.chat).words if step.chat in tuple(Via) else step.chat
    if step.state is StepState.DONE and not step.detail:
        link = step.link if step.link.startswith("https://") else ""
        return InChat(f"Shown {chat}", link)
    return InChat(f"The {step.kind} {chat}: {step.detail}")
