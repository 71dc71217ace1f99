"""Decisions that take their time, as with a record store or a calendar that is far away."""

import asyncio
import random
from collections.abc import Collection
from typing import Any, NamedTuple

import temporalio.client
import temporalio.worker
from temporalio.client import Client
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

_EFFECTS = frozenset({"notify", "forget", "close", "remediate", "gather_evidence"})
"""Activities that do something in the world; every other one decides."""


class Slow(NamedTuple):
    """How much longer decisions take.

    seconds: on average. spread: by how much of that it may be less, or more. only: the names of the
    decisions that are slow; empty for all.
    """

    seconds: float
    spread: float = 0.8
    only: Collection[str] = ()

    def delay(self, activity: str) -> float:
        """Seconds that this activity waits before it begins."""
        slow = activity in self.only if self.only else activity not in _EFFECTS
        return self.seconds * random.uniform(1 - self.spread, 1 + self.spread) if slow else 0.0


class _Waits(ActivityInboundInterceptor):
    def __init__(self, following: ActivityInboundInterceptor, slow: Slow) -> None:
        super().__init__(following)
        self._slow = slow

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:
        await asyncio.sleep(self._slow.delay(input.fn.__name__))
        return await super().execute_activity(input)


# A client's, so that it can be given to a client; workers of that client take it over.
class _Slowing(temporalio.client.Interceptor, temporalio.worker.Interceptor):
    def __init__(self, slow: Slow) -> None:
        self._slow = slow

    def intercept_activity(self, next: ActivityInboundInterceptor) -> ActivityInboundInterceptor:
        return _Waits(next, self._slow)


def slowed(client: Client, slow: Slow) -> Client:
    """The same client, whose workers decide that slowly."""
    config = client.config()
    config["interceptors"] = [*config["interceptors"], _Slowing(slow)]
    return Client(**config)
