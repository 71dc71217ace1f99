"""Counts repeats durably, thousands a second: repeats that arrive during one transaction are
batched into the next.
"""

import asyncio
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from standfast.incidents.report import Report
from standfast.records.repeats import Counted, CountLine, RepeatCounts, WorseRepeat


@dataclass
class _Waiting:
    """The repeats of one incident that wait for the next transaction, and its future result."""

    report: Report
    times: int = 0
    anew: bool = False
    worse: dict[str, WorseRepeat] = field(default_factory=dict)
    kept: asyncio.Future[CountLine] = field(default_factory=asyncio.Future)


class RepeatCounter:
    """The only writer of counts in this process."""

    def __init__(self, counts: RepeatCounts) -> None:
        self._counts = counts
        self._waiting: dict[str, _Waiting] = {}
        self._delivered: dict[tuple[str, str], int] = {}
        self._delivered_worse: set[tuple[str, str, int]] = set()
        self._writer: asyncio.Task[None] | None = None

    async def count(
        self,
        incident_id: str,
        report: Report,
        *,
        anew: bool = False,
        worse: WorseRepeat | None = None,
    ) -> CountLine:
        """Count one repeat; return the whole count once it is stored.

        anew: see `Counted`. worse: the repeat again, where it adds something.

        Raises:
            RecordsUnavailable: it was not counted.
        """
        waiting = self._waiting.setdefault(incident_id, _Waiting(report))
        waiting.report = report
        waiting.times += 1
        waiting.anew |= anew
        if worse:
            known = waiting.worse.get(worse.words, worse)
            waiting.worse[worse.words] = max(known, worse, key=lambda each: each.users)
        self._write()
        # Shared by all callers that wait: one that is cancelled must not cancel the others.
        return await asyncio.shield(waiting.kept)

    def mark_delivered(self, line: CountLine, worse: Sequence[WorseRepeat] = ()) -> None:
        """Store, with the next transaction, that `line.total` and these repeats were delivered."""
        key = (line.incident_id, line.counter)
        self._delivered[key] = max(line.total, self._delivered.get(key, 0))
        self._delivered_worse |= {(line.incident_id, each.words, each.users) for each in worse}
        self._write()

    async def finish(self) -> None:
        """Wait until everything is stored, or has failed."""
        while self._writer:
            await asyncio.wait([self._writer])

    def _write(self) -> None:
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all())

    async def _write_all(self) -> None:
        try:
            while self._waiting or self._delivered:
                waiting, self._waiting = self._waiting, {}
                delivered, self._delivered = self._delivered, {}
                worse, self._delivered_worse = self._delivered_worse, set()
                if not await self._kept(waiting, delivered, worse):
                    return
        finally:
            self._writer = None

    async def _kept(
        self,
        waiting: Mapping[str, _Waiting],
        delivered: Mapping[tuple[str, str], int],
        worse: Set[tuple[str, str, int]],
    ) -> bool:
        counted = [
            Counted(incident_id, each.times, each.report, each.anew, tuple(each.worse.values()))
            for incident_id, each in waiting.items()
        ]
        try:
            lines = await asyncio.to_thread(self._counts.keep, counted, delivered, worse)
        except Exception as error:  # callers that wait get the error, whatever it is
            for each in waiting.values():
                each.kept.set_exception(error)
            # A second delivery changes nothing, so this can wait for the next transaction.
            self._delivered = {**delivered, **self._delivered}
            self._delivered_worse |= worse
            return bool(self._waiting)
        for incident_id, line in lines.items():
            waiting[incident_id].kept.set_result(line)
        return True
