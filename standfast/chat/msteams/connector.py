"""The Bot Connector: messages of ours in channels, and who is in them, by the SDK's client."""

import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

import httpx
from microsoft_teams.api.activities.message import MessageActivityInput
from microsoft_teams.api.clients.conversation import ConversationClient, CreateConversationParams
from microsoft_teams.api.models import Account, TeamsChannelAccount
from microsoft_teams.common import Client, ClientOptions

from standfast.chat.msteams.access_tokens import AccessTokens
from standfast.chat.msteams.calls import TokenNotAccepted, called
from standfast.chat.msteams.cloud import Cloud
from standfast.chat.provider import ChatRefused, ChatUnsure, Gone

T = TypeVar("T")

_PAGE = 500
"""Members that are asked for at once."""

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9:@._;=!~-]{0,399}")
"""What may stand in an address that the SDK builds: an id of Microsoft's, and no path."""


class Connector:
    """Calls of one bot. Each raises ChatAway, ChatUnsure and ChatRefused; what it names besides."""

    def __init__(
        self, http: httpx.AsyncClient, cloud: Cloud, tokens: AccessTokens, *, tenant: str, app: str
    ) -> None:
        self._tokens = tokens
        self._tenant = tenant
        self._bot = f"28:{app}"
        self._scope = cloud.addresses.bot_scope
        # `_http`: one of its own would read the system's certificates once more, and go anywhere.
        client = Client(ClientOptions(token=lambda: tokens.token(self._scope)), _http=http)
        self._client = ConversationClient(cloud.service, client)

    async def check(self) -> None:
        """ChatAway where the app's id, tenant or secret is not good."""
        await self._tokens.token(self._scope)

    async def post(self, channel: str, message: MessageActivityInput) -> str:
        """Post a message into a channel; its id."""
        asked = CreateConversationParams(
            tenant_id=self._tenant,
            activity=message,
            channel_data={"channel": {"id": _id(channel)}},
            isGroup=True,
            bot={"id": self._bot},
        )
        made = await self._call("posting", lambda: self._client.create(asked), makes=True)
        found = made.activity_id or made.id.partition(";messageid=")[2]
        return _given("posting", found)

    async def reply(self, channel: str, message: str, activity: MessageActivityInput) -> str:
        """Write into the thread of a message; the id of the reply. Gone: there is no thread."""
        return await self.say(thread_of(channel, message), activity)

    async def say(self, conversation: str, activity: MessageActivityInput) -> str:
        """Write into a conversation."""
        there = _id(conversation)
        sent = await self._call(
            "replying", lambda: self._client.create_activity(there, activity), makes=True
        )
        return _given("replying", sent.id)

    async def edit(self, conversation: str, message: str, activity: MessageActivityInput) -> None:
        """Make a message of ours say this. Gone: somebody deleted it."""
        there, it = _id(conversation), _id(message)
        await self._call(
            "editing", lambda: self._client.update_activity(there, it, activity), makes=False
        )

    async def delete(self, conversation: str, message: str) -> None:
        """Delete a message of ours. That it is gone is no error."""
        there, it = _id(conversation), _id(message)
        try:
            await self._call(
                "deleting", lambda: self._client.delete_activity(there, it), makes=False
            )
        except Gone:
            return

    async def tell(self, user: str, activity: MessageActivityInput) -> None:
        """Write to one person alone, in their chat with the bot."""
        asked = CreateConversationParams(
            tenant_id=self._tenant,
            members=[Account(id=user)],
            channel_data={"tenant": {"id": self._tenant}},
            isGroup=False,
            bot={"id": self._bot},
        )
        made = await self._call("opening a chat", lambda: self._client.create(asked), makes=False)
        await self.say(made.id, activity)

    async def member(self, conversation: str, user: str) -> TeamsChannelAccount:
        """Somebody of a conversation. Gone: they are not in it."""
        there, who = _id(conversation), _id(user)
        return await self._call(
            "looking somebody up",
            lambda: self._client.get_member_by_id(there, who),
            makes=False,
        )

    async def members(self, conversation: str, most: int) -> list[TeamsChannelAccount]:
        """Who is in a conversation, so many at most."""
        there, found, after = _id(conversation), list[TeamsChannelAccount](), None
        while len(found) < most:
            page = await self._call(
                "looking members up",
                partial(self._client.get_paged_members, there, _PAGE, after),
                makes=False,
            )
            found += page.members or []
            after = page.continuation_token
            if not after:
                break
        return found[:most]

    async def _call(self, what: str, making: Callable[[], Awaitable[T]], *, makes: bool) -> T:
        """Call with a good token; once more with a new one where it is not accepted."""
        for _ in range(2):
            try:
                return await called(what, making(), makes=makes)
            except TokenNotAccepted:
                self._tokens.forget(self._scope)
        raise ChatRefused(f"{what}: Teams does not accept the app: was it added to the team?")


def thread_of(channel: str, message: str) -> str:
    """The conversation below a message of a channel."""
    return f"{channel.partition(';')[0]};messageid={message}"


def _id(text: str) -> str:
    if not _ID.fullmatch(text):
        raise ChatRefused(f"{text[:100]!r} is no id of Teams")
    return text


def _given(what: str, id_: str) -> str:
    if not _ID.fullmatch(id_) or "PLACEHOLDER" in id_:
        raise ChatUnsure(f"{what}: Teams answered without the message's id")
    return id_
