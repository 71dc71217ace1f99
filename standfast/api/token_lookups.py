"""Look-ups of tokens and keys, in threads of their own: wrong ones hold up nothing else.

Of an address that has sent too many wrong ones, only a few look-ups wait at the same time, so that
they do not hold up the right ones either. A token that was right before is always looked up.
"""

import asyncio
import hashlib
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

_THREADS = 4
_MOST_AT_ONCE = 4
"""Look-ups for an address that has sent too many wrong tokens."""

_MOST_FAMILIAR = 10_000

_Answer = TypeVar("_Answer")


class TokenLookups:
    """The look-ups of one process. For one event loop."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(_THREADS, "tokens")
        self._familiar: OrderedDict[bytes, None] = OrderedDict()
        self._running: Counter[str] = Counter()

    async def run(self, call: Callable[..., _Answer], *given: object) -> _Answer:
        """What a blocking call returns, or raises."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, call, *given)

    def has_room(self, client: str, secret: str) -> bool:
        """Whether to look up a secret from an address that has sent too many wrong ones."""
        return self._running[client] < _MOST_AT_ONCE or _hash(secret) in self._familiar

    @contextmanager
    def running(self, client: str) -> Iterator[None]:
        """Count a look-up while it runs."""
        self._running[client] += 1
        try:
            yield
        finally:
            self._running[client] -= 1
            if not self._running[client]:
                del self._running[client]

    def was_right(self, secret: str) -> None:
        """Remember that it opened something; it is looked up again each time."""
        self._familiar[_hash(secret)] = None
        self._familiar.move_to_end(_hash(secret))
        if len(self._familiar) > _MOST_FAMILIAR:
            self._familiar.popitem(last=False)


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode(errors="replace")).digest()
