"""The calendars of the policy's tiers: read in the background, with the last good copy kept.

Each source is read at most every few minutes, in a thread of its own. A decision waits for it a few
seconds at most; then it uses the copy that was read before, and its reasons say how old that is.
"""

import asyncio
import hashlib
import logging
import os
import threading
import time
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from standfast.incidents.schedule import Shift
from standfast.messages.message import words_of
from standfast.on_call.calendar_process import Answer, AskedTier, Question, evaluate
from standfast.on_call.calendar_source import Unreadable, fetch, file_of
from standfast.on_call.ical import BadCalendar
from standfast.outgoing.os_errors import reason_of
from standfast.policy import Policy
from standfast.policy.schedules import name_of
from standfast.policy_file.loading import Stamp, stamp
from standfast.policy_file.source import PolicySource

REFRESH = timedelta(minutes=5)
PATIENCE = timedelta(seconds=5)
"""How long a decision waits, at most."""

LOOKS_AHEAD = timedelta(days=60)
_DAY = timedelta(days=1)

_log = logging.getLogger(__name__)


class CalendarShifts(NamedTuple):
    """The shifts of teams' calendars.

    known_until: the shifts are known up to here; None where no tier of the teams has a calendar.
    problems: what could not be read or understood, and how old the copy in use is, in words.
    """

    shifts: tuple[Shift, ...] = ()
    known_until: datetime | None = None
    problems: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Kept:
    """The answer of a calendar to a question, and when the calendar was read."""

    question: Question
    answer: Answer
    content_hash: str
    read_at: datetime


@dataclass
class _Attempt:
    """One attempt to read a source, in progress or over."""

    question: Question
    seen: Stamp
    started: float = field(default_factory=time.monotonic)
    over: threading.Event = field(default_factory=threading.Event)


@dataclass
class _Source:
    """The source of a calendar and its last answer. `failure` says why the last attempt failed."""

    name: str
    kept: _Kept | None = None
    attempt: _Attempt | None = None
    failure: str = ""
    not_kept: str = ""


class Calendars:
    """Reads the shifts of calendars; safe to use from many threads.

    directory: holds the last good copies, a file for each calendar, dated when it was read.
    """

    def __init__(
        self,
        policy: PolicySource,
        directory: Path,
        *,
        environment: Mapping[str, str] | None = None,
        refresh: timedelta = REFRESH,
        patience: timedelta = PATIENCE,
    ) -> None:
        self._beside = policy.path.parent
        self._directory = directory
        self._environment = os.environ if environment is None else environment
        self._refresh = refresh.total_seconds()
        self._patience = patience
        self._sources: dict[str, _Source] = {}
        self._lock = threading.Lock()

    def shifts_between(
        self, policy: Policy, teams: Collection[str], begins: datetime, ends: datetime
    ) -> CalendarShifts:
        """The shifts of these teams' calendars from `begins` until some weeks after `ends`.

        Blocks for at most `patience`.
        """
        wanted = dict(_questions(policy, teams, begins, ends))
        deadline = time.monotonic() + self._patience.total_seconds()
        for source, question in wanted.items():
            self._attempt(source, question, policy.hosts)
        for source, question in wanted.items():
            self._wait(source, question, policy.hosts, deadline)
        found = CalendarShifts()
        for source in wanted:
            found = _added(found, self._sources[source], teams)
        return found

    def _attempt(self, source: str, question: Question, hosts: tuple[str, ...]) -> _Attempt | None:
        """The attempt in progress, or a new one if one is due; None otherwise."""
        with self._lock:
            state = self._sources.setdefault(source, _Source(name_of(source)))
            last = state.attempt
            if last and not last.over.is_set():
                return last
            file = file_of(source, self._beside)
            seen = stamp(file) if file else None
            if (
                last
                and last.question == question
                and last.seen == seen
                and time.monotonic() - last.started < self._refresh
            ):
                return None
            state.attempt = attempt = _Attempt(question, seen)
            state.failure = ""
        threading.Thread(
            target=self._read, args=(source, state, attempt, hosts), name="calendar", daemon=True
        ).start()
        return attempt

    def _wait(
        self, source: str, question: Question, hosts: tuple[str, ...], deadline: float
    ) -> None:
        """Wait until this question is answered, or the deadline.

        A source that hangs delays one decision by that time, not every decision while it hangs.
        """
        while attempt := self._attempt(source, question, hosts):
            until = min(deadline, attempt.started + self._patience.total_seconds())
            in_time = attempt.over.wait(max(until - time.monotonic(), 0))
            if not in_time or attempt.question == question:
                return

    def _read(self, source: str, state: _Source, attempt: _Attempt, hosts: tuple[str, ...]) -> None:
        try:
            asyncio.run(self._refreshed(source, state, attempt.question, hosts))
        except Exception as error:
            _log.exception("%s could not be read", state.name)
            state.failure = f"failed with {type(error).__name__}"
        finally:
            attempt.over.set()

    async def _refreshed(
        self, source: str, state: _Source, question: Question, hosts: tuple[str, ...]
    ) -> None:
        copy = self._copy_of(source)
        try:
            content = await fetch(source, self._beside, hosts, self._environment)
            await self._take(state, question, content, datetime.now(UTC), has_copy=_exists(copy))
        except (Unreadable, BadCalendar) as why:
            state.failure = str(why)
            if state.kept is None or state.kept.question != question:
                await self._take_copy(state, question, copy)
            return
        state.failure = ""
        # What is cut off must never take the place of a whole copy.
        if not (state.kept and state.kept.answer.cut_off):
            state.not_kept = _keep(content, copy)

    async def _take(
        self,
        state: _Source,
        question: Question,
        content: bytes,
        read_at: datetime,
        *,
        has_copy: bool = False,
    ) -> None:
        """Take what `content` says; of one that is cut off only where there is no copy."""
        content_hash, kept = hashlib.sha256(content).hexdigest(), state.kept
        if kept and (kept.content_hash, kept.question) == (content_hash, question):
            state.kept = replace(kept, read_at=read_at)
        else:
            answer = await evaluate(content, question)
            if answer.cut_off and has_copy:
                raise BadCalendar("it is cut off: there is no END:VCALENDAR")
            state.kept = _Kept(question, answer, content_hash, read_at)

    async def _take_copy(self, state: _Source, question: Question, copy: Path) -> None:
        """Use the last good copy, if there is one."""
        try:
            kept = _copied(copy)
            if kept:
                await self._take(state, question, *kept)
        except OSError as error:
            state.failure += f"; its last good copy cannot be read: {reason_of(error)}"
        except BadCalendar as why:
            state.failure += f"; its last good copy cannot be used: {why}"

    def _copy_of(self, source: str) -> Path:
        file = file_of(source, self._beside)
        place = str(file.absolute()) if file else source
        return self._directory / f"{hashlib.sha256(place.encode()).hexdigest()[:32]}.ics"


def question_for(
    policy: Policy, tiers: Iterable[AskedTier], begins: datetime, ends: datetime
) -> Question:
    """The question for these tiers, with the policy's people as calendars may name them."""
    return Question(
        people={key: person.name for key, person in policy.people.items()},
        addresses={key: person.mail_addresses for key, person in policy.people.items()},
        tiers=tuple(tiers),
        begins=begins,
        ends=ends,
    )


def _questions(
    policy: Policy, teams: Collection[str], begins: datetime, ends: datetime
) -> Iterator[tuple[str, Question]]:
    """The question to each calendar of these teams, for all tiers that use it.

    It covers whole days, so that all decisions of a day ask the same question.
    """
    tiers: dict[str, list[AskedTier]] = {}
    wanted: set[str] = set()
    for key, team in policy.teams.items():
        for tier in team.tiers:
            if tier.calendar:
                asked = AskedTier(team=key, tier=tier.name, zone=tier.time_zone or "")
                tiers.setdefault(tier.calendar, []).append(asked)
                wanted |= {tier.calendar} if key in teams else set()
    first = begins.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    days = (ends.astimezone(UTC) - first) // _DAY + 1
    ends = first + days * _DAY + LOOKS_AHEAD
    for source in sorted(wanted):
        yield source, question_for(policy, tiers[source], first - _DAY, ends)


def _added(found: CalendarShifts, state: _Source, teams: Collection[str]) -> CalendarShifts:
    kept = state.kept
    problems = (*found.problems, *_problems(state, kept))
    if kept is None:
        return found._replace(problems=problems)
    known_until = min(found.known_until or kept.question.ends, kept.question.ends)
    shifts = (shift for shift in kept.answer.shifts if shift.team in teams)
    return CalendarShifts((*found.shifts, *shifts), known_until, problems)


def _problems(state: _Source, kept: _Kept | None) -> Iterable[str]:
    attempt = state.attempt
    under_way = attempt is not None and not attempt.over.is_set()
    failed = "has not answered yet" if under_way else ""
    if state.failure:
        failed = f"cannot be read: {state.failure}"
    if failed and kept:
        age = words_of(datetime.now(UTC) - kept.read_at)
        yield f"{state.name} {failed}; the copy of {age} ago is used"
    elif failed:
        yield f"{state.name} {failed}; there is no earlier copy of it"
    if state.not_kept:
        yield f"{state.name}: no copy of it can be kept: {state.not_kept}"
    if kept:
        yield from (f"{state.name}: {problem}" for problem in kept.answer.problems)


def _copied(copy: Path) -> tuple[bytes, datetime] | None:
    """The last good copy and when it was read; None where there is none."""
    try:
        with copy.open("rb") as file:
            changed = os.fstat(file.fileno()).st_mtime
            return file.read(), datetime.fromtimestamp(changed, UTC)
    except FileNotFoundError:
        return None


def _exists(copy: Path) -> bool:
    return copy.exists()


def _keep(content: bytes, copy: Path) -> str:
    """Write the last good copy in one step; returns why that failed, or nothing."""
    try:
        copy.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        new = copy.with_suffix(f".{os.getpid()}.new")
        new.write_bytes(content)
        new.replace(copy)
    except OSError as error:
        return reason_of(error)
    return ""
