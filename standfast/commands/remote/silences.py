"""Silences through the API."""

from collections.abc import Mapping
from typing import Any

from pydantic import RootModel

from standfast.commands.remote.api_client import ApiClient, named
from standfast.incidents.silence import AddedSilence, EndedSilence, ShownSilence, Silence

SILENCES = "/api/silences"


class _Listed(RootModel[tuple[Silence, ...]]):
    """The list, as the API gives it."""


class RemoteSilences:
    """As `session.Silences`."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api

    async def add(self, fields: Mapping[str, Any]) -> AddedSilence:
        """Ask for it."""
        return await self._api.post(SILENCES, AddedSilence, named(fields))

    async def list(self, *, everything: bool) -> tuple[Silence, ...]:
        """Those that there are."""
        return (await self._api.get(SILENCES, _Listed, all="true" if everything else None)).root

    async def show(self, silence_id: str) -> ShownSilence:
        """One, with what it has kept quiet."""
        return await self._api.get(f"{SILENCES}/{silence_id}", ShownSilence)

    async def end(self, silence_id: str, by: str) -> EndedSilence:
        """End it."""
        return await self._api.post(f"{SILENCES}/{silence_id}/end", EndedSilence, named({"by": by}))
