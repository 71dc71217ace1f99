"""Ids: one workflow per incident, one incident per workflow id (design rule 1)."""

import base64
import hashlib
import re
import secrets

PREFIX = "INC-"
_LENGTH = 10
_SHAPE = re.compile(rf"{PREFIX}[A-Z2-7]{{{_LENGTH}}}")

_REVIEW_PREFIX = "REVIEW-"
_REVIEW_SHAPE = re.compile(rf"{_REVIEW_PREFIX}({PREFIX}[A-Z2-7]{{{_LENGTH}}})-([1-9][0-9]{{0,6}})")

_SILENCE_SHAPE = re.compile(r"SIL-[A-Z2-7]{6}")
_OVERRIDE_SHAPE = re.compile(r"OVR-[A-Z2-7]{6}")
_TOKEN_SHAPE = re.compile(r"TOK-[A-Z2-7]{6}")
_SESSION_SHAPE = re.compile(r"SES-[A-Z2-7]{6}")
_CHANNEL_SHAPE = re.compile(r"CHN-[A-Z2-7]{6}")
_ARTICLE_SHAPE = re.compile(r"KB-[A-Z2-7]{6}")
_MAIL_SHAPE = re.compile(r"MAIL-[A-Z2-7]{8}")


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


def review_id(incident_id: str, episode: int) -> str:
    """The id of the workflow that reviews an episode, like `REVIEW-INC-7F3K2QXWM4-1`."""
    return f"{_REVIEW_PREFIX}{incident_id}-{episode}"


def incident_of_workflow(workflow_id: str) -> str:
    """The incident that a workflow is of, by its id: itself or its review's; empty for others.

    >>> incident_of_workflow("REVIEW-INC-7F3K2QXWM4-1")
    'INC-7F3K2QXWM4'
    """
    review = _REVIEW_SHAPE.fullmatch(workflow_id)
    if review:
        return review[1]
    return workflow_id if is_incident_id(workflow_id) else ""


def episode_reviewed(workflow_id: str) -> int | None:
    """The episode that a workflow reviews, by its id; None for one that is no review.

    >>> episode_reviewed("REVIEW-INC-7F3K2QXWM4-1")
    1
    """
    review = _REVIEW_SHAPE.fullmatch(workflow_id)
    return int(review[2]) if review else None


def idempotency_key(incident_id: str, episode: int, step: str, attempt: int) -> str:
    """The key that an effect on the outside world carries (design rule 5).

    `step` names what is done (`page-3`, `runbook`), `attempt` which try of it; the retries of one
    activity share one key.
    """
    return f"{incident_id}:{episode}:{step}:{attempt}"


def episode_of(key: str) -> int:
    """The episode of the incident whose `idempotency_key` this is.

    >>> episode_of(idempotency_key("INC-7F3K2QXWM4", 2, "confirm-3", 1))
    2
    """
    return int(key.split(":")[1])


def step_of(key: str) -> str:
    """What an `idempotency_key` is for, without its number; empty where it is another key.

    >>> step_of(idempotency_key("INC-7F3K2QXWM4", 2, "confirm-3", 1))
    'confirm'
    """
    parts = key.split(":")
    is_one = len(parts) >= 4 and is_incident_id(parts[0])
    return parts[2].rpartition("-")[0] if is_one else ""


def silence_id() -> str:
    """A random id for a silence, like `SIL-7F3K2Q`: short enough to be typed."""
    return f"SIL-{base64.b32encode(secrets.token_bytes(5)).decode()[:6]}"


def is_silence_id(text: str) -> bool:
    """Whether `text` has the shape of a silence's id."""
    return _SILENCE_SHAPE.fullmatch(text) is not None


def override_id() -> str:
    """A random id for an override of a schedule, like `OVR-7F3K2Q`."""
    return f"OVR-{base64.b32encode(secrets.token_bytes(5)).decode()[:6]}"


def is_override_id(text: str) -> bool:
    """Whether `text` has the shape of an override's id."""
    return _OVERRIDE_SHAPE.fullmatch(text) is not None


def token_id() -> str:
    """A random id for a token of the API, like `TOK-7F3K2Q`: not its secret."""
    return f"TOK-{base64.b32encode(secrets.token_bytes(5)).decode()[:6]}"


def is_token_id(text: str) -> bool:
    """Whether `text` has the shape of a token's id."""
    return _TOKEN_SHAPE.fullmatch(text) is not None


def session_id() -> str:
    """A random id for a session of the console, like `SES-7F3K2Q`: not its secret."""
    return f"SES-{base64.b32encode(secrets.token_bytes(5)).decode()[:6]}"


def is_session_id(text: str) -> bool:
    """Whether `text` has the shape of a session's id."""
    return _SESSION_SHAPE.fullmatch(text) is not None


def device_id() -> str:
    """A random id for a device that gets pages, like `DEV-7F3K2Q`: not its secrets."""
    return f"DEV-{base64.b32encode(secrets.token_bytes(5)).decode()[:6]}"


def channel_id() -> str:
    """A random id for a person's own channel, like `CHN-7F3K2Q`."""
    return f"CHN-{base64.b32encode(secrets.token_bytes(5)).decode()[:6]}"


def is_channel_id(text: str) -> bool:
    """Whether `text` has the shape of the id of a person's own channel."""
    return _CHANNEL_SHAPE.fullmatch(text) is not None


def mail_id(fingerprint: str) -> str:
    """The id of a mail that is set aside, like `MAIL-7F3K2QXW`: the same for the same message."""
    digest = hashlib.sha256(fingerprint.encode()).digest()
    return f"MAIL-{base64.b32encode(digest).decode()[:8]}"


def is_mail_id(text: str) -> bool:
    """Whether `text` has the shape of the id of a mail that is set aside."""
    return _MAIL_SHAPE.fullmatch(text) is not None


def article_id() -> str:
    """A random id for an article, like `KB-7F3K2Q`."""
    return f"KB-{base64.b32encode(secrets.token_bytes(5)).decode()[:6]}"


def is_article_id(text: str) -> bool:
    """Whether `text` has the shape of an article's id."""
    return _ARTICLE_SHAPE.fullmatch(text) is not None
