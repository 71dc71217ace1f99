"""An incident that a process knows to be open, and what it has not been told yet."""

import asyncio
from dataclasses import dataclass, field

from standfast.incidents.impact_ledger import MOST_CHARACTERS, characters
from standfast.incidents.monitoring import MEMBER_KEY, MOST_TRIES, MOST_WORSE
from standfast.intake.repeat_changes import Delivered
from standfast.records.repeats import CountLine, WorseRepeat


@dataclass
class OpenIncident:
    """An incident that was open when this process last asked or reported.

    delivered_is_unknown: it was opened while the store was unavailable, so nobody knows how much of
        the stored count it has.
    delivered: what this process has delivered to it. worse: pending repeats, by their words;
        `urgent`: those to deliver at once. over: alerts of its group that have recovered since, and
        the source that said so.
    not_before, heard_at: by the event loop's clock.
    tries: the last reports that it has of this process, by what is the same for each try of one,
        and whether they opened it.
    """

    incident_id: str
    line: CountLine | None = None
    delivered_is_unknown: bool = False
    delivered: Delivered = field(default_factory=Delivered)
    worse: dict[str, WorseRepeat] = field(default_factory=dict)
    urgent: set[str] = field(default_factory=set)
    over: dict[str, str] = field(default_factory=dict)
    not_before: float = 0.0
    heard_at: float = 0.0
    pause: int = 0
    failures: int = 0
    due: asyncio.TimerHandle | None = None
    flushing: asyncio.Lock = field(default_factory=asyncio.Lock)
    tries: dict[str, bool] = field(default_factory=dict)

    @property
    def pending(self) -> int:
        """How many repeats are not delivered yet."""
        return self.line.untold if self.line else 0

    @property
    def has_pending(self) -> bool:
        """Whether there is anything to deliver."""
        return bool(self.pending or self.worse or self.over)

    @property
    def reported_members(self) -> set[str]:
        """The alerts of its group that the next delivery says to fire."""
        reports = [each.report for each in self.worse.values()]
        if self.line:
            reports.append(self.line.report)
        return {report.labels.get(MEMBER_KEY, "") for report in reports}

    def note_try(self, attempt: str, *, created: bool) -> None:
        """It has this report: another try of it is none more. Nothing where `attempt` is empty."""
        if attempt:
            self.tries[attempt] = created
            if len(self.tries) > MOST_TRIES:
                del self.tries[next(iter(self.tries))]

    def next_worse(self) -> tuple[WorseRepeat, ...]:
        """As many worse repeats as one message holds; at least one, if there is any."""
        chosen: list[WorseRepeat] = []
        room = MOST_CHARACTERS
        urgent_first = sorted(self.worse.values(), key=lambda each: each.words not in self.urgent)
        for each in urgent_first[:MOST_WORSE]:
            room -= characters(each.report)
            if chosen and room < 0:
                break
            chosen.append(each)
        return tuple(chosen)

    def mark_delivered(self, line: CountLine, worse: tuple[WorseRepeat, ...]) -> None:
        """All that `line` counts, and these repeats, were delivered."""
        self.merge_count(line._replace(told=line.total, worse=()))
        for each in worse:
            if self.worse.get(each.words) is each:
                del self.worse[each.words]
        self.urgent &= self.worse.keys()

    def merge_count(self, line: CountLine) -> None:
        """Merge the stored count, which may be older than the one in memory."""
        for each in line.worse:
            known = self.worse.get(each.words)
            if known is None or known.users < each.users:
                self.worse[each.words] = each
        if self.line and self.line.counter == line.counter:
            newest = line if line.total >= self.line.total else self.line
            line = newest._replace(told=max(line.told, self.line.told))
        self.line = line._replace(worse=())

    def reset_pauses(self) -> None:
        """Deliver the next repeat at once."""
        self.pause, self.not_before = 0, 0.0
        self.cancel_timer()

    def cancel_timer(self) -> None:
        """Cancel the scheduled delivery."""
        if self.due:
            self.due.cancel()
            self.due = None
