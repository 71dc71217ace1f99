"""What the steps of a run say: each slope by the steps that it is about."""

from typing import Any

import pytest

from benchmarks.growth import Step, document
from benchmarks.looking import LOOKS

CACHE = 2_000
"""Incidents that these workers keep in memory."""


def step(to: int, opened: int, **changes: Any) -> Step:
    """A step of a run in which all grows evenly, but for the workers once their cache is full."""
    cached = min(to, CACHE)
    figures: dict[str, Any] = {
        "open": to,
        "opened": opened,
        "lost": 0,
        "opened_per_second": 50.0,
        "worker_cpu_ms": 20.0,
        "server_cpu_ms": 30.0,
        "driver_cpu_ms": 5.0,
        "cached": cached,
        "worker_bytes": 100_000_000 + 60_000 * cached + 100 * (to - cached),
        "server_bytes": 200_000_000 + 1_000 * to,
        "api_bytes": 90_000_000,
        "temporal_db_bytes": 0,
        "temporal_db_grew": 9_000 * opened,
        "records_db_bytes": 0,
        "records_db_grew": 2_000 * opened,
        "acknowledge": {"p50_ms": 20.0, "p99_ms": 40.0},
        "resolve": {"p50_ms": 20.0, "p99_ms": 40.0},
        "looks": {name: {"p50_ms": 5.0, "p95_ms": 10.0} for name in LOOKS},
    }
    return Step(**figures | changes)


STEPS = [
    step(100, 100),
    step(1_000, 900),
    step(2_000, 1_000),
    step(5_000, 3_000),
    step(8_000, 3_000),
]


def test_memory_has_a_slope_while_the_cache_fills_and_another_once_it_is_full() -> None:
    slopes = document(STEPS)["slopes"]
    assert slopes["memory_kb_cached"] == 60.0
    assert slopes["memory_kb_beyond_the_cache"] == 0.1


def test_disk_is_what_opening_took_and_not_what_else_was_done() -> None:
    slopes = document([one.model_copy(update={"temporal_db_bytes": 10**9}) for one in STEPS])[
        "slopes"
    ]
    assert (slopes["temporal_db_kb"], slopes["records_db_kb"]) == (9.0, 2.0)


def test_the_last_is_compared_with_the_first() -> None:
    slower = step(8_000, 3_000, resolve={"p50_ms": 30.0, "p99_ms": 50.0})
    compared = document([*STEPS[:-1], slower])["compared"]
    assert compared["open"] == [100, 8_000]
    assert (compared["resolve_p50_ms"], compared["resolve_p99_ms"]) == (1.5, 1.25)
    assert compared["acknowledge_p99_ms"] == 1.0


def test_the_slowest_list_is_none_of_a_single_incident() -> None:
    looks = {name: {"p50_ms": 1.0, "p95_ms": 10.0} for name in LOOKS}
    looks |= {
        "incident_page": {"p50_ms": 1.0, "p95_ms": 900.0},
        "list": {"p50_ms": 1.0, "p95_ms": 20.0},
    }
    compared = document([STEPS[0], step(1_000, 900, looks=looks)])["compared"]
    assert compared["slowest_list_p95_ms"] == [10.0, 20.0]


def test_a_million_goes_on_along_the_lines() -> None:
    million = document(STEPS)["a_million"]
    assert million["temporal_db_gb"] == pytest.approx(9.0)
    assert million["server_gb"] == pytest.approx(1.2)
    assert million["worker_gb"] == pytest.approx(0.32)
    assert million["hours_to_open"] == pytest.approx(5.6)


def test_where_workers_tell_nothing_no_slope_is_made_up() -> None:
    silent = document([one.model_copy(update={"cached": None}) for one in STEPS])
    assert silent["slopes"]["memory_kb_cached"] is None


def test_what_was_lost_and_how_fast_it_went_is_over_all_steps() -> None:
    found = document([step(100, 100, opened_per_second=10.0), step(400, 300, lost=2)])
    assert found["lost"] == 2
    assert found["opened_per_second"] == 25.0
