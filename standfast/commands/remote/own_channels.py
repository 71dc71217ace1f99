"""One's own channels through the API: those of the token's owner."""

from collections.abc import Mapping
from typing import Any

from standfast.commands.remote.api_client import ApiClient, named
from standfast.incidents.own_channel import MyChannels, OwnChannel, OwnChannelAction, PagingRules
from standfast.intake.errors import Refused

_CHANNELS, _RULES = "/api/me/channels", "/api/me/rules"


class RemoteOwnChannels:
    """As `session.OwnChannels`."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api

    async def shown(self, by: str) -> MyChannels:
        """Those that the server has."""
        _must_be_own(by)
        return await self._api.get(_CHANNELS, MyChannels)

    async def add(self, by: str, fields: Mapping[str, Any]) -> OwnChannel:
        """Ask for it."""
        _must_be_own(by)
        return await self._api.post(_CHANNELS, OwnChannel, named(fields))

    async def verify(self, by: str, channel_id: str, code: str) -> OwnChannel:
        """Ask for it."""
        return await self._post(by, channel_id, "verify", {"code": code})

    async def act(self, by: str, channel_id: str, action: OwnChannelAction) -> OwnChannel:
        """Ask for it."""
        return await self._post(by, channel_id, action.value, {})

    async def set_rules(self, by: str, fields: Mapping[str, Any]) -> PagingRules:
        """Ask for them."""
        _must_be_own(by)
        return await self._api.post(_RULES, PagingRules, named(fields))

    async def _post(
        self, by: str, channel_id: str, what: str, body: Mapping[str, Any]
    ) -> OwnChannel:
        _must_be_own(by)
        return await self._api.post(f"{_CHANNELS}/{channel_id}/{what}", OwnChannel, named(body))


def _must_be_own(by: str) -> None:
    if by:
        raise Refused("--by: through the API everybody sets up their own channels only")
