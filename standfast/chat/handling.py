"""What people do in a chat becomes an action, a comment or a report, with the rights they have.

A button is for everybody who sees it; who presses it is known by the address that the chat's
organisation vouches for, and whoever may not is told why. Nothing is done in anybody else's name.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeAlias

from pydantic import ValidationError
from temporalio.service import RPCError

from standfast.chat.events import (
    ButtonPressed,
    ChatEvent,
    CommandGiven,
    ReplyDeleted,
    ReplyEdited,
    ReplyWritten,
)
from standfast.chat.message import IN_CHAT, WITH_A_TEXT
from standfast.chat.people import ChatPeople, NotKnown
from standfast.chat.provider import ChatError, ChatProvider
from standfast.chat.threads import Doors, Threads, Written
from standfast.incidents.actions import Action
from standfast.incidents.actions.escalate import FROM_TIER
from standfast.incidents.report import Channel, Report
from standfast.incidents.via import Via
from standfast.intake.errors import IntakeError
from standfast.intake.reporting import report_incident
from standfast.messages.problems import problems
from standfast.records.chat_steps import ChatStep, StepKind, StepState
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore
from standfast.time.rate_limiters import RateLimiter

_log = logging.getLogger(__name__)

_PATIENCE = 5.0
_MOST_ACTIONS, _MOST_REPORTS = 60, 10
"""Of one person in a minute."""

TOO_MANY = "That was too much in a minute, so nothing was done. Please wait a moment."
Reply: TypeAlias = ReplyWritten | ReplyEdited | ReplyDeleted

_USAGE = "Write `report` and what is wrong: `report VPN drops every few minutes`"


class ChatHandling:
    """Takes what comes in from one chat; `take` is its `events.Handler`."""

    def __init__(
        self,
        provider: ChatProvider,
        records: RecordStore,
        people: ChatPeople,
        threads: Threads,
        doors: Doors,
        task_queue: str,
        missed: Callable[[], None] = lambda: None,
    ) -> None:
        """`missed` is told when a reply came in and is not on a timeline: it has to be read."""
        self._provider = provider
        self._records = records
        self._people = people
        self._threads = threads
        self._doors = doors
        self._task_queue = task_queue
        self._missed = missed
        self._via = Via(provider.name)
        self._actions, self._reports = RateLimiter(), RateLimiter()

    async def take(self, event: ChatEvent) -> None:
        """Deal with an event; whoever did it hears what became of it. Raises nothing."""
        try:
            await self._take(event)
        except NotKnown as unknown:
            await event.answer(str(unknown))
        except ChatError as away:
            _log.warning("%s: not done: %s", self._provider.title, away.reason)
            await event.answer(f"Nothing was done: who you are could not be asked: {away.reason}.")
        except (IntakeError, RecordsUnavailable, RPCError) as away:
            _log.warning("%s: it may not be done: %s", self._provider.title, away)
            await self._failed(event, "It is not confirmed. Please try again in a minute.")
        except Exception:
            # Whatever it is: the next event must be taken, and this person must hear of it.
            _log.exception("%s: an event was not dealt with", self._provider.title)
            why = "Something went wrong here, and it may not be done. It was logged."
            await self._failed(event, why)

    async def _failed(self, event: ChatEvent, words: str) -> None:
        if isinstance(event, Reply):
            self._missed()
            words = "What you wrote is not on the incident's timeline yet. It is tried again."
        await event.answer(words)

    async def _take(self, event: ChatEvent) -> None:
        is_too_much = bool(event.user and self._actions.wait_for(event.user, _MOST_ACTIONS))
        if isinstance(event, Reply):
            await self._reply(event, later=is_too_much)
        elif is_too_much:
            await event.answer(TOO_MANY)
        elif isinstance(event, ButtonPressed):
            await event.answer(await self._pressed(event))
        elif isinstance(event, CommandGiven):
            await event.answer(await self._command(event))

    async def _pressed(self, event: ButtonPressed) -> str:
        """Do what a button says; the words for who pressed it."""
        name, _, tier = event.action.partition(".")
        if name not in IN_CHAT:
            return "This button is of another version, and does nothing any more."
        if not await self._is_ours(event):
            return "This message is not the incident's, so nothing was done."
        who = await self._people.who(event.user)
        if not who.person:
            return (
                f"Nothing was done: {who.address} is not of the people who work on incidents here."
            )
        action = Action(name)
        given = {FROM_TIER: tier} if tier else {}
        if asked := WITH_A_TEXT.get(action):
            given[asked[0]] = event.text
        said = await self._doors.answers.answer_of(
            who.person,
            event.incident_id,
            event.episode,
            action,
            self._via,
            given,
            update_id=_once(event),
        )
        return said.words

    async def _is_ours(self, event: ButtonPressed) -> bool:
        """Whether the button stands in the message of that incident.

        If it was not known whether that one had arrived, now it is.
        """
        steps = await asyncio.to_thread(
            self._records.chat_steps.of, event.incident_id, event.episode
        )
        here = [
            step
            for step in steps
            if step.chat == self._provider.name
            and step.kind is StepKind.MESSAGE
            and step.channel == event.channel
        ]
        if any(step.made == event.message for step in here):
            return True
        lost = next((each for each in here if not each.made and each.state in _NOT_KNOWN), None)
        if lost is None:
            return False
        # What it says is not known: the keeper has it say what it is to say.
        found = {"state": StepState.DONE, "made": event.message, "detail": "", "over": False}
        await self._records.run(lambda: self._records.chat_steps.note(lost.key, **found))
        return True

    async def _reply(self, event: Reply, *, later: bool) -> None:
        """`later`: not now, because its writer writes too much; the thread keeps it."""
        message = await self._message(event)
        if message is None:
            return  # the thread of something else
        if later:
            self._threads.read_later(message)
            return
        if isinstance(event, ReplyDeleted):
            await self._threads.delete(message, event.reply, event.answer)
            return
        written = Written(event.reply, event.user, event.text, event.at, event.version)
        await self._threads.take(message, written, event.answer)

    async def _message(self, event: Reply) -> ChatStep | None:
        step = await asyncio.to_thread(
            self._records.chat_steps.at, self._provider.name, event.channel, event.message
        )
        return step if step and step.kind is StepKind.MESSAGE else None

    async def _command(self, event: CommandGiven) -> str:
        """`report TEXT`: the first line is the title."""
        verb, _, text = event.text.strip().partition(" ")
        if verb.casefold() != "report" or not text.strip():
            return _USAGE
        if self._reports.wait_for(event.user, _MOST_REPORTS):
            return TOO_MANY
        who = await self._people.who(event.user)
        title, _, more = text.strip().partition("\n")
        try:
            report = Report(
                title=title, description=more, reporter=who.address, channel=Channel.CHAT
            )
        except ValidationError as wrong:
            return "It was not reported: " + "; ".join(problems(wrong, Report.model_fields))
        policy = await asyncio.to_thread(self._doors.policy)
        result = await report_incident(
            self._doors.client,
            report,
            now=datetime.now(UTC),
            policy=policy,
            records=self._records.incidents,
            task_queue=self._task_queue,
            attempt=_once(event),
            patience=_PATIENCE,
        )
        return f"Reported as {result.incident_id}."


_NOT_KNOWN = (StepState.INTENDED, StepState.UNKNOWN)


def _once(event: ChatEvent) -> str:
    """The idempotency key of an event: the same whenever the chat hands it in."""
    return f"chat-{hashlib.sha256(event.event_id.encode()).hexdigest()[:32]}"
