"""Articles on the server's machine: on record. Whoever works there finds all."""

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from standfast.commands.fields import valid
from standfast.commands.local.explained import explained
from standfast.incidents.article import (
    EditedArticle,
    EpisodeArticles,
    NewArticle,
    PageOfArticles,
    PublishedArticle,
    RetiredArticle,
    RunbookProposal,
    ShownArticle,
    UsedArticle,
)
from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from standfast.lookup.articles import ArticleDesk
from standfast.policy_file.loading import load_policy
from standfast.records.article_search import Wanted
from standfast.records.search import Searcher

if TYPE_CHECKING:
    from standfast.commands.local.session import LocalSession
    from standfast.policy import Policy

_EVERYTHING = Searcher("", Role.ADMINISTRATOR)


class LocalArticles:
    """As `session.Articles`."""

    def __init__(self, session: "LocalSession") -> None:
        self._session = session

    async def list(self, query: str, state: str, limit: int) -> PageOfArticles:
        """Those on record."""
        with explained():
            return self._desk.page(query, Wanted(state), limit)

    async def show(self, article_id: str, version: int | None) -> ShownArticle:
        """The one on record."""
        with explained():
            return self._desk.show(article_id, version)

    async def of(self, incident_id: str, episode: int | None) -> EpisodeArticles:
        """Those on record, and what the record offers."""
        view = await self._view(incident_id, episode)
        with explained():
            return self._desk.of_episode(view)

    async def runbook(self, article_id: str) -> RunbookProposal:
        """By the policy of this machine."""
        with explained():
            return self._desk.runbook(article_id, self._session.settings.policy)

    async def write(self, fields: Mapping[str, Any]) -> ShownArticle:
        """Put it on record."""
        new = valid(NewArticle, fields)
        view = await self._view(new.incident_id, new.episode) if new.incident_id else None
        with explained():
            done = self._desk.write(new, view)
        self._session.acted_for(new.by, f"write {done.article_id}")
        return done

    async def edit(self, article_id: str, fields: Mapping[str, Any]) -> ShownArticle:
        """Put the version on record."""
        changed = valid(EditedArticle, fields)
        with explained():
            done = self._desk.edit(article_id, changed)
        self._session.acted_for(changed.by, f"edit {article_id}")
        return done

    async def publish(self, article_id: str, fields: Mapping[str, Any]) -> ShownArticle:
        """Publish it on record."""
        asked = valid(PublishedArticle, fields)
        with explained():
            return self._desk.publish(article_id, asked)

    async def retire(self, article_id: str, fields: Mapping[str, Any]) -> ShownArticle:
        """Retire it on record."""
        asked = valid(RetiredArticle, fields)
        with explained():
            return self._desk.retire(article_id, asked)

    async def use(self, article_id: str, fields: Mapping[str, Any]) -> ShownArticle:
        """Put it on record."""
        used = valid(UsedArticle, fields)
        view = await self._view(used.incident_id, used.episode)
        with explained():
            done = self._desk.use(article_id, view, used)
        self._session.acted_for(used.by, f"use {article_id} in {used.incident_id}")
        return done

    async def helped(self, article_id: str) -> ShownArticle:
        """Put it on record, without who it was."""
        with explained():
            return self._desk.helped(article_id, secrets.token_hex())

    async def _view(self, incident_id: str, episode: int | None) -> IncidentView:
        return (await self._session.incidents.find(incident_id, episode)).view

    @property
    def _desk(self) -> ArticleDesk:
        return ArticleDesk(self._session.records, self._policy, _EVERYTHING, self._session.note)

    def _policy(self) -> "Policy":
        return load_policy(self._session.settings.policy)
