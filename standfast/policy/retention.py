"""How long what has closed is kept. Without a limit it is kept for ever."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator

from standfast.messages.message import Duration
from standfast.policy.section import Section


def _at_least_a_day(value: timedelta) -> timedelta:
    if value < timedelta(days=1):
        raise ValueError("must be at least 1d")
    return value


Kept = Annotated[Duration, AfterValidator(_at_least_a_day)]


class RetentionRules(Section):
    """records: of closed incidents, with their timelines. deliveries: who was sent what, when.

    audit: entries of the audit log.
    """

    records: Kept | None = None
    deliveries: Kept | None = None
    audit: Kept | None = None
