"""Storms: when pages to one person are bundled into digests."""

from datetime import timedelta

from pydantic import Field

from standfast.messages.message import Duration
from standfast.policy.section import Section


class StormRules(Section):
    """How many pages one person gets one by one, from each team; further ones come in a digest.

    Pages of P1 are never held back.

    pages: so many may come within `within`; while more do, it is a storm. None: never a storm.
    digest_every: a page that is held back waits no longer than this.
    """

    pages: int | None = Field(default=5, ge=1)
    within: Duration = timedelta(minutes=5)
    digest_every: Duration = timedelta(minutes=2)
