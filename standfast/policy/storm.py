"""Storm rules: when pages to one person are bundled into a digest."""

from datetime import timedelta

from pydantic import Field

from standfast.messages.message import Duration
from standfast.policy.section import Section


class StormRules(Section):
    """How many single pages one person gets from each team; further ones are bundled in a digest.

    Pages of P1 are never held back.

    pages: the most within `within`; more are a storm. None: there is never a storm.
    digest_every: a page that is held back waits no longer than this.
    """

    pages: int | None = Field(default=5, ge=1)
    within: Duration = timedelta(minutes=5)
    digest_every: Duration = timedelta(minutes=2)
