"""People's own channels on the server's machine: policy and records."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from standfast.commands.fields import valid
from standfast.commands.local.channels import for_channels
from standfast.incidents.own_channel import (
    MyChannels,
    NewOwnChannel,
    OwnChannel,
    OwnChannelAction,
    PagingRules,
)
from standfast.own_channels.setting_up import OwnChannelSetup

if TYPE_CHECKING:
    from standfast.commands.local.session import LocalSession


class LocalOwnChannels:
    """As `session.OwnChannels`."""

    def __init__(self, session: "LocalSession") -> None:
        self._session = session

    async def shown(self, by: str) -> MyChannels:
        """Those on record."""
        return await self._of(by).shown()

    async def add(self, by: str, fields: Mapping[str, Any]) -> OwnChannel:
        """Put it on record, and send a code from here."""
        return await self._of(by).add(valid(NewOwnChannel, fields))

    async def verify(self, by: str, channel_id: str, code: str) -> OwnChannel:
        """Verify it on record."""
        return await self._of(by).verify(channel_id, code)

    async def act(self, by: str, channel_id: str, action: OwnChannelAction) -> OwnChannel:
        """Do it on record, and send from here."""
        return await self._of(by).act(action, channel_id)

    async def set_rules(self, by: str, fields: Mapping[str, Any]) -> PagingRules:
        """Put them on record."""
        return await self._of(by).set_rules(valid(PagingRules, fields))

    def _of(self, person: str) -> OwnChannelSetup:
        return OwnChannelSetup(person, for_channels(self._session))
