"""A channel of its own for an incident: opened once, with the right people, archived in the end."""

import contextlib
import hashlib
import logging
from datetime import datetime

from standfast.chat.journal import Journal, Step
from standfast.chat.people import ChatPeople
from standfast.chat.provider import CannotLook, ChatProvider, ChatRefused
from standfast.incidents.confidentiality import TITLE
from standfast.incidents.record import IncidentView
from standfast.policy.chat import Chat, ConfidentialInChat
from standfast.records.chat_steps import ChatStep, StepKind, StepState

_log = logging.getLogger(__name__)

_LONGEST_TOPIC = 200


class IncidentChannel:
    """The channels of single incidents in one chat.

    Each method may raise ChatError, NotTheKeeper and RecordsUnavailable: it goes on where it ended,
    later.
    """

    def __init__(self, provider: ChatProvider, journal: Journal, people: ChatPeople) -> None:
        self._provider = provider
        self._journal = journal
        self._people = people

    async def opened(
        self, view: IncidentView, rules: Chat, steps: dict[str, ChatStep]
    ) -> ChatStep | None:
        """The channel of an open incident, opened if it is to have one; None where it has none."""
        private = view.confidential is not None
        key = self._key(view, private=private)
        channel = steps.get(key)
        if channel is None and not _wanted(view, rules):
            return None
        if channel is None or channel.state in (StepState.PLANNED, StepState.INTENDED):
            channel = steps[key] = await self._open(view, key, private=private)
        return channel if channel.state is StepState.DONE else None

    async def furnish(
        self, view: IncidentView, channel: ChatStep, steps: dict[str, ChatStep]
    ) -> None:
        """Have it say what it is about, and invite those who have to do with the incident.

        What the chat refuses of this is written down, and tried again when something changes.
        """
        topic = TITLE if view.confidential else f"{view.priority} {view.title}"[:_LONGEST_TOPIC]
        people = invited(view)
        says = hashlib.sha256("\n".join((topic, *people)).encode()).hexdigest()
        if channel.says == says:
            return
        refusals = []
        try:
            await self._provider.describe(channel.made, topic)
        except ChatRefused as refused:
            refusals.append(refused.reason)
        for user in await self._people.users_of(people):
            try:
                await self._invite(view, channel, user, steps)
            except ChatRefused as refused:
                refusals.append(refused.reason)
        detail = "; ".join(dict.fromkeys(refusals))
        if detail:
            _log.warning("the channel of %s lacks something: %s", view.incident_id, detail)
        await self._journal.note(channel, says=says, detail=detail)

    def name_of(self, view: IncidentView, *, private: bool) -> str:
        """What its channel is called: nobody else opens one of that name."""
        again = f"-{view.episode}" if view.episode > 1 else ""
        return f"{view.incident_id.lower()}{again}{'-private' if private else ''}"

    async def archive(self, view: IncidentView, steps: dict[str, ChatStep]) -> None:
        """Archive what an incident has and is not to have any more.

        All of it once it has closed, and what everybody sees once it is confidential. What the
        chat refuses to archive is written down, and stays as it is.
        """
        if view.status == "closed" or view.confidential:
            await self._archive(view, steps, private=False)
        if view.status == "closed":
            await self._archive(view, steps, private=True)

    async def _archive(
        self, view: IncidentView, steps: dict[str, ChatStep], *, private: bool
    ) -> None:
        key, name = self._key(view, private=private), self.name_of(view, private=private)
        if key not in steps or steps[key].over:
            return
        steps[key] = await self._journal.settled(
            steps[key], lambda _: self._provider.find_channel(name)
        )
        if steps[key].state is StepState.DONE:
            steps[key] = await self._archived(steps[key])

    async def _archived(self, channel: ChatStep) -> ChatStep:
        try:
            there = await self._journal.change(
                channel, lambda: self._provider.archive(channel.made)
            )
        except ChatRefused as refused:
            _log.warning("a channel of %s stays open: %s", channel.incident_id, refused.reason)
            return await self._journal.note(channel, over=True, detail=refused.reason)
        if not there:
            return channel._replace(state=StepState.GONE)
        return await self._journal.note(channel, over=True)

    async def _open(self, view: IncidentView, key: str, *, private: bool) -> ChatStep:
        name = self.name_of(view, private=private)

        async def make() -> str:
            try:
                return await self._provider.open_channel(name, private=private)
            except ChatRefused:
                # The name is taken: by us, where an older backup was restored since.
                with contextlib.suppress(CannotLook):
                    if found := await self._provider.find_channel(name):
                        return found
                raise

        step = Step(key, view.incident_id, view.episode, StepKind.CHANNEL)
        opened = await self._journal.once(step, make, lambda _: self._provider.find_channel(name))
        if opened.state is StepState.UNKNOWN:
            _log.warning("%s in %s: %s", view.incident_id, self._provider.title, opened.detail)
        return opened

    async def _invite(
        self, view: IncidentView, channel: ChatStep, user: str, steps: dict[str, ChatStep]
    ) -> None:
        """Invite somebody once: some chats call them by a message, which must not come twice."""
        whom = hashlib.sha256(user.encode()).hexdigest()[:12]
        key = f"{channel.key}:invitation:{whom}"

        async def make() -> str:
            await self._provider.invite(channel.made, user, key)
            return user

        async def look(since: datetime) -> str | None:
            there = await self._provider.is_invited(channel.made, user, key, since)
            return user if there else None

        if key in steps and steps[key].state not in (StepState.PLANNED, StepState.INTENDED):
            return
        step = Step(key, view.incident_id, view.episode, StepKind.INVITATION, channel.made)
        steps[key] = await self._journal.once(step, make, look)

    def _key(self, view: IncidentView, *, private: bool) -> str:
        what = "private-channel" if private else "channel"
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
