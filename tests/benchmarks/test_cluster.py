"""The benchmark of a cluster, with few incidents and the real processes."""

from pathlib import Path

import pytest

from benchmarks.cluster import throughput
from benchmarks.deaths import deaths
from tests.records.conftest import postgresql

__all__ = ["postgresql"]

pytestmark = pytest.mark.long


@pytest.mark.nightly
async def test_it_measures_as_many_workers_as_it_is_told(tmp_path: Path, postgresql: str) -> None:
    runs = await throughput([1, 2], n=2, at_once=2, place=tmp_path, database=postgresql)
    assert [run.workers for run in runs] == [1, 2]
    assert all(run.per_second > 0 and run.worker_cpu_ms > 0 for run in runs)


@pytest.mark.nightly
async def test_nothing_is_lost_whatever_dies(tmp_path: Path, postgresql: str) -> None:
    died = await deaths(n=8, at_once=4, place=tmp_path, database=postgresql)
    assert died.whole
    assert died.killed == ["worker", "API", "Temporal server", "connections to PostgreSQL"]
