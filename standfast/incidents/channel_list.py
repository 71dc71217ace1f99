"""The channels of people as they are listed and tested: never with their URLs."""

from typing import Annotated

from pydantic import Field

from standfast.incidents.channel_form import ChannelForm
from standfast.messages.message import InboundMessage, Line, Message


class ListedChannel(Message):
    """A channel of a person: one that the policy gives them, or one that they have added.

    method: by which of the policy's `contact_methods` they have added it, empty for the policy's.
    address: where it leads, masked; of those that they have added only.
    kind: the scheme of its URL. form: what a message through it looks like; None where its URL is
        not known here. problem: why it is not used, what is wrong with its URL, or why that is not
        known.
    """

    person: str
    name: str
    method: str = ""
    address: str = ""
    kind: str = ""
    form: ChannelForm | None = None
    problem: str = ""


class ChannelTest(InboundMessage):
    """Whom to send a test message, through which of their channels."""

    person: Annotated[Line, Field(min_length=1, max_length=100)]
    channel: Annotated[Line, Field(min_length=1, max_length=100)]


class ChannelTestResult(Message):
    """What the provider said of a test message.

    problem: why it did not take it; empty where it did. provider_id: how it names the message.
    """

    person: str
    channel: str
    provider: str = ""
    provider_id: str = ""
    problem: str = ""

    @property
    def words(self) -> str:
        """The same in a sentence."""
        if self.problem:
            return f"{self.channel} of {self.person} did not take the test message: {self.problem}"
        named = f", as {self.provider_id}" if self.provider_id else ""
        return f"{self.channel} of {self.person} took the test message{named}"
