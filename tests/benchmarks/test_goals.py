"""The table of goals: what is measured, whether that is enough, and what is missing is said."""

from typing import Any

from benchmarks.goals import GOALS, MET, NOT_MEASURED, NOT_MET, rows

THROUGHPUT: dict[str, Any] = {
    "systems": {
        "standfast": {"median_per_second": 30.0, "worker_cpu_ms": 36.0},
        "tutorial": {"median_per_second": 20.0},
    },
    "ratios": {"tutorial": {"median": 1.5}},
}
COST = [
    {"path": "automatic", "events": 99, "workflow_tasks": 99, "actions": 99},
    {"path": "human", "events": 52, "workflow_tasks": 9, "actions": 14},
]
LATENCY = {
    "ratio_p50": 1.2,
    "ratio_p99": 1.4,
    "report_to_page": {"p50_ms": 60.0},
    "bare_workflow": {"p50_ms": 50.0},
}


def scale(open_incidents: int, **changes: Any) -> dict[str, Any]:
    figures = {
        "open": open_incidents,
        "lost": 0,
        "opened_per_second": 61.0,
        "slopes": {"memory_kb_cached": 59.9, "temporal_db_kb": None},
        "compared": {"resolve_p99_ms": 1.4, "slowest_list_p95_ms": [20.0, 160.0]},
        "steps": [
            {"open": 100, "resolve": {"p99_ms": 50.0}},
            {"open": open_incidents, "resolve": {"p99_ms": 70.0}},
        ],
    }
    return figures | changes


def storm(alerts: int, ratio: float, lost: int = 0) -> dict[str, Any]:
    one = {
        "alerts": alerts,
        "ratio_p99": ratio,
        "lost": lost,
        "p1_storm": {"p99_ms": 100.0 * ratio},
        "p1_idle": {"p99_ms": 100.0},
    }
    return {"with_priorities": one, "without_priorities": one | {"ratio_p99": 70.0}}


def verdict(benchmark: str, document: Any, what: str) -> str:
    (row,) = [row for row in rows({benchmark: document}) if row.what.startswith(what)]
    return row.verdict


def test_every_goal_has_a_row_and_says_how_it_is_measured() -> None:
    found = list(rows({}))
    assert len(found) == len(GOALS)
    assert all(row.verdict == NOT_MEASURED for row in found)
    assert all("python -m benchmarks." in row.measured or "--dbos" in row.measured for row in found)


def test_what_reaches_its_limit_is_met_and_what_does_not_is_not() -> None:
    assert verdict("throughput", THROUGHPUT, "same job against the tutorial") == MET
    assert verdict("throughput", THROUGHPUT, "worker CPU") == NOT_MET
    assert verdict("cost", COST, "human path") == NOT_MET
    assert verdict("latency", LATENCY, "report → first page") == MET
    assert verdict("latency", LATENCY | {"ratio_p99": 1.6}, "report → first page") == NOT_MET
    assert verdict("scale", scale(100_000), "worker memory") == MET
    assert verdict("scale", scale(100_000), "opening") == MET
    assert verdict("scale", scale(100_000), "board") == NOT_MET
    started = {"help_s": 0.2, "show_s": 0.5, "report_s": 0.51}
    assert verdict("starting", started, "starting") == NOT_MET


def test_dbos_is_not_measured_without_a_place_where_it_is() -> None:
    (row,) = [row for row in rows({"throughput": THROUGHPUT}) if "DBOS" in row.what]
    assert row.verdict == NOT_MEASURED
    assert "--dbos VENV URL" in row.measured


def test_a_slope_that_a_small_run_does_not_have_is_not_measured() -> None:
    assert verdict("scale", scale(100_000), "disk") == NOT_MEASURED


def test_a_smaller_run_is_no_proof() -> None:
    assert verdict("scale", scale(100_000), "resolve") == MET
    assert verdict("scale", scale(5_000), "resolve") == "met, with 5,000 only"
    assert verdict("storm", storm(10_000, 2.9), "P1") == MET
    assert verdict("storm", storm(500, 3.1), "P1") == "not met, with 500 only"


def test_a_thousand_runs_with_faults_must_all_be_sound() -> None:
    sound = {"runs": 1_000, "lost": 0, "doubled": 0, "stuck": 0, "longest_recovery_s": 20.0}
    assert verdict("faults", sound, "lost / doubled / stuck") == MET
    assert verdict("faults", sound | {"doubled": 1}, "lost / doubled / stuck") == NOT_MET
    assert verdict("faults", sound | {"runs": 10}, "lost / doubled / stuck") == "met, with 10 only"


def test_what_lost_a_page_has_not_met_its_goal() -> None:
    assert verdict("storm", storm(10_000, 2.0, lost=1), "P1") == NOT_MET
    assert verdict("scale", scale(100_000, lost=1), "opening") == NOT_MET
