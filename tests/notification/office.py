"""The people of a test of notification, the activities that reach them, and the ledger."""

import json
import socket
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any

import yaml
from temporalio.testing import ActivityEnvironment

from activities.notification import NotificationActivities
from standfast.incidents.assessment import Priority
from standfast.incidents.notification import Audience, Delivery, Notification, Purpose
from standfast.notification.channels import Channels
from standfast.notification.delivery import MessageDelivery
from standfast.notification.kinds.kind import KindContext
from standfast.notification.ledger import DIGEST_LEASE, DeliveryLedger
from standfast.outgoing.circuit_breaker import CircuitBreaker
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from tests.decisions.small_policy import SMALL
from tests.empty_records import empty_records

PATIENT = timedelta(seconds=10)

NAMES = ("one", "two", "three", "four", "five", "six", "seven")
"""Of channels that are given without names."""


class Office:
    """What one worker has: the policy, the ledger, the outbox, and the secrets of its machine."""

    def __init__(self, place: Path, url: str = "") -> None:
        self.place = place
        self.records = RecordStore(url or empty_records(place / "records.db"))
        self.outbox = place / "data" / "outbox.jsonl"
        self.environment: dict[str, str] = {}
        self.storm: dict[str, object] = {"pages": None}

    def activities(self, *urls: str, **how: Any) -> NotificationActivities:
        """Those of a worker with this delivery."""
        return NotificationActivities(self.delivery(*urls, **how))

    def delivery(
        self,
        *urls: str,
        channels: Mapping[str, str] | None = None,
        reporters: Mapping[str, str] | None = None,
        records: RecordStore | None = None,
        try_for: timedelta = PATIENT,
        circuit_breaker: CircuitBreaker | None = None,
        digest_lease: timedelta = DIGEST_LEASE,
        mail: str | None = None,
        **how: Any,
    ) -> MessageDelivery:
        """Reach `dee` through these channels, and reporters through those.

        mail: where reporters answer by mail.
        """
        named = channels or dict(zip(NAMES, urls or ["outbox://"], strict=False))
        policy = SMALL | {
            "people": SMALL["people"] | {"dee": {"name": "Dee", "channels": dict(named)}},
            "reporters": {"channels": dict(reporters or {})},
            "storm": self.storm,
            "mail": {"reply_address": mail} if mail else {},
        }
        path = self.place / "policy.yaml"
        path.write_text(yaml.safe_dump(policy, sort_keys=False))
        source = PolicySource(path)
        reached_by = Channels(
            source, KindContext(self.outbox, self.environment), try_for, circuit_breaker
        )
        ledger = DeliveryLedger(source, records or self.records, digest_lease)
        return MessageDelivery(source, reached_by, ledger, **how)

    async def notify(self, *urls: str, message: Notification | None = None, **how: Any) -> Delivery:
        """Send `message` as the activity would, of a worker that has just begun."""
        return await notify(self.activities(*urls, **how), message or page())

    def sent(self) -> list[dict[str, Any]]:
        """What stands in the outbox."""
        return [json.loads(line) for line in self.outbox.read_text("utf-8").splitlines()]


async def notify(activities: NotificationActivities, message: Notification) -> Delivery:
    """Run the activity."""
    return await ActivityEnvironment().run(activities.notify, message)


def page(key: str = "INC-AAAAAAAAAA:1:page-1:1", **changed: object) -> Notification:
    fields: dict[str, object] = {
        "key": key,
        "incident_id": "INC-AAAAAAAAAA",
        "purpose": Purpose.PAGE,
        "recipient": "dee",
        "priority": Priority.P2,
        "title": "Please acknowledge: disk full",
        "body": "you are on call for it",
    }
    return Notification.model_validate(fields | changed)


def numbered(number: int, **changed: object) -> Notification:
    """One of many pages."""
    return page(f"INC-AAAAAAAAAA:1:page-{number}:1", **changed)


def to_reporter(reporter: str, key: str = "INC-AAAAAAAAAA:1:tell-1:1") -> Notification:
    return page(key, audience=Audience.REPORTER, recipient=reporter)


def closed_port() -> int:
    """A port of loopback where nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
