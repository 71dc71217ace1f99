"""The watchdog of a worker: scans, repairs what is safe, counts, and notifies the operators."""

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from datetime import timedelta
from typing import Protocol

from temporalio.service import RPCError

from standfast.health.fault import DoesNotReplay
from standfast.health.finder import ScanResult
from standfast.health.limits import (
    REPAIRS_BY_ITSELF,
    REPAIRS_PER_SCAN,
    REPLAY_WITHIN,
    SCAN_EVERY,
    SCAN_WITHIN,
)
from standfast.health.notices import Notices
from standfast.health.repair import Diagnosis
from standfast.incidents.finding import Finding, FindingKind
from standfast.incidents.ids import episode_reviewed
from standfast.intake.errors import IntakeError
from standfast.messages.message import short
from standfast.records.errors import RecordsUnavailable
from standfast.records.repairs import Begun

_log = logging.getLogger(__name__)

MANUAL_REPAIR = "a person must decide: `standfast repair ID` resets it once more"


Measure = Callable[[FindingKind, int], None]
"""Records the number of findings of a kind."""


class Scanner(Protocol):
    """Finds problems."""

    async def scan(self) -> ScanResult: ...


class Repairs(Protocol):
    """Diagnoses a stuck run, and resets it to before the fault; begins a review again."""

    async def diagnose(self, incident_id: str, run_id: str | None = None) -> Diagnosis | None: ...

    async def repair(self, found: Diagnosis) -> Begun: ...

    async def begin_again(self, incident_id: str, episode: int) -> bool: ...


class Watchdog:
    """Scans every few seconds while the worker runs. No error stops it."""

    def __init__(
        self,
        finder: Scanner,
        repairer: Repairs,
        notices: Notices,
        measure: Measure,
        every: timedelta = SCAN_EVERY,
    ) -> None:
        self._finder = finder
        self._repairer = repairer
        self._notices = notices
        self._measure = measure
        self._every = every
        self._known: dict[str, Finding] = {}
        self._not_repaired: dict[str, Finding] = {}
        self._unchecked: dict[FindingKind, str] = {}

    async def run(self) -> None:
        """Scan until cancelled."""
        while True:
            try:
                async with asyncio.timeout(SCAN_WITHIN.total_seconds()):
                    await self.scan()
            except TimeoutError:
                _log.warning("a scan took more than %s", SCAN_WITHIN)
            except Exception as failed:
                # Whatever it is: the next scan may work, and without a watchdog nobody would know.
                _log.exception("a scan failed: %s", type(failed).__name__)
            await asyncio.sleep(self._every.total_seconds())

    async def scan(self) -> ScanResult:
        """Scan once, repair, and notify; what was found and not repaired."""
        scan = await self._finder.scan()
        found = await self._after_repairs(scan.findings)
        for kind in scan.checked:
            count = sum(finding.kind is kind for finding in found)
            self._measure(kind, count)
        self._log(scan, found)
        await self._notices.notify(scan.checked, found)
        return ScanResult(tuple(found), scan.unchecked)

    async def _after_repairs(self, findings: Sequence[Finding]) -> list[Finding]:
        """Repair stuck runs where that is safe; return the others, with the reason.

        Those that do not fit into this scan are reported only if others could not be repaired.
        """
        stuck = [finding for finding in findings if finding.kind is FindingKind.STUCK]
        self._not_repaired = {
            each.run_id: self._not_repaired[each.run_id]
            for each in stuck
            if each.run_id in self._not_repaired
        }
        until = time.monotonic() + SCAN_WITHIN.total_seconds() / 2
        repaired, waiting, not_now = 0, [], []
        for finding in stuck:
            if finding.run_id in self._not_repaired:
                continue
            if repaired >= REPAIRS_PER_SCAN or time.monotonic() > until:
                waiting.append(finding)
                continue
            try:
                not_repaired = await self._repair(finding)
            except (RPCError, RecordsUnavailable) as away:
                not_now.append(_prefixed(finding, f"it could not be reset: {away}"))
                continue
            if not_repaired is None:
                repaired += 1
            else:
                self._not_repaired[finding.run_id] = not_repaired
        left = [*self._not_repaired.values(), *not_now]
        others = [
            finding
            for finding in findings
            if finding.kind is not FindingKind.STUCK and not await self._begun_again(finding)
        ]
        return [*left, *(waiting if left else ()), *others]

    async def _begun_again(self, finding: Finding) -> bool:
        """Whether it was a review without a run, and begins again with what is on record."""
        if finding.kind is not FindingKind.NOT_RUNNING or finding.reviewed is None:
            return False
        try:
            begins = await self._repairer.begin_again(finding.incident_id, finding.reviewed)
        except RecordsUnavailable as away:
            _log.warning("%s cannot begin again now: %s", finding.about, away)
            return False
        if begins:
            _log.warning("%s begins again: %s", finding.about, finding.what)
        return True

    async def _repair(self, finding: Finding) -> Finding | None:
        """None when it was repaired, here or elsewhere, or ended; else the finding, with why."""
        try:
            async with asyncio.timeout(REPLAY_WITHIN.total_seconds()):
                fault = await self._repairer.diagnose(finding.workflow_id, finding.run_id)
            if fault is None or not fault.ours:
                return finding
            begun = await self._repairer.repair(fault)
        except TimeoutError:
            return _prefixed(finding, "its history could not be replayed in time")
        except DoesNotReplay as why:
            _log.info("%s is not repaired: %s", finding.about, why)
            return finding
        except IntakeError as over:
            # Lists hear a moment later that a run was reset, or has ended.
            _log.info("run %s is not stuck any more: %s", finding.run_id, over)
            return None
        if begun is Begun.TOO_MANY:
            words = f"it was reset {REPAIRS_BY_ITSELF} times and is stuck again"
            return _prefixed(finding, words).model_copy(update={"remedy": MANUAL_REPAIR})
        if begun is Begun.YES:
            _log.warning(
                "repaired %s run=%s event=%d of %d: %s",
                _which(fault.workflow_id),
                fault.run_id,
                fault.fault.event_id,
                fault.events,
                fault.fault.why,
            )
        return None

    def _log(self, scan: ScanResult, found: Sequence[Finding]) -> None:
        """Log each finding when it appears and when it is over."""
        for kind, why in scan.unchecked.items():
            if kind not in self._unchecked:
                _log.warning("cannot check for what is %s: %s", kind.words, why)
        self._unchecked = scan.unchecked
        now = {finding.key: finding for finding in found}
        for key, finding in now.items():
            if key not in self._known:
                _log.warning(
                    "finding kind=%s %s run=%s since=%s: %s",
                    finding.kind,
                    _which(finding.workflow_id),
                    finding.run_id,
                    short(finding.since),
                    finding.what,
                )
        kept = {
            key: finding
            for key, finding in self._known.items()
            if key not in now and finding.kind in scan.unchecked
        }
        for key, finding in self._known.items():
            if key not in now and key not in kept:
                _log.warning(
                    "over kind=%s %s run=%s",
                    finding.kind,
                    _which(finding.workflow_id),
                    finding.run_id,
                )
        self._known = now | kept


def _which(workflow_id: str) -> str:
    """`incident=INC-7F3K2QXWM4`, for a line of the log."""
    return f"{'incident' if episode_reviewed(workflow_id) is None else 'review'}={workflow_id}"


def _prefixed(finding: Finding, first: str) -> Finding:
    """The finding, with more words before its own."""
    return Finding.model_validate({**dict(finding), "what": f"{first}; {finding.what}"})
