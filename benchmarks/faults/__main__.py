"""Is anything lost, doubled or stuck, whatever breaks?

    python -m benchmarks.faults [--runs N] [--seed S] [--out FILE] [--json]
    python -m benchmarks.faults --plan [--runs N] [--seed S]
    python -m benchmarks.faults --summary FILE... [--json]

Each run has a seed, from S on, and by it a schedule of faults over a mixed load: reports through
the API, the command and mail, alerts, and people who act. It has a worker, a Temporal server and an
API of its own, which end with it. Afterwards what arrived, what is on record and what the clients
were told is compared. With --out each run is a line of FILE, and seeds that FILE has are left out:
so a thousand runs can be collected over days. Exit code 1 when anything was lost, doubled or stuck.

As root on Linux each run has a small disk of its own, and disks are filled; with a C compiler
clocks jump. Else these are left out, and the table says how often.
"""

import argparse
import asyncio
import json
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import NoReturn

from benchmarks.faults.kinds import FAULTS
from benchmarks.faults.plan import Plan, plan_of
from benchmarks.faults.results import append, commit, document, read, tables
from benchmarks.faults.run import RunResult, run
from benchmarks.machine import machine
from benchmarks.output import result_console
from benchmarks.usage import needs_linux
from standfast.hosting.hard_exit import hard_exit

SPANS = {name: fault.span for name, fault in FAULTS.items()}


def _runs(plans: Sequence[Plan], out: Path | None) -> list[RunResult]:
    known = {one.seed: one for one in (read([out]) if out else [])}
    results = []
    code, here = commit(), machine()
    for plan in plans:
        if plan.seed in known:
            results.append(known[plan.seed])
            continue
        keep = out.with_suffix(".failed") if out else None
        result = asyncio.run(run(plan, code, here, keep))
        results.append(result)
        if out:
            append(out, result)
        found = (*result.lost, *result.doubled, *result.stuck)
        slowest = max((seconds for _, seconds in result.recoveries), default=0.0)
        print(
            f"seed {plan.seed}: {len(found) or 'nothing'} found, {result.reports} reports, "
            f"recovery in at most {slowest:.1f} s, {result.seconds:.0f} s in all",
            file=sys.stderr,
        )
        for kind in ("lost", "doubled", "stuck"):
            for what in getattr(result, kind):
                print(f"  {kind}: {what}", file=sys.stderr)
    return results


def _interrupted(*_: object) -> NoReturn:
    raise KeyboardInterrupt


def main() -> NoReturn:
    """Print the tables, or with --json the document; exit 1 where something is not sound."""
    parser = argparse.ArgumentParser(
        prog="benchmarks.faults",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--runs", type=int, default=10, help="how many; about 40 s each")
    parser.add_argument("--seed", type=int, default=1, help="of the first; the next ones follow")
    parser.add_argument("--out", type=Path, help="the file to which each run is added as a line")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--plan", action="store_true", help="print the schedules, and do nothing")
    instead.add_argument("--summary", type=Path, nargs="+", metavar="FILE", help="of these files")
    chosen = parser.parse_args()
    if chosen.runs < 1:
        parser.error("--runs: at least 1")
    plans = [plan_of(seed, SPANS) for seed in range(chosen.seed, chosen.seed + chosen.runs)]
    if chosen.plan:
        print("\n".join(line for plan in plans for line in plan.lines()))
        sys.exit(0)
    console = result_console()
    if chosen.summary:
        results = read(chosen.summary)
    else:
        needs_linux()
        signal.signal(signal.SIGTERM, _interrupted)
        try:
            results = _runs(plans, chosen.out)
        except KeyboardInterrupt:
            print("interrupted; all that was started has ended", file=sys.stderr)
            hard_exit(130)
    if chosen.json:
        console.file.write(json.dumps(document(results), indent=2) + "\n")
    else:
        for table in tables(results):
            console.print(table)
    console.file.flush()
    hard_exit(0 if all(one.is_sound for one in results) else 1)


if __name__ == "__main__":
    main()
