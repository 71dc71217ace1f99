"""Counts repeats durably, thousands a second: what comes while one transaction is kept goes into
the next one, so that no repeat waits for a disk by itself.
"""

import asyncio
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, field

from standfast.incidents.report import Report
from standfast.records.repeats import Counted, CountLine, RepeatCounts, WorseRepeat


@dataclass
class _Waiting:
    """The repeats of one incident that wait for the next transaction, and who waits for them."""

    report: Report
    times: int = 0
    anew: bool = False
    worse: dict[str, WorseRepeat] = field(default_factory=dict)
    kept: asyncio.Future[CountLine] = field(default_factory=asyncio.Future)


class Counting:
    """The one writer of counts in this process."""

    def __init__(self, counts: RepeatCounts) -> None:
        self._counts = counts
        self._waiting: dict[str, _Waiting] = {}
        self._told: dict[tuple[str, str], int] = {}
        self._told_worse: set[tuple[str, str, int]] = set()
        self._writer: asyncio.Task[None] | None = None

    async def count(
        self,
        incident_id: str,
        report: Report,
        *,
        anew: bool = False,
        worse: WorseRepeat | None = None,
    ) -> CountLine:
        """Count one repeat; the whole count once it is kept.

        anew: see `Counted`. worse: the repeat once more, where it says more than was told.

        Raises:
            RecordsUnavailable: it is not counted.
        """
        waiting = self._waiting.setdefault(incident_id, _Waiting(report))
        waiting.report = report
        waiting.times += 1
        waiting.anew |= anew
        if worse:
            known = waiting.worse.get(worse.words, worse)
            waiting.worse[worse.words] = max(known, worse, key=lambda each: each.users)
        self._write()
        # Shared by all that wait: one that gives up must not take it from the others.
        return await asyncio.shield(waiting.kept)

    def told(self, line: CountLine, worse: Sequence[WorseRepeat] = ()) -> None:
        """Note, soon, that an incident knows its count up to `line.total`, and those repeats."""
        key = (line.incident_id, line.counter)
        self._told[key] = max(line.total, self._told.get(key, 0))
        self._told_worse |= {(line.incident_id, each.words, each.users) for each in worse}
        self._write()

    async def finish(self) -> None:
        """Wait until everything is kept, or could not be."""
        while self._writer:
            await asyncio.wait([self._writer])

    def _write(self) -> None:
        if self._writer is None:
            self._writer = asyncio.create_task(self._write_all())

    async def _write_all(self) -> None:
        try:
            while self._waiting or self._told:
                waiting, self._waiting = self._waiting, {}
                told, self._told = self._told, {}
                worse, self._told_worse = self._told_worse, set()
                if not await self._kept(waiting, told, worse):
                    return
        finally:
            self._writer = None

    async def _kept(
        self,
        waiting: Mapping[str, _Waiting],
        told: Mapping[tuple[str, str], int],
        worse: Set[tuple[str, str, int]],
    ) -> bool:
        counted = [
            Counted(incident_id, each.times, each.report, each.anew, tuple(each.worse.values()))
            for incident_id, each in waiting.items()
        ]
        try:
            lines = await asyncio.to_thread(self._counts.keep, counted, told, worse)
        except Exception as error:  # whoever waits has to hear of it, whatever it is
            for each in waiting.values():
                each.kept.set_exception(error)
            # Told again it changes nothing, so that can wait for whatever is kept next.
            self._told = {**told, **self._told}
            self._told_worse |= worse
            return bool(self._waiting)
        for incident_id, line in lines.items():
            waiting[incident_id].kept.set_result(line)
        return True
