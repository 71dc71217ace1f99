"""The watchdog of a worker: looks, repairs what it may, measures, and tells the rest."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from temporalio.service import RPCError

from standfast.health.fault import DoesNotReplay
from standfast.health.finder import Look
from standfast.health.limits import (
    LOOK_EVERY,
    LOOK_WITHIN,
    REPAIRS_BY_ITSELF,
    REPAIRS_IN_A_LOOK,
    REPLAY_WITHIN,
)
from standfast.health.notices import Notices
from standfast.health.repair import Diagnosis
from standfast.incidents.finding import Finding, FindingKind
from standfast.intake.errors import IntakeError
from standfast.messages.message import short
from standfast.records.errors import RecordsUnavailable
from standfast.records.repairs import Begun

_log = logging.getLogger(__name__)

BY_HAND = "a person must look: `standfast repair ID` resets it once more"


Measure = Callable[[FindingKind, int], None]
"""Takes how many findings of a kind there are."""


class Looks(Protocol):
    """Finds what is wrong."""

    async def look(self) -> Look: ...


class Mends(Protocol):
    """Finds the fault of a stuck run, and resets the run to before it."""

    async def diagnose(self, incident_id: str, run_id: str | None = None) -> Diagnosis | None: ...

    async def repair(self, found: Diagnosis) -> Begun: ...


class Watchdog:
    """Looks every few seconds, for as long as the worker runs. No error ends it."""

    def __init__(
        self,
        finder: Looks,
        repairer: Mends,
        telling: Notices,
        measure: Measure,
        every: timedelta = LOOK_EVERY,
    ) -> None:
        self._finder = finder
        self._repairer = repairer
        self._telling = telling
        self._measure = measure
        self._every = every
        self._known: dict[str, Finding] = {}
        self._judged: dict[str, Finding] = {}
        self._unchecked: dict[FindingKind, str] = {}

    async def run(self) -> None:
        """Look until cancelled."""
        while True:
            try:
                async with asyncio.timeout(LOOK_WITHIN.total_seconds()):
                    await self.look()
            except TimeoutError:
                _log.warning("a look at the open incidents took more than %s", LOOK_WITHIN)
            except Exception as failed:
                # Whatever it is: the next look may work, and without a watchdog nobody would know.
                _log.exception("a look at the open incidents failed: %s", type(failed).__name__)
            await asyncio.sleep(self._every.total_seconds())

    async def look(self) -> Look:
        """One look, and what is to be done about it; what was found and not repaired."""
        look = await self._finder.look()
        found = await self._after_repairs(look.findings)
        for kind in look.checked:
            count = sum(finding.kind is kind for finding in found)
            self._measure(kind, count)
        self._log(look, found)
        await self._telling.tell(look.checked, found)
        return Look(tuple(found), look.unchecked)

    async def _after_repairs(self, findings: Sequence[Finding]) -> list[Finding]:
        """Repair stuck runs where that is safe; the others, with why they were not repaired.

        Those whose turn does not come in this look are told only if others could not be repaired.
        """
        stuck = [finding for finding in findings if finding.kind is FindingKind.STUCK]
        self._judged = {
            each.run_id: self._judged[each.run_id] for each in stuck if each.run_id in self._judged
        }
        until = time.monotonic() + LOOK_WITHIN.total_seconds() / 2
        repaired, waiting, not_now = 0, [], []
        for finding in stuck:
            if finding.run_id in self._judged:
                continue
            if repaired >= REPAIRS_IN_A_LOOK or time.monotonic() > until:
                waiting.append(finding)
                continue
            try:
                judged = await self._repair(finding)
            except (RPCError, RecordsUnavailable) as away:
                not_now.append(_saying(finding, f"it could not be reset: {away}"))
                continue
            if judged is None:
                repaired += 1
            else:
                self._judged[finding.run_id] = judged
        left = [*self._judged.values(), *not_now]
        others = [finding for finding in findings if finding.kind is not FindingKind.STUCK]
        return [*left, *(waiting if left else ()), *others]

    async def _repair(self, finding: Finding) -> Finding | None:
        """None when it was repaired, by us or another; else the finding with why it was not."""
        try:
            async with asyncio.timeout(REPLAY_WITHIN.total_seconds()):
                fault = await self._repairer.diagnose(finding.incident_id, finding.run_id)
            if fault is None or not fault.ours:
                return finding
            begun = await self._repairer.repair(fault)
        except TimeoutError:
            return _saying(finding, "its history could not be replayed in time")
        except (DoesNotReplay, IntakeError) as why:
            _log.info("%s is not repaired: %s", finding.incident_id, why)
            return finding
        if begun is Begun.TOO_MANY:
            words = f"it was reset {REPAIRS_BY_ITSELF} times and is stuck again"
            return _saying(finding, words).model_copy(update={"remedy": BY_HAND})
        if begun is Begun.YES:
            _log.warning(
                "repaired incident=%s run=%s event=%d of %d: %s",
                fault.incident_id,
                fault.run_id,
                fault.fault.event_id,
                fault.events,
                fault.fault.why,
            )
        return None

    def _log(self, look: Look, found: Sequence[Finding]) -> None:
        """A line for each finding when it comes and when it goes."""
        for kind, why in look.unchecked.items():
            if kind not in self._unchecked:
                _log.warning("cannot look for incidents that are %s: %s", kind.words, why)
        self._unchecked = look.unchecked
        now = {finding.key: finding for finding in found}
        for key, finding in now.items():
            if key not in self._known:
                _log.warning(
                    "finding kind=%s incident=%s run=%s since=%s: %s",
                    finding.kind,
                    finding.incident_id,
                    finding.run_id,
                    short(finding.since),
                    finding.what,
                )
        kept = {
            key: finding
            for key, finding in self._known.items()
            if key not in now and finding.kind in look.unchecked
        }
        for key, finding in self._known.items():
            if key not in now and key not in kept:
                _log.warning(
                    "over kind=%s incident=%s run=%s",
                    finding.kind,
                    finding.incident_id,
                    finding.run_id,
                )
        self._known = now | kept


def _saying(finding: Finding, first: str) -> Finding:
    """The finding with something to say before what it says."""
    return Finding.model_validate({**dict(finding), "what": f"{first}; {finding.what}"})
