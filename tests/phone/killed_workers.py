"""Workers that are killed at Twilio: a process each, which delivers one page.

python -m tests.phone.killed_workers PLACE

Each line that it reads is the name of a channel; it then says which process delivers through that,
and how it ended. They are forked, because what a worker imports takes longer than all of them.
"""

import asyncio
import os
import sys
from pathlib import Path

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


async def deliver(place: Path, channel: str) -> int:
    """Deliver it; the exit code."""
    source, records = PolicySource(place / "policy.yaml"), RecordStore(f"sqlite:///{place}/r.db")
    context = KindContext(place / "outbox.jsonl", {}, records, PUBLIC)
    ledger = DeliveryLedger(source, records)
    delivery = MessageDelivery(source, Channels(source, context), ledger)
    try:
        await delivery.deliver(message(channel))
    except NotDelivered:
        return NOT_DELIVERED
    return 0


def main(place: Path) -> None:
    get_ready()
    kind_of("twilio-sms://")
    import twilio.rest  # noqa: F401

    for line in sys.stdin:
        worker = os.fork()
        if not worker:
            os._exit(asyncio.run(deliver(place, line.strip())))
        print(worker, flush=True)
        print(os.waitstatus_to_exitcode(os.waitpid(worker, 0)[1]), flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
