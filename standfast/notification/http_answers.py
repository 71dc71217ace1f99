"""What a service says by the status of its answer, and how long it asks not to be tried."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

import requests

from standfast.outgoing.circuit_breaker import OPEN_FOR

LONGEST_OPEN = timedelta(hours=1)
"""What a longer `Retry-After` counts as: a slip of a service must not cost a whole night."""

_TOO_MANY_REQUESTS, _UNAVAILABLE = 429, 503


def refusal(answers: Iterable[requests.Response]) -> str:
    """Why the last answer that is no success refuses the message; empty without any."""
    refused = [answer.status_code for answer in answers if answer.status_code >= 300]
    return f"answered with HTTP status {refused[-1]}" if refused else ""


def asked_pause(answers: Iterable[requests.Response]) -> timedelta | None:
    """How long the service asks not to be tried."""
    asked = [pause for answer in answers if (pause := _asked(answer)) is not None]
    return max(asked, default=None)


def _asked(answer: requests.Response) -> timedelta | None:
    after = _retry_after(answer.headers.get("Retry-After", ""))
    if answer.status_code == _TOO_MANY_REQUESTS:
        return OPEN_FOR if after is None else after
    return after if answer.status_code == _UNAVAILABLE else None


def _retry_after(header: str) -> timedelta | None:
    """`Retry-After`: seconds, or a date; None where it is neither."""
    text = header.strip()
    if text.isascii() and text.isdecimal():
        return min(timedelta(seconds=int(text[:9])), LONGEST_OPEN)
    try:
        moment = parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return min(max(moment - datetime.now(UTC), timedelta()), LONGEST_OPEN)
