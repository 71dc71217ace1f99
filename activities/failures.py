"""Problems of a room become failures that the workflow knows by name."""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.exceptions import ApplicationError

from standfast.notification.errors import NotDelivered, Undeliverable


@contextmanager
def tried_again_after(*kinds: type[Exception]) -> Iterator[None]:
    """A problem of one of these kinds fails the attempt under the name of its kind.

    Temporal then makes another attempt, and the history holds the text without a stack trace.
    """
    try:
        yield
    except kinds as problem:
        kind = next(kind for kind in kinds if isinstance(problem, kind))
        raise ApplicationError(str(problem), type=kind.__name__) from None


def failed_delivery(problem: NotDelivered) -> ApplicationError:
    """A message that was not delivered, as a failure; the workflow knows the kinds by their names.

    Undeliverable may be tried again; its first detail is the moment, in ISO 8601, from which on a
    channel may be tried, where the circuit breaker of every channel is open.
    """
    may_succeed_later = isinstance(problem, Undeliverable)
    open_until = problem.open_until if isinstance(problem, Undeliverable) else None
    details = [open_until.isoformat()] if open_until else []
    return ApplicationError(
        str(problem), *details, type=type(problem).__name__, non_retryable=not may_succeed_later
    )
