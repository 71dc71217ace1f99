"""What stands in a channel, as Graph tells it: how a message is found whose fate is unknown.

The Bot Connector tells nobody what was said. Graph does, by the right that the app needs anyway to
hear replies (`ChannelMessage.Read.Group`, for the teams that it was added to).
"""

import json
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from urllib.parse import quote, urlsplit

from pydantic import AliasPath, BaseModel, Field, ValidationError

from standfast.chat.msteams.activities import ONLY_ATTACHMENT, plain_text, version_of
from standfast.chat.msteams.graph_calls import GraphCalls
from standfast.chat.provider import CannotLook, ChatRefused, SeenReply

PAGE, MOST_PAGES = 50, 10
"""Messages of an answer, and answers that are asked for."""

_CARD = "application/vnd.microsoft.card.adaptive"


class _Attachment(BaseModel):
    content_type: str = Field(default="", alias="contentType")
    content: str | None = None


class _Body(BaseModel):
    content: str | None = None


class ChannelMessage(BaseModel):
    """A message as Graph tells it. app, user: the id of who wrote it, an app or a person."""

    id: str
    kind: str = Field(default="message", alias="messageType")
    made_at: datetime = Field(alias="createdDateTime")
    edited_at: datetime | None = Field(default=None, alias="lastEditedDateTime")
    deleted_at: datetime | None = Field(default=None, alias="deletedDateTime")
    app: str | None = Field(default=None, validation_alias=AliasPath("from", "application", "id"))
    user: str | None = Field(default=None, validation_alias=AliasPath("from", "user", "id"))
    body: _Body = _Body()
    attachments: tuple[_Attachment, ...] = ()

    @property
    def keys(self) -> Iterator[str]:
        """The keys in its cards."""
        for each in self.attachments:
            if each.content_type == _CARD and each.content:
                yield from _ids(each.content)

    def as_reply(self, our_app: str) -> SeenReply | None:
        """As every chat tells it; None for what another app wrote."""
        is_ours = self.app == our_app
        text = plain_text(self.body.content or "")
        if not text and self.attachments and not is_ours:
            text = ONLY_ATTACHMENT
        if not is_ours and not self.user:
            return None
        return SeenReply(
            reply=self.id,
            user=self.user or "",
            text=text,
            at=self.made_at,
            version=version_of(text) if self.edited_at else "",
            key=next(self.keys, "") if is_ours else "",
        )


class _Page(BaseModel):
    value: tuple[ChannelMessage, ...]
    next: str | None = Field(default=None, alias="@odata.nextLink")


class ChannelMessages:
    """Reads the channels of one team. Each call may raise ChatAway."""

    def __init__(self, graph: GraphCalls, app: str) -> None:
        self._graph = graph
        self._app = app

    async def find(self, channel: str, key: str, since: datetime) -> str | None:
        """The message of ours with that key, not older than `since`, among a channel's newest.

        Raises:
            CannotLook: Graph does not tell us, or there is more than we look through.
            ChatAway: not now.
        """
        async for page in self._pages(f"{self._channel(channel)}/messages?$top={PAGE}"):
            for each in page:
                if each.app == self._app and not each.deleted_at and key in each.keys:
                    return each.id
            # The newest come first; an old one with a new reply comes early, too.
            if page and all(each.made_at < since for each in page):
                return None
        return None

    async def replies(self, channel: str, message: str) -> list[SeenReply]:
        """All replies to a message, the oldest first; raises as `find`."""
        path = f"{self._channel(channel)}/messages/{quote(message, safe='')}/replies?$top={PAGE}"
        found = [each async for page in self._pages(path) for each in page if not each.deleted_at]
        seen = (each.as_reply(self._app) for each in found)
        return sorted((each for each in seen if each), key=lambda each: each.at)

    async def _pages(self, first: str) -> AsyncIterator[list[ChannelMessage]]:
        url: str | None = first
        for _ in range(MOST_PAGES):
            if url is None:
                return
            page = await self._page(url)
            # The others say that somebody was added, and such.
            yield [each for each in page.value if each.kind == "message"]
            url = page.next
            if url and urlsplit(url).netloc != urlsplit(self._graph.address).netloc:
                raise CannotLook("Graph continues elsewhere")
        if url:
            raise CannotLook(f"more than {PAGE * MOST_PAGES} messages came after it")

    async def _page(self, url: str) -> _Page:
        try:
            answer = await self._graph.get("looking", url)
            return _Page.model_validate_json(answer)
        except ValidationError:
            raise CannotLook("Graph answered what cannot be read") from None
        except ChatRefused as refused:
            raise CannotLook(
                f"{refused.reason}; has the app the right ChannelMessage.Read.Group?"
            ) from refused

    def _channel(self, channel: str) -> str:
        return f"{self._graph.team}/channels/{quote(channel, safe='')}"


def _ids(content: str) -> Iterator[str]:
    try:
        card = json.loads(content)
    except ValueError:
        return
    for element in card.get("body", ()) if isinstance(card, dict) else ():
        if isinstance(element, dict) and isinstance(element.get("id"), str):
            yield element["id"]
