"""Brings what a chat shows of one incident up to date: its message, its comments, its channel."""

import hashlib
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from standfast.chat.card import Card
from standfast.chat.incident_channel import IncidentChannel
from standfast.chat.journal import CLOCKS_DIFFER, Journal, Step
from standfast.chat.message import Words, card, comment_text, is_comment, withheld
from standfast.chat.provider import CannotLook, ChatProvider
from standfast.incidents.record import IncidentView, TimelineEntry
from standfast.incidents.via import Via
from standfast.policy import Policy
from standfast.policy.chat import Chat, ConfidentialInChat
from standfast.records.chat_steps import ChatStep, StepKind, StepState

_log = logging.getLogger(__name__)

_POSTED_WITHIN = timedelta(minutes=10)

_MOST_COMMENTS = 20
"""Comments that are brought into a thread at a time: the latest. All are on the incident's page."""


class IncidentChat:
    """Brings incidents up to date in one chat."""

    def __init__(
        self,
        provider: ChatProvider,
        journal: Journal,
        channels: IncidentChannel,
        policy: Callable[[], Policy],
        link: str = "",
    ) -> None:
        """`link` is where responders see an incident, with `{incident}` for its id."""
        self._provider = provider
        self._journal = journal
        self._channels = channels
        self._policy = policy
        self._link = link

    async def update(self, view: IncidentView) -> None:
        """Make the chat show the incident as it stands now. Nothing is done that is done already.

        Raises:
            ChatError, NotTheKeeper, RecordsUnavailable: it goes on where it ended, later.
        """
        rules = self._policy().chat.named.get(self._provider.name)
        if rules is None:
            return
        steps = await self._journal.of(view.incident_id, view.episode)
        own = await self._channels.update(view, rules, steps)
        place = self._place(view, rules, steps, own)
        words = self._words(view, own)
        message = None
        if place:
            message = await self._message(view, place, card(view, words), steps)
        for other in list(steps.values()):
            if other.kind is StepKind.MESSAGE and (message is None or other.key != message.key):
                await self._withhold(view, other, steps)
        if message and message.state is StepState.DONE:
            await self._comments(view, message, words, steps)
        if view.status == "closed":
            for step in steps.values():
                if step.kind is StepKind.MESSAGE and not step.over:
                    await self._journal.note(step, over=True)
            await self._channels.archive(steps)

    def _place(
        self, view: IncidentView, rules: Chat, steps: Mapping[str, ChatStep], own: str
    ) -> str:
        """The channel of its message; empty for nowhere."""
        if view.confidential:
            return own if rules.confidential is ConfidentialInChat.OWN_CHANNEL else ""
        channel = rules.channel_of(view.team) or ""
        shown_already = _key(self._provider.name, view, "message", channel) in steps
        if shown_already or (view.status == "open" and view.priority in rules.priorities):
            return channel
        return ""

    def _words(self, view: IncidentView, own: str) -> Words:
        people = self._policy().people
        return Words(
            names={key: person.name for key, person in people.items()},
            link=self._link.replace("{incident}", view.incident_id),
            place=f"#{self._channels.name_of(view)}" if own and not view.confidential else "",
        )

    async def _message(
        self, view: IncidentView, channel: str, now: Card, steps: dict[str, ChatStep]
    ) -> ChatStep | None:
        """The message of the incident in its channel, saying what it is to say now."""
        provider = self._provider
        key = _key(provider.name, view, "message", channel)
        message = steps.get(key)
        if message is None and view.status == "closed":
            return None
        if message is None or message.state in (StepState.PLANNED, StepState.INTENDED):
            message = await self._journal.once(
                Step(key, view.incident_id, view.episode, StepKind.MESSAGE, channel, _digest(now)),
                lambda: provider.post(channel, now, key),
                lambda since: provider.find(channel, key, since),
                lambda made: provider.link(channel, made),
                perhaps_since=view.opened_at if self._is_old(view) else None,
            )
            steps[key] = message
            if message.state is StepState.UNKNOWN:
                _log.warning("%s in %s: %s", view.incident_id, provider.title, message.detail)
        return await self._say(message, now)

    @staticmethod
    def _is_old(view: IncidentView) -> bool:
        """Whether a message may have been posted before a backup was restored."""
        return datetime.now(UTC) - view.opened_at > _POSTED_WITHIN

    async def _say(self, message: ChatStep, now: Card) -> ChatStep:
        """Have a message say this, unless it does."""
        says = _digest(now)
        if message.state is not StepState.DONE or (message.says == says and not message.over):
            return message
        if message.says == says:
            return await self._journal.note(message, over=False)
        if await self._journal.change(
            message, lambda: self._provider.edit(message.channel, message.made, now)
        ):
            return await self._journal.note(message, says=says, over=False)
        return message._replace(state=StepState.GONE)

    async def _withhold(
        self, view: IncidentView, message: ChatStep, steps: Mapping[str, ChatStep]
    ) -> None:
        """Have a message elsewhere say nothing more of the incident, nor our replies below it."""
        if message.over:
            return
        if message.state is StepState.INTENDED:
            message = await self._found(message)
        message = await self._say(message, withheld(view))
        for reply in list(steps.values()):
            if (
                reply.kind is StepKind.REPLY
                and reply.state is StepState.DONE
                and reply.key.endswith(_mark(message.channel))
            ):
                await self._provider.delete_reply(message.channel, message.made, reply.made)
                await self._journal.note(reply, state=StepState.GONE, over=True)
        await self._journal.note(message, over=True)

    async def _found(self, message: ChatStep) -> ChatStep:
        """A message that may have arrived, although we never heard of it."""
        look = self._provider.find
        try:
            made = await look(message.channel, message.key, message.at - CLOCKS_DIFFER)
        except CannotLook as why:
            _log.warning("%s may still be shown: %s", message.incident_id, why.reason)
            return await self._journal.note(message, state=StepState.UNKNOWN, detail=why.reason)
        state = StepState.DONE if made else StepState.PLANNED
        return await self._journal.note(message, state=state, made=made or "")

    async def _comments(
        self, view: IncidentView, message: ChatStep, words: Words, steps: dict[str, ChatStep]
    ) -> None:
        """Have the thread hold the latest comments, each once. What was written in it is there."""
        written = [entry for entry in view.timeline if is_comment(entry) and not self._ours(entry)]
        for entry in written[-_MOST_COMMENTS:]:
            key = _key(self._provider.name, view, f"comment:{entry.number}", message.channel)
            known = steps.get(key)
            if known is None or known.state in (StepState.PLANNED, StepState.INTENDED):
                steps[key] = await self._comment(view, message, key, comment_text(entry, words))

    def _ours(self, entry: TimelineEntry) -> bool:
        """Whether it was written in this chat."""
        return entry.via is not None and entry.via == Via(self._provider.name)

    async def _comment(
        self, view: IncidentView, message: ChatStep, key: str, text: str
    ) -> ChatStep:
        provider, channel, thread = self._provider, message.channel, message.made

        async def make() -> str:
            return await provider.reply(channel, thread, text, key)

        async def look(_: datetime) -> str | None:
            replies = await provider.thread(channel, thread)
            return next((each.reply for each in replies if each.key == key), None)

        step = Step(key, view.incident_id, view.episode, StepKind.REPLY, channel)
        return await self._journal.once(step, make, look)


def _key(chat: str, view: IncidentView, what: str, channel: str) -> str:
    return f"{chat}:{view.incident_id}:{view.episode}:{what}:{_mark(channel)}"


def _mark(channel: str) -> str:
    """A channel in a key: their own ids can be very long."""
    return hashlib.sha256(channel.encode()).hexdigest()[:12]


def _digest(now: Card) -> str:
    return hashlib.sha256(repr(now).encode(errors="surrogatepass")).hexdigest()
