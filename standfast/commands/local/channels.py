"""The channels of people on the server's machine: by its policy and secrets."""

from typing import TYPE_CHECKING

from standfast.commands.local.user import local_event
from standfast.hosting.kind_context import kind_context
from standfast.incidents.channel_list import ChannelTestResult, ListedChannel
from standfast.intake.errors import Refused
from standfast.notification.channel_test import listed_channels, send_test
from standfast.notification.errors import UnknownRecipient
from standfast.policy_file.loading import load_policy
from standfast.records.audit import AuditKind
from standfast.records.errors import RecordsUnavailable
from standfast.terminal.lines import print_note

if TYPE_CHECKING:
    from standfast.commands.local.session import LocalSession


class LocalChannels:
    """As `session.Channels`. Who runs it here may read every secret anyway."""

    def __init__(self, session: "LocalSession") -> None:
        self._session = session
        self._policy = load_policy(session.settings.policy)
        self._context = kind_context(session.settings, session.records)

    async def list(self, person: str) -> tuple[ListedChannel, ...]:
        """Those of the policy."""
        try:
            return tuple(listed_channels(self._policy, self._context, person))
        except UnknownRecipient as unknown:
            raise Refused(str(unknown)) from None

    async def test(self, person: str, channel: str) -> ChannelTestResult:
        """Send it from here; the audit log has it where there are records."""
        event = local_event(AuditKind.CHANNEL_TESTED, f"{channel} of {person}")
        try:
            tested = await send_test(self._policy, self._context, person, channel, event.by)
        except UnknownRecipient as unknown:
            raise Refused(str(unknown)) from None
        records = self._session.records
        try:
            await records.run(records.audit.record, event._replace(detail=tested.words))
        except RecordsUnavailable as away:
            print_note(f"the test is not in the audit log: {away}")
        return tested
