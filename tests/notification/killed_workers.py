"""Workers that are killed at a channel: a process each, which delivers one page.

python -m tests.notification.killed_workers PLACE [PUSH-SERVICE]

Each line that it reads is the name of a channel; it then says which process delivers through that,
and how it ended. They are forked, because what a worker imports takes longer than all of them.
"""

import asyncio
import os
import sys
from functools import partial
from pathlib import Path

from standfast.hosting.push_key import push_sender
from standfast.hosting.settings import Settings
from standfast.incidents.assessment import Priority
from standfast.incidents.notification import Notification, Purpose
from standfast.notification.channels import Channels
from standfast.notification.delivery import MessageDelivery
from standfast.notification.errors import NotDelivered
from standfast.notification.kinds.kind import KindContext
from standfast.notification.kinds.registry import get_ready, kind_of
from standfast.notification.ledger import DeliveryLedger
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore

PUBLIC = "https://standfast.example"
NOT_DELIVERED = 3
"""The exit code of a worker that no channel took the page from."""


def message(channel: str) -> Notification:
    """The page that goes through a channel."""
    return Notification(
        key=f"INC-AAAAAAAAAA:1:page-{channel}:1",
        incident_id="INC-AAAAAAAAAA",
        purpose=Purpose.PAGE,
        recipient="dee",
        priority=Priority.P2,
        title="Disk full",
        through=(channel,),
    )


def settings(place: Path, push_service: str) -> Settings:
    """Of a worker there, which sends pushes to that service besides the known ones."""
    return Settings(data_dir=place, public_url=PUBLIC, push_services=push_service)


async def deliver(place: Path, push_service: str, channel: str) -> int:
    """Deliver it; the exit code."""
    source, records = PolicySource(place / "policy.yaml"), RecordStore(f"sqlite:///{place}/r.db")
    push = partial(push_sender, settings(place, push_service))
    context = KindContext(place / "outbox.jsonl", {}, records, PUBLIC, push)
    ledger = DeliveryLedger(source, records)
    delivery = MessageDelivery(source, Channels(source, context), ledger)
    try:
        await delivery.deliver(message(channel))
    except NotDelivered:
        return NOT_DELIVERED
    return 0


def main(place: Path, push_service: str = "") -> None:
    get_ready()
    kind_of("twilio-sms://")
    import twilio.rest  # noqa: F401

    for line in sys.stdin:
        worker = os.fork()
        if not worker:
            os._exit(asyncio.run(deliver(place, push_service, line.strip())))
        print(worker, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), *sys.argv[2:])
