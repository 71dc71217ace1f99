"""How transactions that write are made, in the way of each database."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol, TypeVar

from sqlalchemy import Connection, Engine

Answer = TypeVar("Answer")

_THREADS = 16
"""Calls that wait for PostgreSQL at the same time: about as many as it has connections for us."""


class Writing(Protocol):
    """Transactions that write. Every method may be called from any thread."""

    def alone(self) -> AbstractContextManager[Connection]:
        """A transaction of its own: kept when its block ends."""

    def transaction(self) -> AbstractContextManager[Connection]:
        """The same; in a call that was given to `run`, kept when `run` answers."""

    def held(self) -> AbstractContextManager[None]:
        """No transaction of this process writes meanwhile, where there is one file to write to."""

    async def run(self, call: Callable[[], Answer]) -> Answer:
        """Have a blocking call run in a thread; its answer, or what it raises."""

    def close(self) -> None:
        """Let go of what is held open."""


class PostgresqlWriting:
    """Each transaction has a connection; the server itself puts commits together."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._threads = ThreadPoolExecutor(_THREADS, "records")

    def alone(self) -> AbstractContextManager[Connection]:
        return self._engine.begin()

    transaction = alone

    def held(self) -> AbstractContextManager[None]:
        return nullcontext()

    async def run(self, call: Callable[[], Answer]) -> Answer:
        return await asyncio.get_running_loop().run_in_executor(self._threads, call)

    def close(self) -> None:
        """Nothing: its threads end with the process, and the engine closes its connections."""
