"""What the page of an incident shows of articles."""

import asyncio
from typing import NamedTuple

from standfast.api.access import Caller
from standfast.api.articles import article_desk
from standfast.api.backend import Backend
from standfast.incidents.article import Article
from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from standfast.records.errors import RecordsUnavailable


class ArticlePanel(NamedTuple):
    """here: written from the episode or used in it. may_fit: others, by their words.

    offers: whether its record offers one. note: why nothing is known.
    """

    here: tuple[Article, ...] = ()
    may_fit: tuple[Article, ...] = ()
    offers: bool = False
    note: str = ""


async def article_panel(
    caller: Caller, backend: Backend, view: IncidentView, role: Role
) -> ArticlePanel | None:
    """Of an episode; for responders."""
    if not role.may(Role.RESPONDER):
        return None
    desk = article_desk(caller, backend)
    report = view.report
    described = f"{view.title}\n{report.error_message}\n{report.description}"
    try:
        known = await asyncio.to_thread(desk.of_episode, view)
        fitting = await asyncio.to_thread(desk.fitting, described)
    except RecordsUnavailable:
        return ArticlePanel(note="Articles cannot be looked up now: the record store is away.")
    ids = {each.article_id for each in known.articles}
    others = tuple(each for each in fitting if each.article_id not in ids)
    return ArticlePanel(known.articles, others, known.offered is not None)
