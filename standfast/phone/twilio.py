"""Twilio, by its own library, which is loaded when something is sent or a webhook comes.

https://www.twilio.com/docs/messaging/api/message-resource, …/voice/api/call-resource and
…/usage/security#validating-requests describe what is used here.
"""

import logging
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar

from standfast.phone.address import PhoneAddress, is_number, tidy_number
from standfast.phone.provider import (
    TIMEOUT,
    Form,
    KeyPress,
    PhoneProblem,
    PhoneState,
    Sent,
    SmsReply,
    Speech,
    StatusReport,
)
from standfast.phone.twilio_errors import words_of_code
from standfast.phone.twilio_speech import said_once, said_twice, sendable

if TYPE_CHECKING:
    from twilio.rest import Client

LATEST = 50
"""SMS, or calls, to one number among which an earlier attempt is looked for."""

_PAUSE = timedelta(minutes=1)
"""When Twilio says that there are too many requests: it does not say for how long."""

_IN_QUEUE = timedelta(hours=1)
"""How long an SMS may wait at Twilio, which would send a page of the night at noon (after 10 h)."""

_LONGEST_CALL = timedelta(minutes=10)
"""However often it is repeated: Twilio's own limit is four hours."""

_RING_FOR = 40
"""Seconds. Longer, and most phones hand the call to an answering machine."""

_SIGNATURE, _SIGNATURE_SETTINGS = "x-twilio-signature", "x-twilio-webhooks-signature-settings"
_SID = re.compile(r"(SM|MM|CA)[0-9a-fA-F]{32}", re.ASCII)
_ACCOUNT = re.compile(r"AC[0-9a-fA-F]{32}", re.ASCII)
_TOKEN = re.compile(r"[0-9a-fA-F]{32}", re.ASCII)
_MESSAGING_SERVICE = re.compile(r"MG[0-9a-fA-F]{32}", re.ASCII)
_STOP = frozenset(
    {"stop", "stopall", "unsubscribe", "end", "quit", "cancel", "revoke", "optout", "arret"}
)
_START = frozenset({"start", "unstop"})
"""And `yes`, by which people answer pages, too: it does no harm."""

_TRIAL = "Sent from your Twilio trial account - "

_SMS_STATES = {
    "sent": PhoneState.SENT,
    "delivered": PhoneState.DELIVERED,
    "read": PhoneState.OPENED,
    "undelivered": PhoneState.FAILED,
    "failed": PhoneState.FAILED,
    "canceled": PhoneState.FAILED,
}
"""The others (accepted, scheduled, queued, sending) say only that Twilio has it."""

_CALL_STATES = {
    "ringing": (PhoneState.SENT, "it rings"),
    "in-progress": (PhoneState.DELIVERED, "picked up"),
    "busy": (PhoneState.FAILED, "busy"),
    "no-answer": (PhoneState.FAILED, "nobody picked up"),
    "failed": (PhoneState.FAILED, "the call could not be made"),
    "canceled": (PhoneState.FAILED, "the call was cancelled"),
}
"""`queued`, `initiated` and `completed` say nothing that these have not said."""

_silent = logging.getLogger("standfast.phone.twilio.requests")
_silent.addHandler(logging.NullHandler())
_silent.propagate = False
_silent.disabled = True  # the library logs numbers and what is asked

Done = TypeVar("Done")


class Twilio:
    """An account is its Account SID, its secret the Auth Token, by which webhooks are signed too.

    Our number may be a Messaging Service (`MG…`) for SMS.
    """

    name = "twilio"
    title = "Twilio"
    opt_out_words = _STOP

    def __init__(self, timeout: timedelta = TIMEOUT) -> None:
        """`timeout` is for each request."""
        self._timeout = timeout

    def problem_of(self, address: PhoneAddress, *, is_call: bool) -> str:
        """What is wrong with an address."""
        if address.account.startswith("SK"):
            return (
                "has an API key in place of the Account SID (AC…): webhooks are signed with the "
                "account's Auth Token, which has to be there"
            )
        if not _ACCOUNT.fullmatch(address.account):
            return "must begin with the Account SID: AC and 32 digits or letters a to f"
        if not _TOKEN.fullmatch(address.secret):
            return "has an Auth Token that cannot be one: 32 digits or letters a to f"
        if not _is_sender(address.sender):
            return (
                "names a sender that cannot be ours: a number of Twilio such as +15005550006, or "
                "for SMS a Messaging Service (MG…)"
            )
        if is_call and _is_service(address.sender):
            return "names a Messaging Service (MG…), which cannot call: name a number of Twilio"
        if tidy_number(address.sender) == address.number:
            return "names the same number twice: first ours at Twilio, then theirs"
        return ""

    def send_sms(self, address: PhoneAddress, text: str, status_url: str) -> str:
        """Send an SMS; its SID."""
        ours = (
            {"messaging_service_sid": address.sender}
            if _is_service(address.sender)
            else {"from_": tidy_number(address.sender)}
        )
        told = {"status_callback": status_url} if status_url else {}
        return self._asked(
            address,
            lambda client: _id_of(
                client.messages.create(
                    to=address.number,
                    body=sendable(text),
                    validity_period=int(_IN_QUEUE.total_seconds()),
                    **ours,
                    **told,
                ).sid
            ),
        )

    def call(self, address: PhoneAddress, speech: Speech, keys_url: str, status_url: str) -> str:
        """Call; the SID of the call. What it says goes along, so that it needs nothing of ours."""
        told: dict[str, Any] = {}
        if status_url:
            told = {
                "status_callback": status_url,
                "status_callback_event": ["initiated", "ringing", "answered", "completed"],
                # Beside the call, so that nobody listens to silence while Twilio makes up its mind.
                "machine_detection": "Enable",
                "async_amd": "true",
                "async_amd_status_callback": status_url,
            }
        return self._asked(
            address,
            lambda client: _id_of(
                client.calls.create(
                    to=address.number,
                    from_=tidy_number(address.sender),
                    twiml=said_twice(speech, keys_url),
                    timeout=_RING_FOR,
                    time_limit=int(_LONGEST_CALL.total_seconds()),
                    **told,
                ).sid
            ),
        )

    def sms_sent(self, address: PhoneAddress) -> Sequence[Sent]:
        """The latest SMS to that number. Those that are queued have no `DateSent` yet, by which
        the list could be asked for less.
        """
        ours = {} if _is_service(address.sender) else {"from_": tidy_number(address.sender)}
        return self._asked(
            address,
            lambda client: [
                Sent(_id_of(each.sid), _moment(each.date_created), _without_trial(each.body or ""))
                for each in client.messages.list(to=address.number, limit=LATEST, **ours)
                if str(each.direction).startswith("outbound")
            ],
        )

    def calls_made(self, address: PhoneAddress) -> Sequence[Sent]:
        """The latest calls to that number from ours."""
        ours = tidy_number(address.sender)
        return self._asked(
            address,
            lambda client: [
                Sent(_id_of(each.sid), _moment(each.date_created))
                for each in client.calls.list(to=address.number, from_=ours, limit=LATEST)
            ],
        )

    def account_of(self, form: Form) -> str:
        """The Account SID that a webhook names."""
        return form.get("AccountSid", "")

    def is_signed(self, secret: str, url: str, headers: Mapping[str, str], form: Form) -> bool:
        """Whether `X-Twilio-Signature` is that of the Auth Token, over the address and the form."""
        from twilio.request_validator import RequestValidator, get_signature_algorithm

        algorithm = get_signature_algorithm(headers.get(_SIGNATURE_SETTINGS, ""))
        given = headers.get(_SIGNATURE, "")
        return bool(RequestValidator(secret).validate(url, form, given, algorithm))

    def sms_reply(self, form: Form) -> SmsReply | None:
        """The SMS in a webhook; None for STOP and START, which Twilio answers itself.

        Only a Messaging Service with *Advanced Opt-Out* says that they are these.
        """
        if form.get("OptOutType") or form.get("Body", "").strip().lower() in _STOP | _START:
            return None
        sid = form.get("MessageSid", "") or form.get("SmsSid", "")
        return SmsReply(sid, tidy_number(form.get("From", "")), form.get("Body", ""))

    def key_press(self, form: Form) -> KeyPress:
        """The key in a webhook."""
        called = tidy_number(form.get("To", ""))
        return KeyPress(form.get("CallSid", ""), called, form.get("Digits", ""))

    def status_report(self, form: Form) -> StatusReport:
        """What a status callback says, of an SMS, a call, or who picked it up."""
        number = tidy_number(form.get("To", ""))
        if call := form.get("CallSid", ""):
            if (by := form.get("AnsweredBy", "")) and "CallStatus" not in form:
                return _picked_up_by(call, number, by)
            state, detail = _CALL_STATES.get(form.get("CallStatus", ""), (None, ""))
            return StatusReport(call, number, state, detail)
        sid = form.get("MessageSid", "") or form.get("SmsSid", "")
        status = form.get("MessageStatus", "") or form.get("SmsStatus", "")
        state = _SMS_STATES.get(status)
        why = words_of_code(form.get("ErrorCode", "")) if state is PhoneState.FAILED else ""
        return StatusReport(sid, number, state, why)

    def sms_answer(self, text: str) -> str:
        """TwiML that answers an SMS."""
        from twilio.twiml.messaging_response import MessagingResponse

        answer = MessagingResponse()
        if text:
            answer.message(sendable(text))
        return str(answer)

    def spoken(self, speech: Speech, keys_url: str = "") -> str:
        """TwiML that says it; without keys it then hangs up."""
        return said_twice(speech, keys_url) if keys_url else said_once(speech)

    def _asked(self, address: PhoneAddress, ask: Callable[["Client"], Done]) -> Done:
        """What Twilio answers.

        Raises:
            PhoneProblem: it refused, or did not answer.
        """
        with _problems_in_words(self._timeout):
            return ask(self._client(address))

    def _client(self, address: PhoneAddress) -> "Client":
        from twilio.http.http_client import TwilioHttpClient
        from twilio.rest import Client

        http = TwilioHttpClient(timeout=self._timeout.total_seconds(), logger=_silent)
        # What else is in the environment of this process is not meant for this account.
        client = Client(address.account, address.secret, http_client=http, environment={"": ""})
        if address.api:
            client.api.base_url = address.api
        return client


def _id_of(given: object) -> str:
    """The id of what was made.

    Raises:
        ValueError: it is none, so that what answered is not Twilio.
    """
    if isinstance(given, str) and _SID.fullmatch(given):
        return given
    raise ValueError("no SID")


def _is_service(sender: str) -> bool:
    return _MESSAGING_SERVICE.fullmatch(sender) is not None


def _is_sender(sender: str) -> bool:
    return _is_service(sender) or is_number(tidy_number(sender))


def _picked_up_by(call: str, number: str, by: str) -> StatusReport:
    if by == "human":
        return StatusReport(call, number, PhoneState.DELIVERED, "picked up by a person")
    if by.startswith("machine") or by == "fax":
        return StatusReport(call, number, PhoneState.FAILED, "an answering machine picked up")
    return StatusReport(call, number, None)


@contextmanager
def _problems_in_words(timeout: timedelta) -> Iterator[None]:
    """Failures of the library as PhoneProblem, without what they quote: addresses and numbers."""
    import requests
    from twilio.base.exceptions import (
        TwilioException,
        TwilioRestException,
        TwilioServiceException,
    )

    try:
        yield
    except (TwilioRestException, TwilioServiceException) as refused:
        raise _refusal(refused.status, refused.code) from None
    except requests.ConnectTimeout:
        raise PhoneProblem("Twilio could not be reached", open_for=_PAUSE) from None
    except requests.Timeout:
        raise PhoneProblem(
            f"Twilio did not answer in {timeout.total_seconds():.0f} s",
            in_doubt=True,
            open_for=_PAUSE,
        ) from None
    except requests.ConnectionError:
        raise PhoneProblem(
            "Twilio could not be reached, or did not answer", in_doubt=True
        ) from None
    except TwilioException as failed:
        # Of a list, the library tells the answer only.
        status = getattr(failed.args[-1], "status_code", 0) if failed.args else 0
        raise _refusal(status) from None
    except (
        *(requests.RequestException, ValueError, LookupError),
        *(AttributeError, TypeError),  # of the library, where the JSON is another than it expects
    ) as failed:
        raise PhoneProblem(
            f"Twilio's answer cannot be read ({type(failed).__name__})", in_doubt=True
        ) from None


def _refusal(given: object, code: int | None = None) -> PhoneProblem:
    text = str(given)
    status = int(text) if text.isascii() and text.isdecimal() and len(text) == 3 else 0
    if status < 400:
        said = f" (HTTP status {status})" if status else ""
        return PhoneProblem(f"Twilio's answer cannot be read{said}", in_doubt=True)
    return PhoneProblem(
        f"Twilio refused it: {words_of_code(code, status)}",
        in_doubt=status >= 500 or status == 408,
        open_for=_PAUSE if status in (429, 503) else None,
    )


def _moment(given: datetime | None) -> datetime:
    """Of something that has no time yet: it has just been made."""
    return given or datetime.now(UTC)


def _without_trial(text: str) -> str:
    return text.removeprefix(_TRIAL)
