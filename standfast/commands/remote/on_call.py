"""On-call schedules and overrides through the API."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from pydantic import RootModel

from standfast.commands.remote.answers import unreadable
from standfast.commands.remote.api_client import ApiClient, named
from standfast.incidents.schedule import (
    EndedOverride,
    MadeOverrides,
    OnCallList,
    Override,
    TierName,
)

ON_CALL = "/api/on-call"
OVERRIDES = "/api/overrides"


class _Tiers(RootModel[tuple[TierName, ...]]):
    """The tiers, as the API gives them."""


class _Listed(RootModel[tuple[Override, ...]]):
    """The list, as the API gives it."""


class RemoteOnCall:
    """As `session.OnCall`."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api

    async def tiers(self) -> tuple[TierName, ...]:
        """Those of the server's policy."""
        return (await self._api.get(f"{ON_CALL}/tiers", _Tiers)).root

    async def tier(self, team: str, tier: str) -> TierName:
        """That of the server's policy."""
        found = (await self._api.get(f"{ON_CALL}/tiers", _Tiers, team=team, tier=tier)).root
        if len(found) != 1:
            raise unreadable(self._api.url, cut_off=False)
        return found[0]

    async def at(
        self, asked: Sequence[tuple[TierName, datetime]], lasting: timedelta
    ) -> OnCallList:
        """Ask once for each moment: of one without a zone, each zone of a schedule has its own."""
        moments = dict.fromkeys(at for _, at in asked)
        lists = {
            at: await self._api.get(
                ON_CALL, OnCallList, at=at.isoformat(), days=lasting.days or None
            )
            for at in moments
        }
        found = [
            one
            for name, at in asked
            for one in lists[at].tiers
            if (one.team, one.tier) == (name.team, name.tier)
        ]
        problems = dict.fromkeys(line for each in lists.values() for line in each.problems)
        if not lists:
            raise unreadable(self._api.url, cut_off=False)  # every policy has a tier
        version = next(iter(lists.values())).policy_version
        return OnCallList(policy_version=version, problems=tuple(problems), tiers=tuple(found))

    async def add(self, fields: Mapping[str, Any]) -> MadeOverrides:
        """Ask for it."""
        return await self._api.post(OVERRIDES, MadeOverrides, named(fields))

    async def swap(self, fields: Mapping[str, Any]) -> MadeOverrides:
        """Ask for both halves."""
        return await self._api.post(f"{OVERRIDES}/swap", MadeOverrides, named(fields))


class RemoteOverrides:
    """As `session.Overrides`."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api

    async def list(self, team: str, *, everything: bool) -> tuple[Override, ...]:
        """Those that there are."""
        query = {"team": team, "all": "true" if everything else None}
        return (await self._api.get(OVERRIDES, _Listed, **query)).root

    async def end(self, override_id: str, by: str) -> EndedOverride:
        """End it."""
        body = named({"by": by})
        return await self._api.post(f"{OVERRIDES}/{override_id}/end", EndedOverride, body)
