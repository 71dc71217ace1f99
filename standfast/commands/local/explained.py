"""What is away, in words that tell a command that another try may go well."""

from collections.abc import Iterator
from contextlib import contextmanager

from standfast.hosting.errors import HostingError
from standfast.intake.errors import Unavailable
from standfast.records.errors import RecordsUnavailable


@contextmanager
def explained() -> Iterator[None]:
    """Unavailable where the record store or Temporal is away."""
    try:
        yield
    except (RecordsUnavailable, HostingError) as away:
        raise Unavailable(str(away)) from None
