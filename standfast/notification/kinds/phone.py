"""`twilio-sms://`, `twilio-call://`: SMS and calls, by any provider of `standfast.phone`.

Providers know no idempotency keys. So each SMS and call stands in a journal before the provider is
asked; and where an earlier attempt may have got through, the provider is asked first which it has.
Without the record store it goes out all the same; then it may come twice, and has no code.
"""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import urlencode

from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.ids import episode_of
from standfast.incidents.notification import ANSWERED_BY_LINK, Audience, Notification
from standfast.notification.kinds.kind import ChannelKind, KindContext
from standfast.notification.outgoing_message import OutgoingMessage
from standfast.outgoing.circuit_breaker import SendResult
from standfast.phone.address import NotAnAddress, PhoneAddress, address_of
from standfast.phone.keys import KEY_OF
from standfast.phone.provider import PhoneProblem, PhoneProvider, Speech
from standfast.phone.providers import CALL, SMS
from standfast.records.errors import RecordsUnavailable
from standfast.records.phone_messages import NewPhoneMessage, PhoneMessage, PhoneMessages

ON_ITS_WAY = timedelta(seconds=2)
"""How long a request of a worker that has died may still be on its way to the provider."""

PATH = "/intake/phone"
"""Where the API takes what providers send, below its public address."""

_CLOCKS_DIFFER = timedelta(seconds=30)
"""Ours and the provider's, whose moments are whole seconds."""

_AN_HOUR = timedelta(hours=1)

_log = logging.getLogger(__name__)

Done = TypeVar("Done")


class _NobodyKnows(Exception):  # noqa: N818
    """Whether an earlier attempt got through; the text says why, `open_for` is as for problems."""

    def __init__(self, why: PhoneProblem) -> None:
        super().__init__(f"it is unknown whether an earlier attempt got through: {why}")
        self.open_for = why.open_for


class PhoneKind(ChannelKind):
    """SMS, or calls, of one provider."""

    once = True

    def __init__(
        self, provider: PhoneProvider, sort: str, on_its_way: timedelta = ON_ITS_WAY
    ) -> None:
        """`sort` is SMS or CALL."""
        self.provider = provider.name
        self._phone = provider
        self._sort = sort
        self._on_its_way = on_its_way

    def form_of(self, url: str) -> ChannelForm:  # noqa: ARG002
        """Text for the eye, or for the ear."""
        return ChannelForm.SMS if self._sort == SMS else ChannelForm.VOICE

    def problem_of(self, url: str) -> str:
        """What is wrong with a URL."""
        try:
            address = address_of(url)
        except NotAnAddress as wrong:
            return str(wrong)
        if problem := self._phone.problem_of(address, is_call=self._sort == CALL):
            return problem
        if self._sort == SMS and (address.language or address.voice):
            return "has a language or a voice, which only calls have"
        return ""

    def reply_by(self, url: str, message: Notification, context: KindContext) -> Mapping[str, str]:
        """By what the person answers: a code of their own, or keys."""
        if self.problem_of(url) or not _can_be_answered(message, context):
            return {}
        line = self._line(address_of(url), message, context)
        if not line or not line.code:
            return {}
        return {"code": line.code} if self._sort == SMS else KEY_OF

    def send(self, url: str, message: OutgoingMessage, context: KindContext) -> SendResult:
        """Send it, unless an earlier attempt has done so."""
        if problem := self.problem_of(url):
            return SendResult(f"its URL {problem}")
        address = address_of(url)
        line = self._line(address, message, context)
        try:
            earlier = self._earlier(address, line, context) if line else ""
            if earlier:
                return self._done(line, earlier, context)
            if line and self._is_too_much(address, line, context):
                what = "SMS" if self._sort == SMS else "calls"
                return SendResult(
                    f"{address.hourly} {what} went to this number within an hour, which is the "
                    "most (`hourly` in its URL)"
                )
            if line:
                _noted(_journal(context).asking, line.id, message.body)
            return self._done(line, self._ask(address, message.body, line, context), context)
        except _NobodyKnows as unknown:
            return SendResult(str(unknown), unknown.open_for)
        except PhoneProblem as failed:
            if line and not failed.in_doubt:
                _noted(_journal(context).refused, line.id)
            so_far = ": it is unknown whether it went out" if failed.in_doubt else ""
            return SendResult(f"{failed}{so_far}", failed.open_for)

    def _line(
        self, address: PhoneAddress, message: Notification | OutgoingMessage, context: KindContext
    ) -> PhoneMessage | None:
        """Its line in the journal; None without the record store."""
        if context.records is None:
            return None
        answerable = _can_be_answered(message, context)
        new = NewPhoneMessage(
            key=message.key,
            sort=self._sort,
            recipient=message.recipient,
            incident_id=message.incident_id,
            episode=episode_of(message.key) if answerable else 0,
            with_code=answerable,
        )
        return _noted(context.records.phone_messages.begin, address.number, new)

    def _earlier(self, address: PhoneAddress, line: PhoneMessage, context: KindContext) -> str:
        """The provider's id of what an earlier attempt sent; empty where nothing got through.

        Raises:
            _NobodyKnows: the provider does not tell.
        """
        if line.provider_id or not line.text:
            return line.provider_id
        age = datetime.now(UTC) - line.at
        if timedelta() <= age < self._on_its_way:
            time.sleep((self._on_its_way - age).total_seconds())
        try:
            is_sms = self._sort == SMS
            sent = self._phone.sms_sent(address) if is_sms else self._phone.calls_made(address)
        except PhoneProblem as problem:
            raise _NobodyKnows(problem) from None
        others = _noted(_journal(context).others, line) or set()
        found = [
            each
            for each in sent
            if each.id not in others
            and each.at > line.at - _CLOCKS_DIFFER
            and (not is_sms or each.text.strip() == line.text.strip())
        ]
        # The first after it: a later one may be that of another page which is tried again, too.
        return min(found, key=lambda each: each.at).id if found else ""

    def _is_too_much(self, address: PhoneAddress, line: PhoneMessage, context: KindContext) -> bool:
        """Whether as many went to that number as may: also where many workers send at once, it is
        only some more.
        """
        return (_noted(_journal(context).within, line, _AN_HOUR) or 0) >= address.hourly

    def _ask(
        self, address: PhoneAddress, text: str, line: PhoneMessage | None, context: KindContext
    ) -> str:
        """Have the provider do it; its id there."""

        def url(what: str) -> str:
            if not line or not context.public_url:
                return ""
            return f"{context.public_url}{PATH}/{self.provider}/{what}/{line.id}"

        if self._sort == SMS:
            return self._phone.send_sms(address, text, url("status"))
        keys = url("keys") if line and line.code else ""
        how = {"language": address.language, "voice": address.voice}
        if keys and (given := {name: value for name, value in how.items() if value}):
            keys = f"{keys}?{urlencode(given)}"
        speech = Speech(text, address.language, address.voice)
        return self._phone.call(address, speech, keys, url("status"))

    def _done(
        self, line: PhoneMessage | None, provider_id: str, context: KindContext
    ) -> SendResult:
        if line and line.provider_id != provider_id:
            _noted(_journal(context).sent, line.id, provider_id)
        return SendResult(provider_id=provider_id)


def _can_be_answered(message: Notification | OutgoingMessage, context: KindContext) -> bool:
    """Whether this is about one incident, to somebody who works on it, and answers reach us.

    A digest has a key of its own.
    """
    return (
        bool(context.public_url and context.records)
        and message.audience is Audience.PERSON
        and message.purpose in ANSWERED_BY_LINK
        and bool(message.incident_id)
        and message.key.startswith(f"{message.incident_id}:")
    )


def _journal(context: KindContext) -> PhoneMessages:
    if context.records is None:
        raise RuntimeError("there is a line of a journal, and no record store")
    return context.records.phone_messages


def _noted(call: Callable[..., Done], *details: object) -> Done | None:
    """What the record store answers; None when it is away: a message matters more."""
    try:
        return call(*details)
    except RecordsUnavailable as away:
        _log.warning("the journal of SMS and calls is away, so one may come twice: %s", away)
        return None
