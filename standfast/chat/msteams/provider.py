"""Microsoft Teams as a chat: what `chat.provider` asks for, by connector, Graph and webhook."""

import logging
from asyncio import Future
from collections.abc import Mapping, Sequence
from datetime import datetime

import httpx
from starlette.routing import BaseRoute, Route

from standfast.chat.card import Card
from standfast.chat.events import Handler
from standfast.chat.msteams.access_tokens import AccessTokens
from standfast.chat.msteams.activities import Place
from standfast.chat.msteams.cards import message_of, text_message
from standfast.chat.msteams.cloud import cloud_of
from standfast.chat.msteams.connector import Connector, thread_of
from standfast.chat.msteams.graph import Graph
from standfast.chat.msteams.inbound_tokens import InboundTokens
from standfast.chat.msteams.people import People
from standfast.chat.msteams.transport import EgressTransport
from standfast.chat.msteams.webhook import PATH, Webhook
from standfast.chat.provider import (
    CannotLook,
    ChatError,
    ChatPerson,
    ChatRefused,
    SeenReply,
)
from standfast.outgoing.secrets import resolved
from standfast.policy.chat import TeamsChat

_NO_TEAM = "the policy does not name the `team` of the channels, whose messages Graph would tell"
_NO_CHANNELS = "in Teams an incident has its thread, and no channel of its own"

_log = logging.getLogger(__name__)


def provider(rules: TeamsChat, environment: Mapping[str, str]) -> "Teams":
    """Teams by its section of the policy. NoSuchSecret: the bot's secret is not set here."""
    return Teams(rules, resolved(rules.secret, environment))


class Teams:
    """A ChatProvider; see there for what each method does and raises."""

    name = "teams"
    title = TeamsChat.title

    def __init__(self, rules: TeamsChat, secret: str) -> None:
        self._rules = rules
        tenant, app = rules.tenant, rules.app
        cloud = cloud_of(rules.cloud, rules.server)
        self._http = httpx.AsyncClient(transport=EgressTransport(cloud.hosts))
        tokens = AccessTokens(self._http, cloud, tenant=tenant, app=app, secret=secret)
        self._connector = Connector(self._http, cloud, tokens, tenant=tenant, app=app)
        self._inbound = InboundTokens(self._http, cloud, app)
        self._graph = (
            Graph(self._http, cloud, tokens, team=rules.team, app=app) if rules.team else None
        )
        channels = [each for each in (rules.channel, *rules.team_channels.values()) if each]
        self._people = People(self._connector, tenant=tenant, by=rules.people_by, channels=channels)
        self._webhooks: list[Webhook] = []

    def routes(self, handle: Handler) -> Sequence[BaseRoute]:
        webhook = Webhook(
            self._inbound,
            handle,
            tenant=self._rules.tenant,
            app=self._rules.app,
            tell=self._tell,
            met=self._people.met,
        )
        self._webhooks.append(webhook)
        return [Route(PATH, webhook.receive, methods=["POST"])]

    async def listen(self, handle: Handler) -> None:
        """Microsoft calls us; whether the app's secret is good is found out at once."""
        await self._connector.check()
        await Future[None]()

    async def close(self) -> None:
        for each in self._webhooks:
            await each.close()
        await self._http.aclose()

    async def post(self, channel: str, card: Card, key: str) -> str:
        return await self._connector.post(channel, message_of(card, key))

    async def find(self, channel: str, key: str, since: datetime) -> str | None:
        return await self._looking.find(channel, key, since)

    async def edit(self, channel: str, message: str, card: Card) -> None:
        await self._connector.edit(channel, message, message_of(card))

    async def reply(self, channel: str, message: str, text: str, key: str) -> str:
        return await self._connector.say(thread_of(channel, message), text_message(text, key))

    async def edit_reply(self, channel: str, message: str, reply: str, text: str) -> None:
        await self._connector.edit(thread_of(channel, message), reply, text_message(text))

    async def delete_reply(self, channel: str, message: str, reply: str) -> None:
        await self._connector.delete(thread_of(channel, message), reply)

    async def thread(self, channel: str, message: str) -> Sequence[SeenReply]:
        return await self._looking.replies(channel, message)

    async def open_channel(self, name: str, topic: str, *, private: bool) -> str:
        raise ChatRefused(_NO_CHANNELS)

    async def find_channel(self, name: str) -> str | None:
        raise CannotLook(_NO_CHANNELS)

    async def invite(self, channel: str, users: Sequence[str]) -> None:
        raise ChatRefused(_NO_CHANNELS)

    async def archive(self, channel: str) -> None:
        raise ChatRefused(_NO_CHANNELS)

    async def person(self, user: str) -> ChatPerson | None:
        return await self._people.person(user)

    async def user_of(self, address: str) -> str | None:
        return await self._people.user_of(address)

    @property
    def _looking(self) -> Graph:
        if self._graph is None:
            raise CannotLook(_NO_TEAM)
        return self._graph

    async def _tell(self, place: Place, user: str, text: str) -> None:
        try:
            if place.is_personal:
                await self._connector.say(place.conversation, text_message(text))
            else:
                await self._connector.tell(user, text_message(text))
        except ChatError as error:
            _log.warning("an answer in Teams was not said: %s", error.reason)
