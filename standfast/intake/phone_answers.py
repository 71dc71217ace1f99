"""Answers to pages by SMS and by the keys of a phone.

An SMS is answered from the number that the page went to, and by the code in it; a call by whoever
picked it up. What is asked goes through `page_answers`, as from every other way.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import NamedTuple

from standfast.incidents.actions import Action
from standfast.incidents.via import Via
from standfast.intake.page_answers import PageAnswer, PageAnswers
from standfast.intake.page_links import PageClaim
from standfast.intake.phone_numbers import is_reached_by
from standfast.intake.sms_words import SmsWords
from standfast.messages.message import words_of
from standfast.notification.spoken import spoken
from standfast.phone.keys import KEYS, REPEAT
from standfast.phone.provider import KeyPress, PhoneState, SmsReply, StatusReport
from standfast.policy import Policy
from standfast.records.delivery import Progress
from standfast.records.errors import RecordsUnavailable
from standfast.records.phone_messages import ANSWERED_WITHIN, PhoneMessage
from standfast.records.store import RecordStore

HOW = "Reply A and the code of the page to acknowledge, E to escalate, N if it is not for you."

_MOST_LISTED = 3
_LONGEST_LISTED = 40

_LEDGER_IS_LATE = 1.0
"""Seconds. A status callback may come before the sender has noted how the provider names it."""

_log = logging.getLogger(__name__)


class SmsAnswer(NamedTuple):
    """What to say to an SMS, empty for nothing. `useless`: it had a wrong code, or asked nothing
    that is known: a guess, or a phone that answers by itself.
    """

    text: str
    useless: bool = False


class KeyAnswer(NamedTuple):
    """What to say in a call; with `again`, keys are taken once more."""

    text: str
    again: bool = False


class PhoneAnswers:
    """Takes what comes from people's phones, and what a provider tells of messages to them."""

    def __init__(
        self,
        records: RecordStore,
        answers: PageAnswers,
        policy: Callable[[], Policy],
        environment: Mapping[str, str],
    ) -> None:
        """`environment` has the secrets of channels."""
        self._records = records
        self._answers = answers
        self._policy = policy
        self._environment = environment
        self._messages = records.phone_messages

    async def by_sms(self, provider: str, sms: SmsReply, words: SmsWords) -> SmsAnswer:
        """Do what an SMS asks, once for its id.

        Raises:
            RecordsUnavailable: nothing was done.
        """
        seen = f"{provider} sms"
        if (
            said := await self._records.run(self._records.webhooks.answer, seen, sms.id)
        ) is not None:
            return SmsAnswer(said)
        answer = await self._to_sms(provider, sms, words)
        if not answer.useless:  # else the same again does no harm, and it may name pages
            await self._note_seen(seen, sms.id, answer.text)
        return answer

    async def by_key(self, provider: str, message_id: str, press: KeyPress) -> KeyAnswer:
        """Do what a key asks, once for the call.

        Raises:
            RecordsUnavailable: nothing was done.
        """
        message = await self._message(message_id, press.call_id, press.number)
        is_good = message is not None and message.can_be_answered(datetime.now(UTC))
        if message is None or not is_good or not await self._is_theirs(message):
            return KeyAnswer("This page cannot be answered any more.")
        if press.key == REPEAT or not press.key:
            return KeyAnswer(message.text, again=True)
        action = KEYS.get(press.key)
        if action is None:
            return KeyAnswer(f"{press.key} means nothing here. {message.text}", again=True)
        seen, pressed = f"{provider} key", f"{press.call_id} {press.key}"
        if (
            said := await self._records.run(self._records.webhooks.answer, seen, pressed)
        ) is not None:
            return KeyAnswer(said)
        answer = await self._answer(message, action, Via.PHONE, {}, f"{provider} {pressed}")
        await self._note_answered(provider, message, answer, f"by key {press.key}")
        words = spoken(answer.words)
        await self._note_seen(seen, pressed, words)
        return KeyAnswer(words)

    async def note(self, provider: str, message_id: str, report: StatusReport) -> bool:
        """Note what became of a message; whether it is one of ours.

        Raises:
            RecordsUnavailable: it is not noted.
        """
        message = await self._message(message_id, report.id, report.number)
        if message is None:
            return False
        if not message.provider_id:
            await self._records.run(self._messages.sent, message.id, report.id)
        is_bad = report.state is PhoneState.FAILED and message.code
        if is_bad and await self._is_answered(message):
            return True  # Some people are taken for machines, which is told late.
        if report.state is not None:
            await self._note_progress(
                provider, report.id, Progress(report.state.value), report.detail
            )
        return True

    async def _is_answered(self, message: PhoneMessage) -> bool:
        events = await self._records.run(self._records.deliveries.of_incident, message.incident_id)
        return any((each.key, each.state) == (message.key, Progress.ANSWERED) for each in events)

    async def _to_sms(self, provider: str, sms: SmsReply, words: SmsWords) -> SmsAnswer:
        if not await self._records.run(self._messages.is_known, sms.number):
            # An answer costs money, and a stranger could ask for any number of them.
            _log.info("an SMS from a number that was sent nothing is not answered")
            return SmsAnswer("")
        codes = words.codes_in(sms.text)
        if codes:
            message = await self._of_codes(sms.number, codes)
            if message is None:
                return SmsAnswer(f"No page to you has the code {codes[0]}.", useless=True)
            if not message.can_be_answered(datetime.now(UTC)):
                return SmsAnswer(
                    f"The code {message.code} is too old: a page can be answered for "
                    f"{words_of(ANSWERED_WITHIN)}."
                )
        else:
            waiting = await self._records.run(self._messages.to_answer, sms.number)
            waiting = [each for each in waiting if await self._is_theirs(each)]
            if len(waiting) != 1:
                return SmsAnswer(_which(waiting), useless=True)
            message = waiting[0]
        asked = words.asked(sms.text, message.code)
        if asked is None:
            return SmsAnswer(f"That is no answer. {HOW}", useless=True)
        given = dict(asked.given)
        answer = await self._answer(message, asked.action, Via.SMS, given, f"{provider} {sms.id}")
        await self._note_answered(provider, message, answer, "by SMS")
        return SmsAnswer(f"{message.code}: {answer.words}")

    async def _of_codes(self, number: str, codes: list[str]) -> PhoneMessage | None:
        for code in codes:
            found = await self._records.run(self._messages.of_code, number, code)
            if found and await self._is_theirs(found):
                return found
        return None

    async def _is_theirs(self, message: PhoneMessage) -> bool:
        """Whether it went to a number that is still one of its recipient's.

        Raises:
            RecordsUnavailable: it is not known.
        """
        own = await self._records.run(self._records.own_channels.of, message.recipient)
        fingerprint = self._messages.fingerprint

        def is_reached() -> bool:
            return is_reached_by(
                lambda number: fingerprint(number) == message.number,
                message.recipient,
                self._policy(),
                own,
                self._environment,
            )

        return await self._records.run(is_reached)

    async def _message(self, message_id: str, provider_id: str, number: str) -> PhoneMessage | None:
        """Ours of that id, if the provider's and the number, where it is told, are its own."""
        message = await self._records.run(self._messages.get, message_id)
        if message is None or message.provider_id not in ("", provider_id):
            return None
        if not number:
            return message if message.provider_id else None
        its = await self._records.run(self._messages.fingerprint, number)
        return message if its == message.number else None

    async def _answer(
        self,
        message: PhoneMessage,
        action: Action,
        via: Via,
        given: dict[str, object],
        update_id: str,
    ) -> PageAnswer:
        claim = PageClaim(
            incident_id=message.incident_id,
            episode=message.episode,
            person=message.recipient,
            asked_at=message.at,
        )
        return await self._answers.answer(claim, action, via, given, update_id=update_id)

    async def _note_answered(
        self, provider: str, message: PhoneMessage, answer: PageAnswer, detail: str
    ) -> None:
        if answer.holds and message.provider_id:
            try:
                await self._note_progress(
                    provider, message.provider_id, Progress.ANSWERED, detail, patient=False
                )
            except RecordsUnavailable as away:
                _log.warning("%s: that it was answered is not noted: %s", message.key, away)

    async def _note_progress(
        self, provider: str, provider_id: str, state: Progress, detail: str, *, patient: bool = True
    ) -> None:
        noted = self._records.deliveries.note_from_provider
        told = (provider, provider_id, state, datetime.now(UTC), detail)
        if not await self._records.run(noted, *told) and patient:
            await asyncio.sleep(_LEDGER_IS_LATE)
            await self._records.run(noted, *told)

    async def _note_seen(self, seen: str, given_id: str, answer: str) -> None:
        if not given_id:
            return
        try:
            await self._records.run(self._records.webhooks.note, seen, given_id, answer)
        except RecordsUnavailable as away:
            # It is done. Sent again, it finds that out from the incident.
            _log.warning("the answer to a phone was not kept for its id: %s", away)


def _which(waiting: list[PhoneMessage]) -> str:
    """What to say to somebody who gave no code, and does not have just one page to answer."""
    if not waiting:
        return "There is no page that you could answer now."
    listed = [f"{each.code} {_short(each.text)}" for each in waiting[:_MOST_LISTED]]
    more = len(waiting) - len(listed)
    also = [f"and {more} more"] if more > 0 else []
    return "\n".join(["Which page? Reply with its code:", *listed, *also])


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= _LONGEST_LISTED else f"{line[: _LONGEST_LISTED - 3].rstrip()}..."
