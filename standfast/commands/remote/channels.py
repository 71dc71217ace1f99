"""The channels of people through the API."""

from pydantic import RootModel

from standfast.commands.remote.api_client import ApiClient
from standfast.incidents.channel_list import ChannelTestResult, ListedChannel

CHANNELS = "/api/channels"


class _Listed(RootModel[tuple[ListedChannel, ...]]):
    """The list, as the API gives it."""


class RemoteChannels:
    """As `session.Channels`."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api

    async def list(self, person: str) -> tuple[ListedChannel, ...]:
        """Those that the token's owner may see."""
        return (await self._api.get(CHANNELS, _Listed, person=person or None)).root

    async def test(self, person: str, channel: str) -> ChannelTestResult:
        """Ask for it."""
        body = {"person": person, "channel": channel}
        return await self._api.post(f"{CHANNELS}/test", ChannelTestResult, body)
