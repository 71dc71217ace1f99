"""Brings what a chat shows of one incident up to date: its message, its comments, its channel."""

import contextlib
import hashlib
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta

from standfast.chat.card import Card
from standfast.chat.incident_channel import IncidentChannel
from standfast.chat.journal import Journal, Step
from standfast.chat.message import Words, card, comment_text, is_comment, withheld
from standfast.chat.provider import ChatAway, ChatError, ChatProvider
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
        failures = _Failures()
        channel = None
        with failures.of_one_part():
            channel = await self._channels.opened(view, rules, steps)
        own = channel.made if channel else ""
        place = self._place(view, rules, steps, own)
        words = self._words(view, own)
        key = _key(self._provider.name, view, "message", place) if place else ""
        message = None
        with failures.of_one_part():
            if place:
                message = await self._message(view, key, place, card(view, words), steps)
        for other in list(steps.values()):
            if other.kind is StepKind.MESSAGE and other.key != key:
                with failures.of_one_part():
                    await self._withhold(view, other, steps)
        with failures.of_one_part():
            if message and message.state is StepState.DONE:
                await self._comments(view, message, words, steps)
        with failures.of_one_part():
            if channel and view.status == "open":
                await self._channels.furnish(view, channel, steps)
        with failures.of_one_part():
            await self._channels.archive(view, steps)
        failures.raise_first()
        if view.status == "closed":
            for step in steps.values():
                if step.kind is StepKind.MESSAGE and not step.over:
                    await self._journal.note(step, over=True)

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
            place=f"#{self._channels.name_of(view, private=False)}"
            if own and not view.confidential
            else "",
        )

    async def _message(
        self, view: IncidentView, key: str, channel: str, now: Card, steps: dict[str, ChatStep]
    ) -> ChatStep | None:
        """The message of the incident in its channel, saying what it is to say now.

        None where there is none: what closed before it could be shown is not shown any more.
        """
        provider = self._provider
        message = steps.get(key)
        if message and view.status == "closed":
            message = steps[key] = await self._settled(message)
        if view.status == "closed" and (message is None or message.state is StepState.PLANNED):
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
        message = await self._say(await self._settled(message), withheld(view))
        for reply in list(steps.values()):
            if reply.kind is StepKind.REPLY and reply.key.endswith(_mark(message.channel)):
                reply = await self._journal.settled(reply, self._look_for(reply.key, message))
                if reply.state is StepState.DONE:
                    await self._provider.delete_reply(message.channel, message.made, reply.made)
                    await self._journal.note(reply, state=StepState.GONE, over=True)
        if message.state is StepState.UNKNOWN:
            _log.warning("%s may still be shown: %s", message.incident_id, message.detail)
            return  # until somebody presses a button of it, which shows where it is
        await self._journal.note(message, over=True)

    async def _settled(self, message: ChatStep) -> ChatStep:
        """A message that may have arrived, although we never heard of it."""
        return await self._journal.settled(
            message, lambda since: self._provider.find(message.channel, message.key, since)
        )

    def _look_for(self, key: str, message: ChatStep) -> Callable[[datetime], Awaitable[str | None]]:
        """Finds a reply of ours below a message."""

        async def look(_: datetime) -> str | None:
            replies = await self._provider.thread(message.channel, message.made)
            return next((each.reply for each in replies if each.key == key), None)

        return look

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

        step = Step(key, view.incident_id, view.episode, StepKind.REPLY, channel)
        return await self._journal.once(step, make, self._look_for(key, message))


class _Failures:
    """What fails of one part of an incident keeps no other part back. A chat that is away does."""

    def __init__(self) -> None:
        self._first: ChatError | None = None

    @contextlib.contextmanager
    def of_one_part(self) -> Iterator[None]:
        """Keep what is refused or unsure in there, and go on."""
        try:
            yield
        except ChatAway:
            raise
        except ChatError as failed:
            self._first = self._first or failed

    def raise_first(self) -> None:
        """ChatError: something has failed."""
        if self._first:
            raise self._first


def _key(chat: str, view: IncidentView, what: str, channel: str) -> str:
    return f"{chat}:{view.incident_id}:{view.episode}:{what}:{_mark(channel)}"


def _mark(channel: str) -> str:
    """A channel in a key: their own ids can be very long."""
    return hashlib.sha256(channel.encode()).hexdigest()[:12]


def _digest(now: Card) -> str:
    return hashlib.sha256(repr(now).encode(errors="surrogatepass")).hexdigest()
