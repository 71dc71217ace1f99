"""The thread of an incident's message is part of its timeline: each reply becomes a comment, once.

An edit and a deletion are comments of their own: the timeline keeps what was said first.
"""

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple

from temporalio.client import Client
from temporalio.service import RPCError

from standfast.chat.events import Answer
from standfast.chat.people import ChatPeople, NotKnown, Somebody
from standfast.chat.provider import CannotLook, ChatAway, ChatError, ChatProvider, Gone
from standfast.incidents.actions import Action
from standfast.incidents.actions.comment import Comment
from standfast.incidents.confidentiality import role_in
from standfast.incidents.roles import Role
from standfast.incidents.same_person import known_as
from standfast.incidents.via import Via
from standfast.intake.errors import IntakeError, NoAnswer, NoSuchIncident, Refused
from standfast.intake.page_answers import AnswerKind, FindsIncidents, PageAnswers
from standfast.intake.record_additions import comment_by
from standfast.messages.clean_text import clean
from standfast.messages.message import short
from standfast.policy import Policy
from standfast.records.chat_replies import DELETED, ChatReply, ReplyState, reply_key
from standfast.records.chat_steps import ChatStep, StepState
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)

_LONGEST = 9_000
"""Characters of a reply on the timeline, where a comment may have 10,000."""

_AGAIN, _LONGEST_AGAIN = timedelta(minutes=1), timedelta(hours=1)
"""Until a thread is read again that could not be read, or of which something is not on the timeline
for sure; longer each time."""

_PACE = 1.2
"""Seconds between two threads that are read: chats allow about 50 a minute."""


class Doors(NamedTuple):
    """By which what people write gets to an incident."""

    client: Client
    policy: Callable[[], Policy]
    incidents: FindsIncidents
    answers: PageAnswers


class Written(NamedTuple):
    """A version of a reply. user: the chat's id of who wrote it."""

    reply: str
    user: str
    text: str
    at: datetime
    version: str = ""


async def nobody_listens(_: str) -> None:
    """The `Answer` to what somebody did some time ago."""


class Threads:
    """The threads of one chat."""

    def __init__(
        self, provider: ChatProvider, records: RecordStore, people: ChatPeople, doors: Doors
    ) -> None:
        self._provider = provider
        self._records = records
        self._people = people
        self._doors = doors
        self._via = Via(provider.name)
        self._due: dict[str, float] = {}
        self._tries: dict[str, int] = {}
        self._is_due = asyncio.Event()

    async def take(self, message: ChatStep, written: Written, answer: Answer) -> None:
        """Put a reply, or what it was changed to, on the timeline, unless it is there.

        Raises:
            RecordsUnavailable: nothing was done.
        """
        known = await self._versions(message, written.reply)
        row = self._row(message, written.reply, written.version, written.at)
        seen = await self._records.run(self._records.chat_replies.see, row)
        if seen.state is not ReplyState.SEEN:
            return
        try:
            who = await self._people.who(written.user)
        except NotKnown as unknown:
            await self._note(row, ReplyState.REFUSED)
            await answer(_not_there(str(unknown)))
            return
        except ChatError as away:
            _log.info("%s: who wrote a reply is not known yet: %s", row.incident_id, away.reason)
            self.read_later(message)
            return
        changed = any(each.state is ReplyState.NOTED for each in known)
        text = self._text(written, changed=changed)
        await self._put(message, row, who, text, answer)

    async def delete(self, message: ChatStep, reply: str, answer: Answer) -> None:
        """Say on the timeline that a reply was deleted. Raises as `take`."""
        known = await self._versions(message, reply)
        for row in known:
            if row.state is ReplyState.SEEN:
                await self._note(row, ReplyState.REFUSED)  # it never came onto the timeline
        noted = [each for each in known if each.state is ReplyState.NOTED]
        if not noted or any(each.version == DELETED for each in noted):
            return
        first = noted[0]
        row = self._row(message, reply, DELETED, first.at)._replace(person=first.person)
        await self._records.run(self._records.chat_replies.see, row)
        is_of_policy = first.person in self._doors.policy().people
        who = Somebody(first.person, first.person if is_of_policy else "")
        text = f"(deleted in {self._provider.title}: what was written at {short(first.at)})"
        await self._put(message, row, who, text, answer)

    def read_again(self, message: ChatStep) -> None:
        """Read a thread for what is not on the timeline, when the others have had their turn."""
        self._read_at(message.key, timedelta())

    def read_later(self, message: ChatStep) -> None:
        """The same in a while, which grows until all of the thread is on the timeline."""
        self._later(message.key)

    def _later(self, key: str) -> None:
        tries = self._tries[key] = self._tries.get(key, 0) + 1
        self._read_at(key, min(_AGAIN * 2 ** min(tries - 1, 10), _LONGEST_AGAIN))

    def _read_at(self, key: str, after: timedelta) -> None:
        at = asyncio.get_running_loop().time() + after.total_seconds()
        self._due[key] = min(at, self._due.get(key, at))
        self._is_due.set()

    async def read_all_again(self) -> None:
        """Read the threads of all messages that are open. RecordsUnavailable: none."""
        messages = await asyncio.to_thread(self._records.chat_steps.messages, self._provider.name)
        for message in messages:
            if message.state is StepState.DONE:
                self.read_again(message)

    async def run(self, pace: float = _PACE) -> None:
        """Read threads as they are due, until cancelled."""
        clock = asyncio.get_running_loop().time
        while True:
            now = clock()
            key = next((each for each, at in self._due.items() if at <= now), None)
            if key is None:
                self._is_due.clear()
                wait = min(self._due.values(), default=now + 3600) - now
                try:
                    async with asyncio.timeout(max(wait, 0.0)):
                        await self._is_due.wait()
                except TimeoutError:
                    pass
                continue
            del self._due[key]
            await asyncio.sleep(pace + await self._read(key))

    async def _read(self, key: str) -> float:
        """Read one thread; how many seconds to wait, if the chat asks for it."""
        try:
            message = await asyncio.to_thread(self._records.chat_steps.get, key)
            if message and message.state is StepState.DONE:
                await self.catch_up(message)
        except (CannotLook, Gone) as nothing:
            _log.info("the thread %s is not read: %s", key, nothing)
        except ChatAway as away:
            self._read_at(key, timedelta())
            return (away.retry_after or _AGAIN).total_seconds()
        except (ChatError, RecordsUnavailable) as away:
            _log.info("the thread %s is read later: %s", key, away)
            self._later(key)
        except Exception:
            # Whatever it is: the other threads are read, and this one is tried again.
            _log.exception("the thread %s could not be read", key)
            self._later(key)
        if key not in self._due:
            self._tries.pop(key, None)
        return 0.0

    async def catch_up(self, message: ChatStep) -> None:
        """Put on the timeline what is in a thread, and what is not there any more.

        Raises:
            CannotLook: this chat does not tell what is in a thread.
            ChatError, RecordsUnavailable: it goes on later.
        """
        # Before the thread is read: what comes in meanwhile must not look deleted.
        rows = await self._all(message)
        there = await self._provider.thread(message.channel, message.made)
        for each in there:
            if not each.key and each.user:
                written = Written(each.reply, each.user, each.text, each.at, each.version)
                try:
                    await self.take(message, written, nobody_listens)
                except RecordsUnavailable:
                    raise
                except Exception:
                    # Whatever it is: it concerns one reply, and the others go on.
                    _log.exception("a reply about %s is read later", message.incident_id)
                    self.read_later(message)
        left = {each.reply for each in there}
        for reply in dict.fromkeys(row.reply for row in rows if row.state is ReplyState.NOTED):
            if reply not in left:
                await self.delete(message, reply, nobody_listens)

    async def _put(
        self, message: ChatStep, row: ChatReply, who: Somebody, text: str, answer: Answer
    ) -> None:
        """Add a comment; what became of it is written down, and said where it is not on the
        timeline.
        """
        state, said = await self._comment(message, row, who, text)
        by = who.person or who.address
        await self._records.run(self._records.chat_replies.note, row.key, state, by)
        if state is ReplyState.SEEN:
            self.read_later(message)
        if said:
            await answer(said)

    async def _comment(
        self, message: ChatStep, row: ChatReply, who: Somebody, text: str
    ) -> tuple[ReplyState, str]:
        """What became of it, and what its writer is to hear; "" for nothing."""
        update_id = f"{self._provider.name}-{row.key[:32]}"
        if not who.person:
            return await self._comment_of_reporter(message, who.address, text, update_id)
        said = await self._doors.answers.answer_of(
            who.person,
            message.incident_id,
            message.episode,
            Action.COMMENT,
            self._via,
            {"text": text},
            update_id=update_id,
        )
        if said.kind is AnswerKind.ON_RECORD:
            return ReplyState.NOTED, said.words
        if said.kind is AnswerKind.UNKNOWN:
            return ReplyState.SEEN, _not_there(said.words)
        return (
            (ReplyState.NOTED, "") if said.holds else (ReplyState.REFUSED, _not_there(said.words))
        )

    async def _comment_of_reporter(
        self, message: ChatStep, address: str, text: str, update_id: str
    ) -> tuple[ReplyState, str]:
        """The same of somebody who is not of the policy."""
        incident_id, find = message.incident_id, self._doors.incidents.find
        try:
            view = (await find(incident_id, message.episode)).view
            reporter = known_as(address, view.reporters)
            if not reporter:
                return ReplyState.REFUSED, _not_there(
                    f"{address} is not of the people who work on incidents here, and has not "
                    "reported this one."
                )
            comment = Comment(
                by=reporter, text=text, as_reporter=True, via=self._via, episode=message.episode
            )
            done = await comment_by(
                self._doors.client,
                self._records,
                find,
                incident_id,
                comment,
                may=lambda view: role_in(view, reporter, Role.REPORTER, None) is not None,
                via=self._via,
                update_id=update_id,
            )
        except (Refused, NoSuchIncident) as refused:
            return ReplyState.REFUSED, _not_there(f"{refused}.")
        except (NoAnswer, IntakeError, RPCError, RecordsUnavailable) as away:
            _log.warning("a reply about %s is not noted yet: %s", incident_id, away)
            return ReplyState.SEEN, _not_there("It is tried again in a minute.")
        return ReplyState.NOTED, done.on_record

    def _text(self, written: Written, *, changed: bool) -> str:
        title, text = self._provider.title, clean(written.text) or "(no text)"
        if len(text) > _LONGEST:
            text = f"{text[:_LONGEST]}… (the rest is in {title})"
        return f"(changed in {title}, written at {short(written.at)}) {text}" if changed else text

    def _row(self, message: ChatStep, reply: str, version: str, at: datetime) -> ChatReply:
        chat = self._provider.name
        return ChatReply(
            key=reply_key(chat, message.channel, reply, version),
            chat=chat,
            incident_id=message.incident_id,
            episode=message.episode,
            reply=reply,
            version=version,
            person="",
            state=ReplyState.SEEN,
            at=at,
        )

    async def _all(self, message: ChatStep) -> list[ChatReply]:
        stored = self._records.chat_replies
        where = (self._provider.name, message.incident_id, message.episode)
        return await asyncio.to_thread(stored.of, *where)

    async def _versions(self, message: ChatStep, reply: str) -> list[ChatReply]:
        return [each for each in await self._all(message) if each.reply == reply]

    async def _note(self, row: ChatReply, state: ReplyState) -> None:
        await self._records.run(self._records.chat_replies.note, row.key, state, row.person)


def _not_there(why: str) -> str:
    return f"What you wrote is not on the incident's timeline. {why}"
