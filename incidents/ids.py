"""Ids: one workflow per incident, one incident per workflow id (design rule 1)."""

import base64
import hashlib
import re
import secrets

PREFIX = "INC-"
_LENGTH = 10
_SHAPE = re.compile(rf"{PREFIX}[A-Z2-7]{{{_LENGTH}}}")


def incident_id(dedup_key: str = "") -> str:
    """The id for a report: derived from its deduplication key, random without one.

    >>> incident_id("disk-full/web-1") == incident_id("disk-full/web-1")
    True
    """
    source = hashlib.sha256(dedup_key.encode()).digest() if dedup_key else secrets.token_bytes(10)
    return PREFIX + base64.b32encode(source).decode()[:_LENGTH]


def is_incident_id(text: str) -> bool:
    """Whether `text` has the shape of an incident id, like `INC-7F3K2QXWM4`."""
    return _SHAPE.fullmatch(text) is not None


def idempotency_key(incident_id: str, episode: int, step: str, attempt: int) -> str:
    """The key that an effect on the outside world carries (design rule 5).

    `step` names what is done (`page-3`, `runbook`), `attempt` which try of it; the retries of one
    activity share one key.
    """
    return f"{incident_id}:{episode}:{step}:{attempt}"
