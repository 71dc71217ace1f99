"""Channels of single incidents: opened and archived by Graph, in the team that the policy names."""

from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from standfast.chat.msteams.cards import mention
from standfast.chat.msteams.connector import Connector
from standfast.chat.msteams.graph_calls import GraphCalls
from standfast.chat.provider import CannotLook, ChatRefused, ChatUnsure, Gone

_LONGEST_TOPIC = 1_000

_RIGHTS = "has the app the rights Channel.Create.Group and ChannelSettings.ReadWrite.Group?"


class _Channel(BaseModel):
    id: str


class _Channels(BaseModel):
    value: tuple[_Channel, ...]


class OwnChannels:
    """Opens and archives channels of one team. Calls raise as those of a ChatProvider."""

    def __init__(self, graph: GraphCalls, connector: Connector) -> None:
        self._graph = graph
        self._connector = connector

    async def open(self, name: str) -> str:
        """Open a channel that everybody in the team sees; its id."""
        asked = {"displayName": name, "membershipType": "standard"}
        try:
            made = await self._graph.make(
                "opening a channel", f"{self._graph.team}/channels", asked
            )
            return _Channel.model_validate_json(made).id
        except ValidationError:
            raise ChatUnsure("opening a channel: Graph answered without its id") from None
        except ChatRefused as refused:
            raise ChatRefused(f"{refused.reason}; {_RIGHTS}") from refused

    async def describe(self, channel: str, topic: str) -> None:
        """Say what it is about. Gone: somebody deleted it."""
        asked = {"description": topic[:_LONGEST_TOPIC]}
        await self._graph.change("describing a channel", "PATCH", self._url(channel), asked)

    async def find(self, name: str) -> str | None:
        """The channel of that name. CannotLook: Graph does not tell."""
        wanted = quote(f"displayName eq '{name.replace(chr(39), chr(39) * 2)}'")
        try:
            told = await self._graph.get(
                "looking for a channel", f"{self._graph.team}/channels?$filter={wanted}"
            )
            found = _Channels.model_validate_json(told).value
        except ValidationError:
            raise CannotLook("Graph answered what cannot be read") from None
        except ChatRefused as refused:
            raise CannotLook(f"{refused.reason}; {_RIGHTS}") from refused
        return found[0].id if found else None

    async def invite(self, channel: str, user: str, key: str) -> None:
        """Name somebody in it, so that Teams calls them there: they may enter it already."""
        try:
            member = await self._connector.member(channel, user)
        except Gone:
            return  # who is not in the team cannot be called
        await self._connector.post(channel, mention(user, member.name or user, key))

    async def archive(self, channel: str) -> None:
        """Close it for new messages. Gone: somebody deleted it."""
        url = f"{self._url(channel)}/archive"
        try:
            await self._graph.change("archiving a channel", "POST", url, {})
        except Gone:
            raise
        except ChatRefused as refused:
            if "archived" not in refused.reason.lower():
                raise

    def _url(self, channel: str) -> str:
        return f"{self._graph.team}/channels/{quote(channel, safe='')}"
