"""The findings about open incidents, cached for all viewers of the board."""

import asyncio
import logging
import time
from collections.abc import Awaitable, Callable, Collection, Sequence

from temporalio.service import RPCError

from standfast.health.watchdog import Scanner
from standfast.incidents.finding import Finding, FindingKind
from standfast.incidents.finding_texts import summary

_GOOD_FOR = 15.0
"""Seconds."""

_PATIENCE = 1.0
"""Seconds that a board waits for a scan; later findings come with the next update."""

_NAMED = 3

_log = logging.getLogger(__name__)

Hidden = Callable[[Sequence[str]], Awaitable[Collection[str]]]


class LatestFindings:
    """Scans at most once in a while, however many viewers there are. No worker is needed."""

    def __init__(self, finder: Scanner) -> None:
        self._finder = finder
        self._found: tuple[Finding, ...] = ()
        self._look_at = 0.0
        self._looking: asyncio.Task[None] | None = None

    async def words(self, hidden: Hidden) -> list[str]:
        """A line for each kind of finding, for people; none while all is well.

        hidden: those of these incidents that the reader does not find; nothing is said of them.
        """
        if self._looking is None and time.monotonic() >= self._look_at:
            self._looking = asyncio.create_task(self._look())
        if self._looking is not None:
            await asyncio.wait([self._looking], timeout=_PATIENCE)
        out = await hidden([each.incident_id for each in self._found]) if self._found else ()
        told = [each for each in self._found if each.incident_id not in out]
        return [
            _line([finding for finding in told if finding.kind is kind])
            for kind in FindingKind
            if any(finding.kind is kind for finding in told)
        ]

    async def _look(self) -> None:
        try:
            self._found = (await self._finder.scan()).findings
        except (RPCError, RuntimeError) as away:
            # The board itself says that Temporal is unavailable; the last findings stay.
            _log.warning("cannot look for what is wrong with open incidents: %s", away)
        finally:
            self._look_at = time.monotonic() + _GOOD_FOR
            self._looking = None


def _line(findings: list[Finding]) -> str:
    ids = ", ".join(finding.about for finding in findings[:_NAMED])
    more = f" and {len(findings) - _NAMED} more" if len(findings) > _NAMED else ""
    return f"{summary(findings)} ({ids}{more}): {findings[0].what}. {findings[0].remedy}"
