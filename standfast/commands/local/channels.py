"""The channels of people on the server's machine: by its policy, secrets and records."""

from typing import TYPE_CHECKING

from standfast.commands.local.user import local_event, local_user
from standfast.hosting.kind_context import kind_context
from standfast.incidents.channel_list import ChannelTestResult, ListedChannel
from standfast.intake.errors import Refused
from standfast.notification.channel_sender import ChannelSender
from standfast.notification.channel_test import Dependencies, listed_channels, send_test
from standfast.notification.errors import TooManyTests, UnknownRecipient
from standfast.policy_file.loading import load_policy
from standfast.records.audit import AuditEvent
from standfast.records.errors import RecordsUnavailable
from standfast.terminal.lines import print_note

if TYPE_CHECKING:
    from standfast.commands.local.session import LocalSession


class LocalChannels:
    """As `session.Channels`. Who runs it here may read every secret anyway."""

    def __init__(self, session: "LocalSession") -> None:
        self._needs = for_channels(session)

    async def list(self, person: str) -> tuple[ListedChannel, ...]:
        """Those of the policy, and on record."""
        try:
            return await listed_channels(self._needs, person)
        except UnknownRecipient as unknown:
            raise Refused(str(unknown)) from None

    async def test(self, person: str, channel: str) -> ChannelTestResult:
        """Send it from here."""
        try:
            return await send_test(self._needs, person, channel, local_user())
        except (UnknownRecipient, TooManyTests) as refused:
            raise Refused(str(refused)) from None


def for_channels(session: "LocalSession") -> Dependencies:
    """What listing, testing and setting up channels needs, here."""
    records = session.records

    async def audit(event: AuditEvent) -> None:
        """Who runs the command has done it, in the name that `--by` gives."""
        here = local_event(event.kind, event.subject, event.detail)
        behalf = "" if event.by == here.by else event.by
        try:
            await records.run(records.audit.record, here._replace(behalf=behalf))
        except RecordsUnavailable as away:
            print_note(f"this is not in the audit log: {away}")

    sender = ChannelSender(kind_context(session.settings, records))
    return Dependencies(load_policy(session.settings.policy), records, sender, audit)
