"""Percentiles are of the times in milliseconds."""

from benchmarks.percentiles import percentile, percentiles


def test_percentiles_are_of_the_times_in_milliseconds() -> None:
    hundred = [n / 1000 for n in range(101)]
    assert percentiles(hundred, 50, 99) == {"p50_ms": 50.0, "p99_ms": 99.0}
    assert percentiles([0.2, 0.2], 50, 95) == {"p50_ms": 200.0, "p95_ms": 200.0}


def test_one_time_is_all_its_percentiles() -> None:
    assert percentile([0.0123], 99) == 12.3
