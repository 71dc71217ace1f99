"""A channel of its own for an incident: opened once, with the right people, archived in the end."""

import hashlib
import logging
from collections.abc import Mapping
from datetime import datetime

from standfast.chat.journal import Journal, Step
from standfast.chat.people import ChatPeople
from standfast.chat.provider import ChatProvider, ChatRefused
from standfast.incidents.confidentiality import TITLE
from standfast.incidents.record import IncidentView
from standfast.policy.chat import Chat, ConfidentialInChat
from standfast.records.chat_steps import ChatStep, StepKind, StepState

_log = logging.getLogger(__name__)

_LONGEST_TOPIC = 200


class IncidentChannel:
    """The channels of single incidents in one chat."""

    def __init__(self, provider: ChatProvider, journal: Journal, people: ChatPeople) -> None:
        self._provider = provider
        self._journal = journal
        self._people = people

    def name_of(self, view: IncidentView) -> str:
        """What its channel is called: nobody else opens one of that name."""
        again = f"-{view.episode}" if view.episode > 1 else ""
        secret = "-private" if view.confidential else ""
        return f"{view.incident_id.lower()}{again}{secret}"

    async def update(self, view: IncidentView, rules: Chat, steps: dict[str, ChatStep]) -> str:
        """The id of its channel, opened if it is to have one; empty where it has none.

        Those who have to do with it are invited. A channel that it had before it became
        confidential is archived.

        Raises:
            ChatError, NotTheKeeper, RecordsUnavailable: it goes on where it ended, later.
        """
        await self._leave_public_one(view, steps)
        key = self._key(view)
        if key not in steps and not (view.status == "open" and _wanted(view, rules)):
            return ""
        channel = steps.get(key)
        if channel is None or channel.state in (StepState.PLANNED, StepState.INTENDED):
            channel = await self._open(view, key)
            steps[key] = channel
        if channel.state is not StepState.DONE:
            return ""
        if view.status == "open":
            steps[key] = await self._furnish(view, channel)
        return channel.made

    async def archive(self, steps: Mapping[str, ChatStep]) -> None:
        """Archive what an incident that has closed had. Raises as `update`."""
        for step in steps.values():
            if step.kind is StepKind.CHANNEL and step.state is StepState.DONE and not step.over:
                await self._archive(step)

    async def _open(self, view: IncidentView, key: str) -> ChatStep:
        name, private = self.name_of(view), view.confidential is not None

        async def make() -> str:
            return await self._provider.open_channel(name, private=private)

        async def look(_: datetime) -> str | None:
            return await self._provider.find_channel(name)

        step = Step(key, view.incident_id, view.episode, StepKind.CHANNEL)
        opened = await self._journal.once(step, make, look)
        if opened.state is StepState.UNKNOWN:
            _log.warning("%s in %s: %s", view.incident_id, self._provider.title, opened.detail)
        return opened

    async def _furnish(self, view: IncidentView, channel: ChatStep) -> ChatStep:
        """Have it say what it is about, and the people in it: all of it again when it changes."""
        topic = TITLE if view.confidential else f"{view.priority} {view.title}"[:_LONGEST_TOPIC]
        people = invited(view)
        says = hashlib.sha256("\n".join((topic, *people)).encode()).hexdigest()
        if channel.says == says:
            return channel
        detail = ""
        try:
            await self._provider.describe(channel.made, topic)
            if users := await self._people.users_of(people):
                await self._provider.invite(channel.made, users)
        except ChatRefused as refused:
            detail = refused.reason
            _log.warning("the channel of %s lacks something: %s", view.incident_id, detail)
        return await self._journal.note(channel, says=says, detail=detail)

    async def _leave_public_one(self, view: IncidentView, steps: Mapping[str, ChatStep]) -> None:
        if view.confidential:
            public = steps.get(self._key(view.model_copy(update={"confidential": None})))
            if public and public.state is StepState.DONE and not public.over:
                await self._archive(public)

    async def _archive(self, channel: ChatStep) -> None:
        there = await self._journal.change(channel, lambda: self._provider.archive(channel.made))
        if there:
            await self._journal.note(channel, over=True)

    def _key(self, view: IncidentView) -> str:
        what = "private-channel" if view.confidential else "channel"
        return f"{self._provider.name}:{view.incident_id}:{view.episode}:{what}"


def invited(view: IncidentView) -> list[str]:
    """The people of the policy who have to do with an incident: who was paged, has it, leads it.

    Of a confidential one, those who find it by name.
    """
    if view.confidential:
        named = [*view.confidential.people]
    else:
        named = [e.person for e in view.timeline if e.event == "page_sent" and e.person]
    named += [each for each in (view.assignee, view.acknowledged_by, view.commander) if each]
    return sorted(set(named))


def _wanted(view: IncidentView, rules: Chat) -> bool:
    if view.confidential:
        shown = view.priority in rules.priorities
        return shown and rules.confidential is ConfidentialInChat.OWN_CHANNEL
    return view.priority in rules.own_channel
