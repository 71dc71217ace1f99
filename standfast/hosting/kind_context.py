"""What the kinds of channels send with, in a process with these settings."""

from functools import partial

from standfast.hosting.push_key import push_sender
from standfast.hosting.settings import Settings
from standfast.notification.kinds.kind import KindContext
from standfast.records.store import RecordStore


def kind_context(settings: Settings, records: RecordStore) -> KindContext:
    """For processes that send by these settings."""
    return KindContext(
        settings.outbox,
        records=records,
        public_url=settings.public_url or "",
        push=partial(push_sender, settings),
    )
