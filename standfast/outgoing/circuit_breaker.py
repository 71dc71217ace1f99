"""A circuit breaker for each address: one that hangs or is overloaded holds up no other message.

A breaker is in this worker's memory only, and forgotten once it is closed and nobody uses it: the
next worker finds out anew, at the price of one slow try.
"""

import asyncio
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from standfast.messages.message import short, words_of
from standfast.outgoing.idle_threads import IdleThreads

TRIES_AT_ONCE = 8
"""Of one address, those that hang included: so many threads it may hold, and no more."""

OPEN_FOR = timedelta(minutes=1)
"""How long a breaker opens when its address hung, or is overloaded without saying for how long."""

MOST_REMEMBERED = 1_000
"""Addresses with something to remember; beyond them those are forgotten that close first."""


class SendResult(NamedTuple):
    """How a try ended: the message was taken when there is no `problem`.

    open_for: how long nobody should try the address now.
    provider_id: how the provider names the message that it took; empty where it does not say.
    in_doubt: with a problem: it may have been taken all the same, since no answer came in time.
    """

    problem: str = ""
    open_for: timedelta | None = None
    provider_id: str = ""
    in_doubt: bool = False


class Attempt(NamedTuple):
    """How an attempt ended: the message was taken when there is no `problem`.

    open_until: set where the address was not tried, since its breaker is open until then.
    provider_id, in_doubt: see `SendResult`.
    """

    problem: str = ""
    open_until: datetime | None = None
    provider_id: str = ""
    in_doubt: bool = False


@dataclass
class _Breaker:
    """The breaker of one address; moments are those of the monotonic clock."""

    waiting: int = 0
    """Messages that try it, or wait for their turn."""
    trying: int = 0
    """Threads that try it, those included that nobody waits for any more."""
    open_until: float = 0.0
    failure: str = ""
    """Why it opened; empty again once the address has taken a message."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def in_use(self) -> bool:
        return bool(self.waiting or self.trying)

    @property
    def can_be_forgotten(self) -> bool:
        return not self.in_use and not self.failure

    def wake_waiting(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


class CircuitBreaker:
    """Limits each address: how long a try takes, and how many run at once.

    A breaker opens when an address hangs or asks for a pause. Afterwards it is half open: one
    message tries the address, and the others are refused until that try has ended.
    To be used from one event loop.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds."""
        self._clock = clock
        self._breakers: dict[str, _Breaker] = {}
        self._threads = IdleThreads("send")

    @property
    def remembered(self) -> int:
        """How many addresses are remembered."""
        return len(self._breakers)

    async def attempt(
        self, address: str, work: Callable[[], SendResult], within: timedelta
    ) -> Attempt:
        """Have blocking `work` try an address, for so long at most, unless its breaker is open."""
        breaker = self._breakers.setdefault(address, _Breaker())
        breaker.waiting += 1
        try:
            return await self._in_turn(breaker, work, within)
        finally:
            breaker.waiting -= 1
            self._forget_closed()

    async def _in_turn(
        self, breaker: _Breaker, work: Callable[[], SendResult], within: timedelta
    ) -> Attempt:
        until = time.monotonic() + within.total_seconds()
        while True:
            if refused := self._refusal(breaker):
                return refused
            left = until - time.monotonic()
            if breaker.trying < TRIES_AT_ONCE:
                return await self._try(breaker, work, within, left)
            try:
                await asyncio.wait_for(breaker.changed.wait(), max(left, 0))
            except TimeoutError:
                return Attempt(f"was busy for {words_of(within)}, with {TRIES_AT_ONCE} at once")

    def _refusal(self, breaker: _Breaker) -> Attempt | None:
        left = breaker.open_until - self._clock()
        if left > 0:
            until = datetime.now(UTC) + timedelta(seconds=left)
            return Attempt(
                f"its circuit breaker is open until {short(until)}: it {breaker.failure}", until
            )
        if breaker.failure and breaker.trying >= TRIES_AT_ONCE:
            return Attempt(
                f"its circuit breaker is open while {TRIES_AT_ONCE} tries hang: "
                f"it {breaker.failure}"
            )
        return None

    async def _try(
        self, breaker: _Breaker, work: Callable[[], SendResult], within: timedelta, left: float
    ) -> Attempt:
        probing_until = 0.0
        if breaker.failure:
            probing_until = breaker.open_until = self._clock() + left
        try:
            tried = await asyncio.wait_for(self._in_a_thread(breaker, work), left)
        except TimeoutError:
            # After a wait for its turn it had less time than an address may need.
            whole = left > 0.9 * within.total_seconds()
            had = within if whole else timedelta(seconds=left)
            hung = whole or breaker.failure
            open_for = OPEN_FOR if hung else None
            tried = SendResult(f"did not answer in {words_of(had)}", open_for, in_doubt=True)
        finally:
            if breaker.open_until == probing_until:
                breaker.open_until = 0.0
        now = self._clock()
        if tried.open_for:
            breaker.failure = tried.problem
            breaker.open_until = max(breaker.open_until, now + tried.open_for.total_seconds())
        elif breaker.open_until <= now:
            breaker.failure = ""
        breaker.wake_waiting()
        return Attempt(tried.problem, None, tried.provider_id, tried.in_doubt)

    def _in_a_thread(
        self, breaker: _Breaker, work: Callable[[], SendResult]
    ) -> "asyncio.Future[SendResult]":
        """Run a try in a thread that has nothing else to do.

        In a pool of so many threads, addresses that hang would hold up messages to those that work;
        and threads of a pool are waited for when the process ends, these are not.
        """
        loop = asyncio.get_running_loop()
        outcome: asyncio.Future[SendResult] = loop.create_future()

        def ended(result: SendResult) -> None:
            # The result first: it may close the way that others wait for.
            if not outcome.done():
                outcome.set_result(result)
            breaker.trying -= 1
            breaker.wake_waiting()
            self._forget_closed()

        result = SendResult()

        def run() -> None:
            nonlocal result
            try:
                if not outcome.done():  # else nobody waits for it any more
                    result = work()
            except BaseException as error:
                # A plugin may raise anything, such as SystemExit: that is a failure like others,
                # and no end of this thread. Only its kind is told, for it may quote its URL.
                result = SendResult(f"failed with {type(error).__name__}")

        def tell() -> None:
            with suppress(RuntimeError):  # the loop is closed: nobody counts any more
                loop.call_soon_threadsafe(ended, result)

        self._threads.run(run, tell)
        breaker.trying += 1
        return outcome

    def _forget_closed(self) -> None:
        known = self._breakers
        for address in [address for address, breaker in known.items() if breaker.can_be_forgotten]:
            del known[address]
        if len(known) > MOST_REMEMBERED:
            idle = [address for address, breaker in known.items() if not breaker.in_use]
            idle.sort(key=lambda address: known[address].open_until)
            for address in idle[: len(known) - MOST_REMEMBERED]:
                del known[address]
