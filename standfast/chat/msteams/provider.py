"""Microsoft Teams as a chat: what `chat.provider` asks for, by connector, Graph and webhook."""

import logging
from asyncio import Future
from collections.abc import Mapping, Sequence
from datetime import datetime
from urllib.parse import quote, urlencode

import httpx
from starlette.routing import BaseRoute, Route

from standfast.chat.card import Card
from standfast.chat.events import ChatEvent, Handler
from standfast.chat.msteams.access_tokens import AccessTokens
from standfast.chat.msteams.activities import Place
from standfast.chat.msteams.cards import message_of, text_message
from standfast.chat.msteams.channel_messages import ChannelMessages
from standfast.chat.msteams.cloud import cloud_of
from standfast.chat.msteams.connector import Connector, thread_of
from standfast.chat.msteams.graph_calls import GraphCalls
from standfast.chat.msteams.inbound_tokens import InboundTokens
from standfast.chat.msteams.own_channels import OwnChannels
from standfast.chat.msteams.people import People
from standfast.chat.msteams.recent_replies import RecentReplies
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

_NO_TEAM = "the policy does not name the `team` of the channels, and Graph is asked by it"
_NOT_PRIVATE = "in Teams a private channel would have to be an owner's"

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
        self._web = cloud.web
        self._http = httpx.AsyncClient(transport=EgressTransport(cloud.hosts))
        tokens = AccessTokens(self._http, cloud, tenant=tenant, app=app, secret=secret)
        self._connector = Connector(self._http, cloud, tokens, tenant=tenant, app=app)
        self._inbound = InboundTokens(self._http, cloud, app)
        self._messages: ChannelMessages | None = None
        self._own: OwnChannels | None = None
        if rules.team:
            graph = GraphCalls(self._http, cloud, tokens, rules.team)
            self._messages = ChannelMessages(graph, app)
            self._own = OwnChannels(graph, self._connector)
        channels = [each for each in (rules.channel, *rules.team_channels.values()) if each]
        self._people = People(self._connector, tenant=tenant, by=rules.people_by, channels=channels)
        self._recent = RecentReplies()
        self._webhooks: list[Webhook] = []

    def routes(self, handle: Handler) -> Sequence[BaseRoute]:
        async def noted(event: ChatEvent) -> None:
            self._recent.note(event)
            await handle(event)

        webhook = Webhook(
            self._inbound,
            noted,
            tenant=self._rules.tenant,
            app=self._rules.app,
            tell=self._tell,
            met=self._people.met,
        )
        self._webhooks.append(webhook)
        return [Route(PATH, webhook.receive, methods=["POST"])]

    async def listen(self, handle: Handler) -> None:
        """Only whether the app's secret is good is found out here, and at once."""
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

    async def delete_reply(self, channel: str, message: str, reply: str) -> None:
        await self._connector.delete(thread_of(channel, message), reply)

    async def thread(self, channel: str, message: str) -> list[SeenReply]:
        told = await self._looking.replies(channel, message)
        return self._recent.added_to(told, channel, message)

    def link(self, channel: str, message: str) -> str:
        where = {"tenantId": self._rules.tenant, "parentMessageId": message}
        if self._rules.team:
            where["groupId"] = self._rules.team
        place = f"{quote(channel, safe='')}/{quote(message, safe='')}"
        return f"{self._web}/l/message/{place}?{urlencode(where)}"

    async def open_channel(self, name: str, *, private: bool) -> str:
        if private:
            raise ChatRefused(_NOT_PRIVATE)
        return await self._channels.open(name)

    async def describe(self, channel: str, topic: str) -> None:
        await self._channels.describe(channel, topic)

    async def find_channel(self, name: str) -> str | None:
        if self._own is None:
            raise CannotLook(_NO_TEAM)
        return await self._own.find(name)

    async def invite(self, channel: str, user: str, key: str) -> None:
        await self._channels.invite(channel, user, key)

    async def is_invited(self, channel: str, user: str, key: str, since: datetime) -> bool:
        return await self._looking.find(channel, key, since) is not None

    async def archive(self, channel: str) -> None:
        await self._channels.archive(channel)

    async def person(self, user: str) -> ChatPerson | None:
        return await self._people.person(user)

    async def user_of(self, address: str) -> str | None:
        return await self._people.user_of(address)

    @property
    def _looking(self) -> ChannelMessages:
        if self._messages is None:
            raise CannotLook(_NO_TEAM)
        return self._messages

    @property
    def _channels(self) -> OwnChannels:
        if self._own is None:
            raise ChatRefused(_NO_TEAM)
        return self._own

    async def _tell(self, place: Place, user: str, text: str) -> None:
        try:
            if place.is_personal:
                await self._connector.say(place.conversation, text_message(text))
            else:
                await self._connector.tell(user, text_message(text))
        except ChatError as error:
            _log.warning("an answer in Teams was not said: %s", error.reason)
