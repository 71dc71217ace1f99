"""What people do in a chat, as a provider hands it in. The provider has checked who sent it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime

Answer = Callable[[str], Awaitable[None]]
"""Says a text to the one person who did it, and to nobody else. Raises nothing: what cannot be said
is logged by the provider."""


@dataclass(frozen=True)
class ChatEvent:
    """What somebody did.

    event_id: the same whenever the chat hands in the same thing again. user: the chat's id of the
    person, as `ChatProvider.person` takes it.
    """

    event_id: str
    user: str
    channel: str
    answer: Answer


@dataclass(frozen=True)
class ButtonPressed(ChatEvent):
    """A button of an incident's message.

    message: its id. text: what was written in answer to `Button.asks`.
    """

    message: str
    action: str
    incident_id: str
    episode: int
    text: str = ""


@dataclass(frozen=True)
class ReplyWritten(ChatEvent):
    """A reply in the thread of a message, or an edit of one that was not seen before.

    version: another one after each edit; empty for what was not edited.
    """

    message: str
    reply: str
    text: str
    at: datetime
    version: str = ""


@dataclass(frozen=True)
class ReplyEdited(ChatEvent):
    """A reply now says `text`; `at` is when it was written, `version` another one for each edit."""

    message: str
    reply: str
    text: str
    at: datetime
    version: str


@dataclass(frozen=True)
class ReplyDeleted(ChatEvent):
    """A reply was deleted; `user` is empty where the chat does not say by whom."""

    message: str
    reply: str


@dataclass(frozen=True)
class CommandGiven(ChatEvent):
    """`/standfast TEXT`."""

    text: str


Handler = Callable[[ChatEvent], Awaitable[None]]
"""Takes an event. It raises nothing, and returns when the event is dealt with."""
