"""Named views through the API."""

from collections.abc import Mapping
from typing import Any

from pydantic import RootModel

from standfast.commands.remote.api_client import ApiClient, named
from standfast.incidents.named_view import NamedView

_VIEWS = "/api/views"


class _Listed(RootModel[tuple[NamedView, ...]]):
    """The list, as the API gives it."""


class RemoteViews:
    """As `session.Views`."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api

    async def list(self, by: str) -> tuple[NamedView, ...]:
        """Those that there are."""
        return (await self._api.get(_VIEWS, _Listed, by=by)).root

    async def shared(self) -> tuple[NamedView, ...]:
        """All of them."""
        return (await self._api.get(_VIEWS, _Listed, shared="true")).root

    async def save(self, fields: Mapping[str, Any]) -> NamedView:
        """Ask for it."""
        return await self._api.put(_VIEWS, NamedView, named(fields))

    async def remove(self, by: str, name: str) -> NamedView:
        """Ask for it."""
        return await self._api.delete(_VIEWS, NamedView, name=name, by=by)
