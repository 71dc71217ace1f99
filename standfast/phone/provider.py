"""What a provider of SMS and calls does for us. `providers` lists those that there are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple, Protocol

from standfast.phone.address import PhoneAddress

TIMEOUT = timedelta(seconds=8)
"""For one request to a provider: two fit into the time of a channel, to look and to send."""


class PhoneProblem(Exception):  # noqa: N818
    """The provider did not do it. The text is for people, and holds no number and no secret.

    in_doubt: it may have been done all the same.
    open_for: how long nobody should ask the provider now; None for no pause.
    """

    def __init__(
        self, words: str, *, in_doubt: bool = False, open_for: timedelta | None = None
    ) -> None:
        super().__init__(words)
        self.in_doubt = in_doubt
        self.open_for = open_for


class PhoneState(StrEnum):
    """What a provider tells of an SMS or a call, in the words of the delivery ledger."""

    SENT = "sent"
    DELIVERED = "delivered"
    OPENED = "opened"
    FAILED = "failed"


class Speech(NamedTuple):
    """What a call says. `language`, `voice`: the provider's names; empty for its usual ones."""

    text: str
    language: str = ""
    voice: str = ""


class Sent(NamedTuple):
    """An SMS or a call that the provider knows. `text` is empty for calls."""

    id: str
    at: datetime
    text: str = ""


class SmsReply(NamedTuple):
    """An SMS that somebody sent to our number."""

    id: str
    number: str
    text: str


class KeyPress(NamedTuple):
    """The key that was pressed in a call to `number`; empty for none."""

    call_id: str
    number: str
    key: str


class StatusReport(NamedTuple):
    """What became of an SMS or a call to `number`; `state` is None where that is no news."""

    id: str
    number: str
    state: PhoneState | None
    detail: str = ""


class Form(Mapping[str, str]):
    """The fields of a webhook. A name may come several times; the last value is its own."""

    def __init__(self, pairs: Iterable[tuple[str, str]]) -> None:
        self._values: dict[str, list[str]] = {}
        for name, value in pairs:
            self._values.setdefault(name, []).append(value)

    def getlist(self, name: str) -> list[str]:
        """Every value of a field, which libraries of providers ask for by this name."""
        return self._values.get(name, [])

    def __getitem__(self, name: str) -> str:
        return self._values[name][-1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._values)

    def __len__(self) -> int:
        return len(self._values)


class PhoneProvider(Protocol):
    """One provider. What sends or looks blocks, and raises PhoneProblem; the rest only reads.

    Any thread may call it.
    """

    name: str
    """As in the scheme of its channels: `NAME-sms://`, `NAME-call://`."""

    title: str
    """As it is written."""

    opt_out_words: frozenset[str]
    """Whoever sends one of these alone, by SMS, gets no more: the provider sees to that itself."""

    def problem_of(self, address: PhoneAddress, *, is_call: bool) -> str:
        """What is wrong with what a channel's URL says; empty for nothing."""

    def send_sms(self, address: PhoneAddress, text: str, status_url: str) -> str:
        """Send an SMS; its id. What becomes of it goes to `status_url`, if there is one."""

    def call(self, address: PhoneAddress, speech: Speech, keys_url: str, status_url: str) -> str:
        """Call and speak; the id of the call. A key that is pressed goes to `keys_url`; without
        one, nothing can be pressed.
        """

    def sms_sent(self, address: PhoneAddress) -> Sequence[Sent]:
        """The latest SMS to that number from ours."""

    def calls_made(self, address: PhoneAddress) -> Sequence[Sent]:
        """The latest calls to that number from ours."""

    def account_of(self, form: Form) -> str:
        """The account that a webhook names."""

    def is_signed(self, secret: str, url: str, headers: Mapping[str, str], form: Form) -> bool:
        """Whether a webhook to this public address was signed with the account's secret."""

    def sms_reply(self, form: Form) -> SmsReply | None:
        """The SMS in a webhook; None for one that the provider itself answers, such as STOP or
        another of `opt_out_words`.
        """

    def key_press(self, form: Form) -> KeyPress:
        """The key in a webhook."""

    def status_report(self, form: Form) -> StatusReport:
        """What a status callback says."""

    def sms_answer(self, text: str) -> str:
        """The answer to an SMS, in XML that the provider reads; with an empty text none is sent."""

    def spoken(self, speech: Speech, keys_url: str = "") -> str:
        """What a call says next, in XML that the provider reads, with keys as for `call`. Without
        them it then ends.
        """
