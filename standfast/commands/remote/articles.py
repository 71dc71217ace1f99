"""Articles through the API."""

from collections.abc import Mapping
from typing import Any

from standfast.commands.remote.api_client import ApiClient, named
from standfast.commands.remote.incidents import INCIDENTS
from standfast.incidents.article import (
    Article,
    EpisodeArticles,
    PageOfArticles,
    RunbookProposal,
    ShownArticle,
)

_ARTICLES = "/api/articles"
_PAGE = 200
"""Articles of a page: the most that the API gives."""


class RemoteArticles:
    """As `session.Articles`."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api

    async def list(self, query: str, state: str, limit: int) -> PageOfArticles:
        """Ask for them, page by page."""
        found: list[Article] = []
        following: str | None = ""
        for _ in range(limit):  # a page has one at least: a server that gives none has no end
            if following is None or len(found) >= limit:
                break
            page = await self._api.get(
                _ARTICLES,
                PageOfArticles,
                q=query,
                state=state,
                limit=min(_PAGE, limit - len(found)),
                page=following,
            )
            found += page.articles
            following = page.next
        return PageOfArticles(articles=tuple(found))

    async def show(self, article_id: str, version: int | None) -> ShownArticle:
        """Ask for it."""
        return await self._api.get(f"{_ARTICLES}/{article_id}", ShownArticle, version=version)

    async def of(self, incident_id: str, episode: int | None) -> EpisodeArticles:
        """Ask for them."""
        path = f"{INCIDENTS}/{incident_id}/articles"
        return await self._api.get(path, EpisodeArticles, episode=episode)

    async def runbook(self, article_id: str) -> RunbookProposal:
        """Ask for it."""
        return await self._api.get(f"{_ARTICLES}/{article_id}/runbook", RunbookProposal)

    async def write(self, fields: Mapping[str, Any]) -> ShownArticle:
        """Ask for it."""
        return await self._api.post(_ARTICLES, ShownArticle, named(fields))

    async def edit(self, article_id: str, fields: Mapping[str, Any]) -> ShownArticle:
        """Ask for it."""
        return await self._do(article_id, "edit", fields)

    async def publish(self, article_id: str, fields: Mapping[str, Any]) -> ShownArticle:
        """Ask for it."""
        return await self._do(article_id, "publish", fields)

    async def retire(self, article_id: str, fields: Mapping[str, Any]) -> ShownArticle:
        """Ask for it."""
        return await self._do(article_id, "retire", fields)

    async def use(self, article_id: str, fields: Mapping[str, Any]) -> ShownArticle:
        """Ask for it."""
        return await self._do(article_id, "use", fields)

    async def helped(self, article_id: str) -> ShownArticle:
        """Ask for it."""
        return await self._do(article_id, "helped", {})

    async def _do(self, article_id: str, what: str, fields: Mapping[str, Any]) -> ShownArticle:
        path = f"{_ARTICLES}/{article_id}/{what}"
        return await self._api.post(path, ShownArticle, named(fields))
