"""What Standfast needs of a chat: the interface that Slack, Teams and a third would fit.

Every call is made by the one process that keeps the chat up to date. A call that makes something
comes with a key: who finds the key again knows that the call has arrived.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from starlette.routing import BaseRoute

from standfast.chat.card import Card
from standfast.chat.events import Handler


class ChatError(Exception):
    """A call failed; `reason` is for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class ChatAway(ChatError):  # noqa: N818
    """It was not done, and may go better later: the chat cannot be reached, takes no more now, or
    does not know our credentials any more.

    retry_after: how long the chat asks us to wait; None where it does not say.
    """

    def __init__(self, reason: str, retry_after: timedelta | None = None) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


class ChatUnsure(ChatError):  # noqa: N818
    """It may have been done: the answer did not arrive, or said nothing."""


class ChatRefused(ChatError):  # noqa: N818
    """The chat refuses it, and will again: no such channel, a right that our app lacks."""


class Gone(ChatRefused):
    """What the call is about is not there any more: somebody deleted the message or channel."""


class CannotLook(ChatError):  # noqa: N818
    """This chat cannot tell whether something with that key is there."""


class ChatPerson(NamedTuple):
    """Somebody in the chat. address: verified by the chat's own organisation, in small letters."""

    user: str
    address: str


class SeenReply(NamedTuple):
    """A reply as it stands in a thread.

    version: another one after each edit; empty for what was not edited. key: of one of ours; else
    empty.
    """

    reply: str
    user: str
    text: str
    at: datetime
    version: str = ""
    key: str = ""


class ChatProvider(Protocol):
    """One chat. What it cannot do at all raises `CannotLook` (to look) or `ChatRefused` (to do).

    Any call may raise ChatAway, ChatUnsure or ChatRefused, besides what is named there. `channel`,
    `message`, `reply` and `user` are the chat's own ids, as its answers and events give them.
    """

    @property
    def name(self) -> str:
        """As the policy's section is called: `slack`. It begins the keys of what we do there."""

    @property
    def title(self) -> str:
        """As people call it: `Slack`. It is what the timeline names as the way of an action."""

    def routes(self, handle: Handler) -> Sequence[BaseRoute]:
        """What is served for it by HTTP, signatures checked; none where it is not called."""

    async def listen(self, handle: Handler) -> None:
        """Connect, where that is how events come in, and hand them in until cancelled.

        Lost connections are made again in here. ChatAway: the credentials are not good.
        ChatRefused: they are not those of the organisation that the policy names.
        """

    async def close(self) -> None:
        """Close its connections."""

    # The one message of an incident, and replies in its thread

    async def post(self, channel: str, card: Card, key: str) -> str:
        """Post a message; its id."""

    async def find(self, channel: str, key: str, since: datetime) -> str | None:
        """The message with that key, not older than `since`. CannotLook: nobody can tell."""

    async def edit(self, channel: str, message: str, card: Card) -> None:
        """Make a message say this. Gone: it was deleted."""

    async def reply(self, channel: str, message: str, text: str, key: str) -> str:
        """Write into the thread of a message; the id of the reply."""

    async def delete_reply(self, channel: str, message: str, reply: str) -> None:
        """Delete a reply of ours. That it is gone already is no error."""

    async def thread(self, channel: str, message: str) -> Sequence[SeenReply]:
        """All replies of a thread, ours too, the oldest first. CannotLook: it is not told."""

    def link(self, channel: str, message: str) -> str:
        """Where people open a message that was posted or found; empty where that is not known."""

    # A channel for one incident

    async def open_channel(self, name: str, *, private: bool) -> str:
        """Open a channel with a name that only we use; its id."""

    async def describe(self, channel: str, topic: str) -> None:
        """Say in a channel of ours what it is about."""

    async def find_channel(self, name: str) -> str | None:
        """The channel of that name that we opened. CannotLook: nobody can tell."""

    async def invite(self, channel: str, user: str, key: str) -> None:
        """Invite somebody; whoever is in it already stays."""

    async def is_invited(self, channel: str, user: str, key: str, since: datetime) -> bool:
        """Whether that was done with this key since then; False where twice does no harm.

        CannotLook: nobody can tell.
        """

    async def archive(self, channel: str) -> None:
        """Close a channel for new messages; what was said stays. Once it is, again is no error."""

    # People

    async def person(self, user: str) -> ChatPerson | None:
        """Who that is; None for bots, guests, other organisations, and without a verified address.

        The answer may be a few minutes old.
        """

    async def user_of(self, address: str) -> str | None:
        """The person with that verified address, by the same rules; None where there is none."""
