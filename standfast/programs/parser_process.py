"""What a parser process runs: one job after the other, each within its limits.

    python -m standfast.programs.parser_process DESCRIPTOR

The descriptor is a socket to `programs.parsers`. A job is a pickled `(function, args, kwargs,
cpu_seconds)`; the answer a pickled `(result, error)`. The process ends when its owner does.
"""

import os
import pickle
import resource
import sys
from contextlib import suppress
from math import ceil
from multiprocessing.connection import Connection

MEMORY = 2_000_000_000
"""Bytes of address space; what asks for more is refused."""

OUT_OF_MEMORY = 86
"""The exit code of one that lacks memory: what it holds by then is of no use."""

_LESS_URGENT = 5
"""Steps of niceness: what a person waits for goes first."""


def serve(descriptor: int) -> int:
    """Work until the owner closes its end; the exit code."""
    _set_limit(resource.RLIMIT_CORE, 0)
    _set_limit(resource.RLIMIT_AS, MEMORY)
    os.nice(_LESS_URGENT)
    with Connection(descriptor) as owner, suppress(EOFError, BrokenPipeError, ConnectionError):
        while True:
            try:
                owner.send_bytes(_answered(owner.recv_bytes()))
            except MemoryError:
                return OUT_OF_MEMORY
    return 0


def _answered(job: bytes) -> bytes:
    function, args, kwargs, cpu_seconds = pickle.loads(job)  # noqa: S301 - from our owner
    used = resource.getrusage(resource.RUSAGE_SELF)
    _set_limit(resource.RLIMIT_CPU, ceil(used.ru_utime + used.ru_stime) + cpu_seconds)
    try:
        return pickle.dumps((function(*args, **kwargs), None))
    except Exception as raised:
        if isinstance(raised, MemoryError):
            raise
        return pickle.dumps((None, raised))  # the owner raises it again


def _set_limit(number: int, soft: int) -> None:
    """Never more than we may have; not every system has each limit."""
    hard = resource.getrlimit(number)[1]
    most = soft if hard == resource.RLIM_INFINITY else min(soft, hard)
    with suppress(ValueError, OSError):
        resource.setrlimit(number, (most, hard))


if __name__ == "__main__":
    sys.exit(serve(int(sys.argv[1])))
