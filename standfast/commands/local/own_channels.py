"""People's own channels on the server's machine: policy and records."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from standfast.commands.fields import valid
from standfast.commands.local.user import local_event
from standfast.hosting.kind_context import kind_context
from standfast.incidents.own_channel import MyChannels, NewOwnChannel, OwnChannel, PagingRules
from standfast.own_channels.sending import ChannelSender
from standfast.own_channels.setting_up import Dependencies, OwnChannelSetup
from standfast.policy_file.source import PolicySource
from standfast.records.audit import AuditEvent

if TYPE_CHECKING:
    from standfast.commands.local.session import LocalSession


class LocalOwnChannels:
    """As `session.OwnChannels`."""

    def __init__(self, session: "LocalSession") -> None:
        self._session = session
        self._policy = PolicySource(session.settings.policy).current()
        self._sender = ChannelSender(kind_context(session.settings, session.records))

    async def shown(self, by: str) -> MyChannels:
        """Those on record."""
        return await self._of(by).shown()

    async def add(self, by: str, fields: Mapping[str, Any]) -> OwnChannel:
        """Put it on record, and send a code from here."""
        return await self._of(by).add(valid(NewOwnChannel, fields))

    async def verify(self, by: str, channel_id: str, code: str) -> OwnChannel:
        """Verify it on record."""
        return await self._of(by).verify(channel_id, code)

    async def send_code(self, by: str, channel_id: str) -> OwnChannel:
        """Send it from here."""
        return await self._of(by).send_code(channel_id)

    async def test(self, by: str, channel_id: str) -> OwnChannel:
        """Send it from here."""
        return await self._of(by).test(channel_id)

    async def remove(self, by: str, channel_id: str) -> OwnChannel:
        """Remove it from the record."""
        return await self._of(by).remove(channel_id)

    async def set_rules(self, by: str, fields: Mapping[str, Any]) -> PagingRules:
        """Put them on record."""
        return await self._of(by).set_rules(valid(PagingRules, fields))

    def _of(self, person: str) -> OwnChannelSetup:
        return OwnChannelSetup(
            person, Dependencies(self._policy, self._session.records, self._sender, self._audit)
        )

    async def _audit(self, event: AuditEvent) -> None:
        """Who runs the command has done it, in the name that `--by` gives."""
        here = local_event(event.kind, event.subject, event.detail)
        await self._session.records.run(
            self._session.records.audit.record, here._replace(behalf=event.by)
        )
