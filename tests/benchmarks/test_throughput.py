"""Throughput: both systems on the Temporal server do the whole job; figures are by medians."""

from pathlib import Path

import pytest

from benchmarks.throughput import DBOS, OURS, TUTORIAL, Round, document, measure

pytestmark = pytest.mark.long


@pytest.mark.nightly
async def test_both_systems_do_the_job_in_turn(tmp_path: Path) -> None:
    rounds = await measure(n=3, at_once=2, rounds=2, place=tmp_path)
    assert [(one.round, one.system) for one in rounds] == [
        (0, OURS),
        (0, TUTORIAL),
        (1, TUTORIAL),
        (1, OURS),
    ]
    for one in rounds:
        assert one.per_second > 0
        assert one.worker_cpu_ms is not None
        assert one.worker_cpu_ms > 0
        assert one.driver_share is not None
    found = document(rounds)
    assert found["ratios"].keys() == {TUTORIAL}
    assert found["systems"].keys() == {OURS, TUTORIAL}


def test_ratios_are_of_the_medians_and_of_the_best() -> None:
    speeds = {OURS: (10, 20, 12), TUTORIAL: (6, 40, 6), DBOS: (10, 10, 20)}
    rounds = [
        Round(system=system, round=number, per_second=speed)
        for system, each in speeds.items()
        for number, speed in enumerate(each)
    ]
    found = document(rounds)
    assert found["ratios"] == {
        TUTORIAL: {"best": 0.5, "median": 2.0},
        DBOS: {"best": 1.0, "median": 1.2},
    }
    assert found["systems"][DBOS]["worker_cpu_ms"] is None
