"""Reviews through the API."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlencode

from pydantic import RootModel

from standfast.commands.remote.api_client import ApiClient, named
from standfast.commands.remote.incidents import INCIDENTS
from standfast.documents.review_document import DocumentFormat
from standfast.incidents.review import ListedReview, Review, ShownReview, TextVersion

REVIEWS = "/api/reviews"


class _Listed(RootModel[tuple[ListedReview, ...]]):
    """The list, as the API gives it."""


class RemoteReviews:
    """As `session.Reviews`."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api

    async def list(self, limit: int, *, over: bool) -> Sequence[ListedReview]:
        """Ask for them."""
        found = await self._api.get(REVIEWS, _Listed, limit=limit, over="true" if over else None)
        return found.root

    async def show(self, incident_id: str, episode: int | None) -> ShownReview:
        """Ask for it."""
        return await self._api.get(_path(incident_id, ""), ShownReview, episode=episode)

    async def ask(self, incident_id: str, episode: int | None, by: str, why: str) -> Review:
        """Ask for it."""
        body = named({"by": by, "why": why})
        return await self._api.post(_path(incident_id, "", episode), Review, body)

    async def write(
        self, incident_id: str, episode: int | None, section: str, fields: Mapping[str, Any]
    ) -> TextVersion:
        """Send it."""
        path = _path(incident_id, f"/sections/{section}", episode)
        return await self._api.put(path, TextVersion, named(fields))

    async def step(
        self, incident_id: str, episode: int | None, fields: Mapping[str, Any]
    ) -> Review:
        """Send it."""
        return await self._api.post(_path(incident_id, "/steps", episode), Review, named(fields))

    async def export(self, incident_id: str, episode: int | None, form: DocumentFormat) -> bytes:
        """Ask for the document."""
        return await self._api.content(_path(incident_id, "/export", episode, format=form))


def _path(incident_id: str, what: str, episode: int | None = None, **asked: str) -> str:
    query = urlencode({**({"episode": episode} if episode else {}), **asked})
    return f"{INCIDENTS}/{incident_id}/review{what}{'?' if query else ''}{query}"
