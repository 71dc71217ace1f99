"""Opens incidents as fast as they are paged, however many senders wait for an answer meanwhile."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.human_path import People
from benchmarks.inbox import Inbox

_SENDERS = 40
_AHEAD = 200
"""At most so many incidents are reported and not yet paged."""

_STALLED = 120.0
"""Seconds without a single new page, after which what is missing is lost."""

_SERVICES = (*7 * ("wiki",), *2 * ("till",), "shop")
_SUBJECTS = ("Page", "Login", "Report", "Import", "Export", "Invoice", "Search", "Printout")
_TROUBLES = ("does not load", "shows old figures", "is slow", "ends with an error", "is empty")


class Opened(NamedTuple):
    """Incidents of one step. `lost` are those that were reported and never paged."""

    ids: Sequence[str]
    seconds: float
    lost: Sequence[str]


class Opening:
    """Opens incidents, and knows which of them have been paged. `take` is for the inbox."""

    def __init__(self, people: People, inbox: Inbox, ahead: asyncio.Semaphore, seed: int) -> None:
        """Each first page releases `ahead`, see `allowance`."""
        self._people = people
        self._inbox = inbox
        self._ahead = ahead
        self._chance = random.Random(seed)

    async def open(self, count: int) -> Opened:
        """Report so many different things; return when all are paged, or no page comes any more."""
        ids: list[str] = []
        began = time.perf_counter()
        numbers = iter(range(count))

        async def send() -> None:
            for number in numbers:
                await asyncio.wait_for(self._ahead.acquire(), _STALLED)
                ids.append(await self._report(number))

        await asyncio.gather(*(send() for _ in range(min(_SENDERS, count))))
        lost = await self._all_paged(ids)
        ended = max((self._inbox.first[each] for each in ids if each not in lost), default=began)
        return Opened(ids, ended - began, lost)

    async def _report(self, number: int) -> str:
        subject, trouble = self._chance.choice(_SUBJECTS), self._chance.choice(_TROUBLES)
        title = f"{subject} {number} {trouble}"
        service = self._chance.choice(_SERVICES)
        return await self._people.report(title, service, "It worked yesterday. " * 10)

    async def _all_paged(self, ids: Sequence[str]) -> list[str]:
        """Those that were not, once no page has come for long."""
        while missing := [each for each in ids if each not in self._inbox.first]:
            before = len(self._inbox.first)
            try:
                await self._inbox.wait(missing[0], 1, _STALLED)
            except TimeoutError:
                if len(self._inbox.first) == before:
                    return missing
        return []


def allowance() -> asyncio.Semaphore:
    """How far reports may be ahead of pages."""
    return asyncio.Semaphore(_AHEAD)
