"""A remediation killed at every point: what a five-step runbook with undo leaves behind.

    python -m benchmarks.kill_points [--json] [--steps N] [--twice N] [--seed S]

The real activity runs in a process of its own, with real programs and a real record store, and is
killed by SIGKILL: before and after every line of its journal, and inside its programs before and
after their effect. Then another process makes the next attempt. `ok` means: each effect and each
undo was seen exactly once, or the result says what is unknown, which pages a person, and nothing
was done twice. `--twice` adds so many runs in which the second attempt is killed too, at points
drawn by the seed.
"""

import argparse
import asyncio
import json
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any, NoReturn

import yaml
from rich.console import Console
from rich.table import Table
from temporalio.testing import ActivityEnvironment

from activities.remediation import RemediationActivities
from standfast.hosting.hard_exit import hard_exit
from standfast.incidents.resolution import RemediationOutcome, RemediationRequest, RemediationResult
from standfast.policy_file.loading import load_policy
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.policy_file.source import PolicySource
from standfast.records.remediation import JournalLine
from standfast.records.remediations import Remediations
from standfast.records.store import RecordStore
from standfast.runbooks.remediation import Remediation

STEPS = 5
"""Steps of the runbook, unless another number is asked for."""

LEASE = timedelta(seconds=1)
PATIENCE = 60.0
"""Seconds for one attempt."""

_AT_ONCE = 4

_RECORDS = "records.db"

_PROGRAM = """#!/bin/sh
# One effect, a line in a file, and the places inside where the worker can be killed.
cd "$(dirname "$0")"
die() {
  if [ "$(cat die-at)" = "$1" ]; then kill -9 "$(cat worker.pid)"; sleep 10; fi
}
die "$STANDFAST_STEP: before its effect"
echo "$STANDFAST_STEP" >> effects
die "$STANDFAST_STEP: after its effect"
"""

_CHECK = """#!/bin/sh
# Is the effect of a step there? Of "all": does the runbook help?
cd "$(dirname "$0")"
if [ "$1" = all ]; then test -e helps && grep -qx "step-$2" effects; exit; fi
grep -qx "step-$1" effects && ! grep -qx "undo-$1" effects
"""


_CLOCK = {
    "acknowledge_within": "5m",
    "page_again_every": "1m",
    "resolve_within": "1h",
    "remind_hold_every": "1h",
}

_COMPANY = {
    "organisation": "Tiny",
    "service_desk": "desk",
    "triage": {
        "matrix": {
            "high": {"high": "P1", "medium": "P2", "low": "P3"},
            "medium": {"high": "P2", "medium": "P3", "low": "P4"},
            "low": {"high": "P3", "medium": "P4", "low": "P5"},
        }
    },
    "categories": {name: {"team": "desk"} for name in ("security", "other")},
    "services": {"wiki": {"title": "Wiki"}},
    "people": {"ana": {"name": "Ana", "channels": {"outbox": "outbox://"}}},
    "teams": {
        "desk": {
            "title": "Desk",
            "tiers": [
                {
                    "name": "L1",
                    "rotation": {"people": ["ana"], "starts": "2026-01-05", "at": "09:00"},
                }
            ],
        }
    },
    "clocks": dict.fromkeys(("P1", "P2", "P3", "P4", "P5"), _CLOCK),
    "follow_up": {"window": {"watch_for": "1d", "first_check": "15m"}},
}
"""A policy in one small file: every attempt reads it, and the shipped one takes as long to read as
the rest of an attempt."""


@dataclass(frozen=True)
class Case:
    """A runbook that helps or does not, whose steps have checks or not, and where it is killed."""

    helps: bool
    checks: bool
    steps: int = STEPS
    deaths: tuple[str, ...] = ()

    @property
    def point(self) -> str:
        """The case in words."""
        kind = f"{'helps' if self.helps else 'does not help'}, {'' if self.checks else 'no '}checks"
        return f"{kind}: {' and then '.join(self.deaths) or 'not killed'}"


@dataclass(frozen=True)
class Seen:
    """What was there in the end. `effects` and `undos`: how often each step's was seen."""

    case: Case
    effects: tuple[int, ...]
    undos: tuple[int, ...]
    outcome: RemediationOutcome
    left: tuple[str, ...]

    @property
    def ok(self) -> bool:
        """Exactly once, or said."""
        if max(self.effects + self.undos) > 1:
            return False
        if self.outcome is RemediationOutcome.SUCCEEDED:
            return self.case.helps and set(self.effects) == {1} and set(self.undos) == {0}
        if self.outcome is RemediationOutcome.UNKNOWN:
            return bool(self.left) and not self.case.checks
        undone = self.outcome is RemediationOutcome.FAILED and self.effects == self.undos
        return undone and not self.case.helps and not self.left and set(self.effects) == {1}

    def row(self) -> dict[str, Any]:
        """For machines."""
        return {
            "point": self.case.point,
            "effects": list(self.effects),
            "undos": list(self.undos),
            "outcome": self.outcome.value,
            "left": list(self.left),
            "ok": self.ok,
        }


class Mortal(Remediations):
    """The journal, in a process that dies when it comes to a certain point of it."""

    def __init__(self, journal: Remediations, passes: Callable[[str], None]) -> None:
        super().__init__(journal._database)
        self._passes = passes

    def admit(self, *given: Any) -> Any:
        return self._around("admission", lambda: super(Mortal, self).admit(*given))

    def intend(self, run: Any, number: int, *, undoing: bool) -> None:
        name = f"{'undo' if undoing else 'step'}-{number}"
        self._around(
            f"{name}: intention", lambda: super(Mortal, self).intend(run, number, undoing=undoing)
        )

    def ended(self, run: Any, line: JournalLine) -> None:
        name = f"{'undo' if line.undoing else 'step'}-{line.number}"
        self._around(f"{name}: end", lambda: super(Mortal, self).ended(run, line))

    def begin_undoing(self, run: Any, because: str) -> None:
        self._around("undoing begins", lambda: super(Mortal, self).begin_undoing(run, because))

    def finish(self, run: Any, outcome: RemediationOutcome, result: str) -> None:
        self._around("the result", lambda: super(Mortal, self).finish(run, outcome, result))

    def _around(self, what: str, write: Callable[[], Any]) -> Any:
        self._passes(f"{what}: before it is written")
        answer = write()
        self._passes(f"{what}: after it is written")
        return answer


@dataclass
class Attempt:
    """One attempt in this process; `passed` are the points that it came to."""

    place: Path
    number: int
    die_at: str
    passed: list[str] = field(default_factory=list)

    def run(self) -> None:
        """Run it, leave its result in the place, or die."""
        (self.place / "worker.pid").write_text(str(os.getpid()))
        (self.place / "die-at").write_text(self.die_at)
        records = RecordStore(f"sqlite:///{self.place / _RECORDS}")
        records.remediations = Mortal(records.remediations, self._pass)
        remediation = Remediation(
            PolicySource(self.place / "policy.yaml"),
            records,
            self.place / "workplaces",
            lease=LEASE,
        )
        activities = RemediationActivities(remediation)
        request = RemediationRequest(
            key="INC-KILLED0000:1:runbook:1",
            incident_id="INC-KILLED0000",
            service="wiki",
            runbook="repair",
        )
        result = asyncio.run(ActivityEnvironment().run(activities.remediate, request))
        (self.place / "result.json").write_text(result.model_dump_json())
        (self.place / "passed").write_text("\n".join(self.passed))

    def _pass(self, point: str) -> None:
        self.passed.append(point)
        if point == self.die_at:
            os.kill(os.getpid(), signal.SIGKILL)


def _attempt(place: str, number: int, die_at: str) -> None:
    Attempt(Path(place), number, die_at).run()
    # Python may take the process down when it ends beside the client's threads.
    hard_exit(0)


def see(case: Case, place: Path) -> Seen:
    """Let it be killed, let the next attempts be made, and count what is there."""
    _write_company(case, place)
    for number, die_at in enumerate((*case.deaths, ""), start=1):
        process = _FORKING.Process(target=_attempt, args=(str(place), number, die_at))
        process.start()
        process.join(PATIENCE)
        if process.exitcode is None:
            process.kill()
            raise TimeoutError(f"{case.point}: attempt {number} did not end")
        if process.exitcode not in (0, -signal.SIGKILL):
            raise RuntimeError(f"{case.point}: attempt {number} failed")
        if process.exitcode == 0:
            break
    numbers = range(1, case.steps + 1)
    done = Counter((place / "effects").read_text().split())
    result = RemediationResult.model_validate_json((place / "result.json").read_text())
    return Seen(
        case,
        effects=tuple(done[f"step-{number}"] for number in numbers),
        undos=tuple(done[f"undo-{number}"] for number in numbers),
        outcome=result.outcome,
        left=result.left,
    )


def points(helps: bool, steps: int, place: Path) -> list[str]:
    """Every point that a run comes to which nobody kills."""
    see(Case(helps, True, steps), place)
    journal = (place / "passed").read_text().splitlines()
    programs = [
        f"{name}: {when} its effect"
        for name in dict.fromkeys((place / "effects").read_text().split())
        for when in ("before", "after")
    ]
    return [*journal, *programs]


def cases(place: Path, steps: int, twice: int, seed: int) -> Iterator[Case]:
    """One for each point of each kind of runbook, and some that are killed twice."""
    chance = random.Random(seed)
    for helps in (True, False):
        everywhere = points(helps, steps, _made(place / f"points-{helps}"))
        for checks in (True, False):
            yield Case(helps, checks, steps)
            for point in everywhere:
                yield Case(helps, checks, steps, (point,))
            for _ in range(twice):
                first, second = sorted(chance.sample(range(len(everywhere)), 2))
                yield Case(helps, checks, steps, (everywhere[first], everywhere[second]))


def see_all(steps: int = STEPS, twice: int = 0, seed: int = 0) -> list[Seen]:
    """The whole table."""
    # What reading a policy imports is there before the forks, which would each import it.
    load_policy(SHIPPED_POLICY)
    with tempfile.TemporaryDirectory() as place:
        parent = Path(place)
        _migrate(parent)
        planned = list(cases(parent, steps, twice, seed))
        places = [_made(parent / str(number)) for number in range(len(planned))]
        with ProcessPoolExecutor(_AT_ONCE, mp_context=_FORKING) as processes:
            return list(processes.map(see, planned, places))


def _migrate(parent: Path) -> None:
    """Make the record store that each place gets a copy of, in a process of its own."""
    process = _FORKING.Process(target=_prepare, args=(str(parent / _RECORDS),))
    process.start()
    process.join(PATIENCE)
    if process.exitcode != 0:
        process.kill()
        raise RuntimeError("the record store could not be made")


def _prepare(file: str) -> None:
    records = RecordStore(f"sqlite:///{file}")
    records.prepare()
    records.close()
    hard_exit(0)


def _made(place: Path) -> Path:
    place.mkdir()
    shutil.copy(place.parent / _RECORDS, place / _RECORDS)
    return place


def _write_company(case: Case, place: Path) -> None:
    for name, text in (("program", _PROGRAM), ("check", _CHECK)):
        (place / name).write_text(text)
        (place / name).chmod(0o755)
    (place / "effects").touch()
    if case.helps:
        (place / "helps").touch()
    steps = [
        {"run": ["./program"], "undo": ["./program"]}
        | ({"check": ["./check", str(number)]} if case.checks else {})
        for number in range(1, case.steps + 1)
    ]
    repair = {"title": "Repair it", "match": {"services": ["wiki"]}, "steps": steps}
    company = _COMPANY | {
        "runbooks": {
            "repair": repair | {"check": ["./check", "all", str(case.steps)], "approval": "never"}
        },
    }
    (place / "policy.yaml").write_text(yaml.safe_dump(company))


# A fork starts an attempt in no time, and this process has no thread that it could miss.
_FORKING = multiprocessing.get_context("fork")


def table(rows: Sequence[Seen]) -> Table:
    """For people."""
    shown = Table("killed", "effects", "undos", "outcome", "ok")
    for seen in rows:
        shown.add_row(
            seen.case.point,
            " ".join(map(str, seen.effects)),
            " ".join(map(str, seen.undos)),
            seen.outcome,
            "yes" if seen.ok else "NO",
        )
    return shown


def main() -> NoReturn:
    """Print the table, or with --json the rows; exit code 1 when a point is not ok."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.kill_points",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    parser.add_argument("--steps", type=int, default=STEPS, help="steps of the runbook")
    parser.add_argument("--twice", type=int, default=0, help="how many of each kind die twice")
    parser.add_argument("--seed", type=int, default=0, help="draws where those die")
    options = parser.parse_args()
    rows = see_all(options.steps, options.twice, options.seed)
    if options.json:
        print(json.dumps([seen.row() for seen in rows], indent=2))
    else:
        Console().print(table(rows))
        said = sum(seen.outcome is RemediationOutcome.UNKNOWN for seen in rows)
        print(
            f"{len(rows)} cases: {sum(seen.ok for seen in rows)} ok, of which {said} say that "
            "something is unknown"
        )
    sys.stdout.flush()
    hard_exit(0 if all(seen.ok for seen in rows) else 1)


if __name__ == "__main__":
    main()
