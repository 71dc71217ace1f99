"""What a kind of channel is, and what it is given to send with."""

import os
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.notification import Notification
from standfast.notification.outgoing_message import OutgoingMessage
from standfast.outgoing.circuit_breaker import SendResult
from standfast.records.store import RecordStore

if TYPE_CHECKING:
    from standfast.notification.web_push import PushSender


_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class KindContext:
    """What the process that sends has. A kind takes of it what it needs.

    outbox: the file that `outbox://` writes.
    environment: where `secret:NAME` is looked up.
    records: the record store; None where there is none. A kind must not depend on its answer: a
        message matters more.
    public_url: where the world reaches the API, without a slash at its end; empty for nowhere.
    push: gives what sends to browsers; None where nothing does. It is asked for when it is needed.
    """

    outbox: Path
    environment: Mapping[str, str] = field(default_factory=lambda: os.environ)
    records: RecordStore | None = None
    public_url: str = ""
    push: "Callable[[], PushSender] | None" = None


class ChannelKind(ABC):
    """One way to reach people. `registry` says which schemes of URLs are its own.

    provider: who gives the ids in `SendResult.provider_id`; unique among kinds, or shared by those
        of one service.
    replaces: a later message of a thread can take the place of an earlier one.
    once: its recipient has one message, however often it is sent under the same key.
    has_button: it makes a button, or a tap, of the link by which a page is answered, so that the
        words have none.
    """

    provider: str
    replaces: bool = False
    once: bool = False
    has_button: bool = False

    @abstractmethod
    def form_of(self, url: str) -> ChannelForm:
        """What a message to this URL can look like."""

    @abstractmethod
    def problem_of(self, url: str) -> str:
        """What is wrong with a URL, for `policy check`; empty for nothing.

        It never holds any part of the URL that may be secret. Nothing is sent or looked up.
        """

    def advice_on(self, url: str) -> str:  # noqa: ARG002
        """What would be better than a URL that can be used, for `policy check`; as `problem_of`."""
        return ""

    def reply_by(
        self,
        url: str,  # noqa: ARG002
        message: Notification,  # noqa: ARG002
        context: KindContext,  # noqa: ARG002
    ) -> Mapping[str, str]:
        """By what this channel itself takes an answer to that message: the values for the policy's
        `pages.replies` of its form, such as the code. Empty where it takes none.
        """
        return _NOTHING

    def is_mail(self, url: str) -> bool:  # noqa: ARG002
        """Whether whoever gets it can reply by mail, to the address that the message names."""
        return False

    def breaker_of(self, url: str, recipient: str) -> str:  # noqa: ARG002
        """Whose circuit breaker it is: what fails for one of these fails for all of them."""
        return url

    @abstractmethod
    def send(self, url: str, message: OutgoingMessage, context: KindContext) -> SendResult:
        """Send a message; blocks for as long as the service takes.

        It runs in a thread that has nothing else to do, and the circuit breaker watches it: what it
        raises is a problem of this try. The problem never holds any part of the URL.
        """


def scheme_of(url: str) -> str:
    """The scheme of a URL in small letters; empty where it has none."""
    scheme, separator, _ = url.strip().partition("://")
    return scheme.lower() if separator else ""
