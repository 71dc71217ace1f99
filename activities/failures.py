"""Problems of a room become failures that the workflow knows by name."""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio.exceptions import ApplicationError


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
