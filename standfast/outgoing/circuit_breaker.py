"""Each address by itself: one that hangs, or asks to be left alone, holds up nobody else's message.

What is known of an address is in this worker's memory only, and forgotten once there is nothing to
remember: the next worker finds out anew, at the price of one slow try.
"""

import asyncio
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import NamedTuple

from standfast.messages.message import short, words_of

TRIES_AT_ONCE = 8
"""Of one address, those that hang included: so many threads it may take, and no more."""

REST = timedelta(minutes=1)
"""How long an address is left alone that hung, or asked for it without saying how long."""

MOST_REMEMBERED = 1_000
"""Addresses with something to remember; beyond them those go whose rest is over first."""


class Tried(NamedTuple):
    """How a try ended: taken without a `problem`; after others the address may need a `rest`."""

    problem: str = ""
    rest: timedelta | None = None


class Attempt(NamedTuple):
    """How an attempt ended: taken without a `problem`.

    resting_until: set where the address was not asked at all, because it is left alone.
    """

    problem: str = ""
    resting_until: datetime | None = None


@dataclass
class _Address:
    """What there is to know of one address; moments are those of the monotonic clock."""

    visitors: int = 0
    """Messages that try it, or wait for their turn."""
    trying: int = 0
    """Threads that are at it, those included that nobody waits for any more."""
    rests_until: float = 0.0
    doubted: str = ""
    """Why it had to rest; empty again once it has taken a message."""
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def in_use(self) -> bool:
        return bool(self.visitors or self.trying)

    @property
    def is_nothing(self) -> bool:
        return not self.in_use and not self.doubted

    def tell_who_waits(self) -> None:
        self.changed.set()
        self.changed = asyncio.Event()


class CircuitBreaker:
    """Tries addresses with a bound on each: of time, of tries at once, and of tries in vain.

    After a rest one message tries the address, and the others pass it by until that one is through.
    To be used from one event loop.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock` counts seconds; rests go by it."""
        self._clock = clock
        self._addresses: dict[str, _Address] = {}

    @property
    def remembered(self) -> int:
        """How many addresses there is something to remember of."""
        return len(self._addresses)

    async def attempt(self, address: str, work: Callable[[], Tried], within: timedelta) -> Attempt:
        """Have blocking `work` try an address, for so long at most, unless it is left alone."""
        place = self._addresses.setdefault(address, _Address())
        place.visitors += 1
        try:
            return await self._in_turn(place, work, within)
        finally:
            place.visitors -= 1
            self._forget_what_is_nothing()

    async def _in_turn(
        self, place: _Address, work: Callable[[], Tried], within: timedelta
    ) -> Attempt:
        until = time.monotonic() + within.total_seconds()
        while True:
            if refused := self._left_alone(place):
                return refused
            left = until - time.monotonic()
            if place.trying < TRIES_AT_ONCE:
                return await self._try(place, work, within, left)
            try:
                await asyncio.wait_for(place.changed.wait(), max(left, 0))
            except TimeoutError:
                return Attempt(f"was busy for {words_of(within)}, with {TRIES_AT_ONCE} at once")

    def _left_alone(self, place: _Address) -> Attempt | None:
        left = place.rests_until - self._clock()
        if left > 0:
            until = datetime.now(UTC) + timedelta(seconds=left)
            return Attempt(f"is left alone until {short(until)}: it {place.doubted}", until)
        if place.doubted and place.trying >= TRIES_AT_ONCE:
            return Attempt(f"is left alone while {TRIES_AT_ONCE} tries hang: it {place.doubted}")
        return None

    async def _try(
        self, place: _Address, work: Callable[[], Tried], within: timedelta, left: float
    ) -> Attempt:
        probing_until = 0.0
        if place.doubted:
            probing_until = place.rests_until = self._clock() + left
        try:
            tried = await asyncio.wait_for(self._in_a_thread(place, work), left)
        except TimeoutError:
            # After a wait for its turn it had less time than an address may need.
            whole = left > 0.9 * within.total_seconds()
            had = within if whole else timedelta(seconds=left)
            hung = whole or place.doubted
            tried = Tried(f"did not answer in {words_of(had)}", REST if hung else None)
        finally:
            if place.rests_until == probing_until:
                place.rests_until = 0.0
        now = self._clock()
        if tried.rest:
            place.doubted = tried.problem
            place.rests_until = max(place.rests_until, now + tried.rest.total_seconds())
        elif place.rests_until <= now:
            place.doubted = ""
        place.tell_who_waits()
        return Attempt(tried.problem)

    def _in_a_thread(self, place: _Address, work: Callable[[], Tried]) -> "asyncio.Future[Tried]":
        """A try has a thread of its own.

        In a pool, addresses that hang would hold up messages to those that work; and threads of a
        pool are waited for when the process ends, these are not.
        """
        loop = asyncio.get_running_loop()
        outcome: Future[Tried] = Future()

        def ended() -> None:
            place.trying -= 1
            place.tell_who_waits()
            self._forget_what_is_nothing()

        def run() -> None:
            try:
                if outcome.set_running_or_notify_cancel():
                    outcome.set_result(work())
            except Exception as error:
                # Only its kind is told: a plugin may raise anything, and quote its URL in it.
                outcome.set_result(Tried(f"failed with {type(error).__name__}"))
            finally:
                with suppress(RuntimeError):  # the loop is closed: nobody counts any more
                    loop.call_soon_threadsafe(ended)

        threading.Thread(target=run, name="send", daemon=True).start()
        place.trying += 1
        return asyncio.wrap_future(outcome)

    def _forget_what_is_nothing(self) -> None:
        known = self._addresses
        for address in [address for address, place in known.items() if place.is_nothing]:
            del known[address]
        if len(known) > MOST_REMEMBERED:
            idle = [address for address, place in known.items() if not place.in_use]
            idle.sort(key=lambda address: known[address].rests_until)
            for address in idle[: len(known) - MOST_REMEMBERED]:
                del known[address]
