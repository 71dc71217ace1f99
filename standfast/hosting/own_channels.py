"""What sends codes and test pages to people's own channels, with these settings."""

from standfast.hosting.settings import Settings
from standfast.notification.kinds.kind import KindContext
from standfast.own_channels.sending import ChannelSender
from standfast.records.store import RecordStore


def build_channel_sender(settings: Settings, records: RecordStore) -> ChannelSender:
    """A sender of this process; for one event loop."""
    context = KindContext(
        settings.data_dir / "outbox.jsonl",
        records=records,
        public_url=settings.public_url or "",
    )
    return ChannelSender(context)
