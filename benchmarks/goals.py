"""The goals of speed, scale and safety, and whether a run of the benchmarks met them."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple

Documents = Mapping[str, Any]
"""What the benchmarks printed with --json, by their names."""

WHOLE = 100_000
"""Open incidents at which the goals of scale are to be met."""

WHOLE_STORM = 10_000
"""Different alerts in a storm, likewise."""

WHOLE_FAULTS = 1_000
"""Runs with faults, which are collected over days."""

MET, NOT_MET, NOT_MEASURED = "met", "not met", "not measured"


class Goal(NamedTuple):
    """What is to be reached.

    benchmark: by which it is measured; measured, reached: what its document says of it, and whether
    that is enough. how: what to do where the document says nothing. size: how large the run was, of
    `whole`.
    """

    what: str
    goal: str
    benchmark: str
    measured: Callable[[Any], str]
    reached: Callable[[Any], bool]
    how: str = ""
    size: Callable[[Any], int] | None = None
    whole: int = 0


class Row(NamedTuple):
    """A goal, what was measured, and the verdict: met, not met, or not measured."""

    what: str
    measured: str
    goal: str
    verdict: str


def rows(documents: Documents) -> Iterator[Row]:
    """One for each goal, in their order."""
    for goal in GOALS:
        document = documents.get(goal.benchmark)
        how = goal.how or f"run python -m benchmarks.{goal.benchmark}"
        if document is None:
            yield Row(goal.what, f"{NOT_MEASURED}: {how}", goal.goal, NOT_MEASURED)
            continue
        try:
            measured, verdict = goal.measured(document), _verdict(goal, document)
        except (KeyError, TypeError):
            yield Row(goal.what, f"{NOT_MEASURED}: {how}", goal.goal, NOT_MEASURED)
        else:
            yield Row(goal.what, measured, goal.goal, verdict)


def _verdict(goal: Goal, document: Any) -> str:
    verdict = MET if goal.reached(document) else NOT_MET
    size = goal.size(document) if goal.size else goal.whole
    return verdict if size >= goal.whole else f"{verdict}, with {size:,} only"


def _against(system: str, least: float, what: str, goal: str, how: str = "") -> Goal:
    """Ours against another system, by the medians of their rounds."""

    def ratio(document: Any) -> float:
        return float(document["ratios"][system]["median"])

    def measured(document: Any) -> str:
        ours, theirs = (
            document["systems"][name]["median_per_second"] for name in ("standfast", system)
        )
        return f"{ratio(document):.2f}× ({ours:.1f}/s beside {theirs:.1f}/s)"

    return Goal(
        what, goal, "throughput", measured, lambda document: ratio(document) >= least, how=how
    )


def _worker_cpu(document: Any) -> float:
    return float(document["systems"]["standfast"]["worker_cpu_ms"])


def _human(document: Any) -> tuple[int, int, int]:
    row = next(row for row in document if row["path"] == "human")
    return row["events"], row["workflow_tasks"], row["actions"]


_HUMAN = (52, 9, 13)


def _slope(name: str, what: str, most: float, goal: str) -> Goal:
    """A slope of `benchmarks.scale`, in kilobytes for each incident."""

    def kilobytes(document: Any) -> float:
        return float(document["slopes"][name])  # a TypeError where the run was too small for one

    return Goal(
        what,
        goal,
        "scale",
        lambda document: f"{kilobytes(document):.1f} kB",
        lambda document: kilobytes(document) <= most,
        how="run python -m benchmarks.scale with a larger --to",
    )


def _latency(document: Any) -> str:
    report, bare = document["report_to_page"], document["bare_workflow"]
    return (
        f"{document['ratio_p50']:.2f}× p50, {document['ratio_p99']:.2f}× p99 "
        f"(p50 {report['p50_ms']:.0f} ms beside {bare['p50_ms']:.0f} ms)"
    )


def _p1(document: Any) -> str:
    one, other = document["with_priorities"], document["without_priorities"]
    return (
        f"p99 {one['ratio_p99']:.1f}× ({one['p1_storm']['p99_ms']:.0f} ms, idle "
        f"{one['p1_idle']['p99_ms']:.0f} ms); without priorities {other['ratio_p99']:.1f}× "
        f"({other['p1_storm']['p99_ms']:.0f} ms)"
    )


def _p1_reached(document: Any) -> bool:
    storm = document["with_priorities"]
    return bool(storm["ratio_p99"] <= 3 and storm["lost"] == 0)


def _resolve(document: Any) -> str:
    few, many = (document["steps"][at] for at in (0, -1))
    return (
        f"p99 {document['compared']['resolve_p99_ms']:.2f}× ({many['resolve']['p99_ms']:.0f} ms "
        f"at {many['open']:,}, {few['resolve']['p99_ms']:.0f} ms at {few['open']:,})"
    )


def _slowest_list(document: Any) -> float:
    return float(document["compared"]["slowest_list_p95_ms"][1])


def _unsound(document: Any) -> tuple[int, int, int]:
    return document["lost"], document["doubled"], document["stuck"]


def _started(document: Any) -> tuple[float, float, float]:
    return document["help_s"], document["show_s"], document["report_s"]


GOALS = (
    _against("tutorial", 1.5, "same job against the tutorial's way, same server", "≥ 1.5×"),
    _against(
        "dbos",
        1.0,
        "same job against DBOS on PostgreSQL",
        "≥ 1.0×",
        how="give --dbos VENV URL: a virtual environment with dbos and httpx, and a database",
    ),
    Goal(
        "worker CPU an incident (human path)",
        "≤ 35 ms",
        "throughput",
        lambda document: f"{_worker_cpu(document):.0f} ms",
        lambda document: _worker_cpu(document) <= 35,
    ),
    Goal(
        "human path, events / tasks / Actions",
        "≤ 52 / 9 / 13",
        "cost",
        lambda document: " / ".join(map(str, _human(document))),
        lambda document: all(n <= most for n, most in zip(_human(document), _HUMAN, strict=True)),
    ),
    _slope("memory_kb_cached", "worker memory a cached incident", 60, "≤ 60 kB"),
    _slope("temporal_db_kb", "disk an open incident", 10, "≤ 10 kB"),
    Goal(
        "opening (report → paged), sustained",
        "≥ 60/s",
        "scale",
        lambda document: f"{document['opened_per_second']:.1f}/s, {document['lost']} lost",
        lambda document: document["opened_per_second"] >= 60 and document["lost"] == 0,
    ),
    Goal(
        "report → first page, idle, against a bare workflow",
        "≤ 1.25× p50, ≤ 1.5× p99",
        "latency",
        _latency,
        lambda document: document["ratio_p50"] <= 1.25 and document["ratio_p99"] <= 1.5,
    ),
    Goal(
        "P1 → page in a storm of 10,000 distinct alerts",
        "p99 ≤ 3× idle",
        "storm",
        _p1,
        _p1_reached,
        size=lambda document: int(document["with_priorities"]["alerts"]),
        whole=WHOLE_STORM,
    ),
    Goal(
        "resolve with 100,000 open against 100",
        "p99 ≤ 1.5×",
        "scale",
        _resolve,
        lambda document: document["compared"]["resolve_p99_ms"] <= 1.5,
        size=lambda document: int(document["open"]),
        whole=WHOLE,
    ),
    Goal(
        "board, list and search with 100,000 open",
        "≤ 150 ms p95",
        "scale",
        lambda document: f"the slowest {_slowest_list(document):.0f} ms at {document['open']:,}",
        lambda document: _slowest_list(document) <= 150,
        size=lambda document: int(document["open"]),
        whole=WHOLE,
    ),
    Goal(
        "a page while the worst input of 2 MB comes through each door",
        "≤ 1 s",
        "hostile",
        lambda document: f"the longest delay {document['longest_delay_s']:.2f} s",
        lambda document: document["longest_delay_s"] <= document["goal_s"],
    ),
    Goal(
        "starting standfast --help; show, report",
        "≤ 0.25 s; ≤ 0.5 s",
        "starting",
        lambda document: "{:.2f} s; {:.2f} s, {:.2f} s".format(*_started(document)),
        lambda document: all(
            took <= most for took, most in zip(_started(document), (0.25, 0.5, 0.5), strict=True)
        ),
    ),
    Goal(
        "lost / doubled / stuck in 1,000 runs with faults",
        "0 / 0 / 0",
        "faults",
        lambda document: (
            f"{' / '.join(map(str, _unsound(document)))} in {document['runs']:,}, recovery in at "
            f"most {document['longest_recovery_s']:.1f} s"
        ),
        lambda document: not any(_unsound(document)),
        size=lambda document: int(document["runs"]),
        whole=WHOLE_FAULTS,
    ),
)
"""In the order of the table."""
