"""Opens incidents as fast as they are paged, however many senders wait for an answer meanwhile."""

import asyncio
import random
import time
from collections.abc import Sequence
from typing import NamedTuple

from benchmarks.human_path import People
from benchmarks.inbox import STALLED, Inbox

_SENDERS = 40
_AHEAD = 200
"""At most so many incidents are reported and not yet paged."""

_SERVICES = (*7 * ("wiki",), *2 * ("till",), "shop")
_SUBJECTS = ("Page", "Login", "Report", "Import", "Export", "Invoice", "Search", "Printout")
_TROUBLES = ("does not load", "shows old figures", "is slow", "ends with an error", "is empty")


class Opened(NamedTuple):
    """Incidents of one step. `lost` are those that were reported and never paged."""

    ids: Sequence[str]
    seconds: float
    lost: Sequence[str]


class Opening:
    """Opens incidents, and counts those that are never paged."""

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
                await asyncio.wait_for(self._ahead.acquire(), STALLED)
                ids.append(await self._report(number))

        await asyncio.gather(*(send() for _ in range(min(_SENDERS, count))))
        lost = await self._inbox.missing(ids)
        ended = max((self._inbox.first[each] for each in ids if each not in lost), default=began)
        return Opened(ids, ended - began, lost)

    async def _report(self, number: int) -> str:
        subject, trouble = self._chance.choice(_SUBJECTS), self._chance.choice(_TROUBLES)
        title = f"{subject} {number} {trouble}"
        service = self._chance.choice(_SERVICES)
        return await self._people.report(title, service, "It worked yesterday. " * 10)


def allowance() -> asyncio.Semaphore:
    """How far reports may be ahead of pages."""
    return asyncio.Semaphore(_AHEAD)
