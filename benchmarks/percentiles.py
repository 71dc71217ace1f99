"""Percentiles of latencies, in milliseconds."""

import statistics
from collections.abc import Sequence


def percentile(seconds: Sequence[float], hundredths: int) -> float:
    """That percentile, in milliseconds.

    >>> percentile([0.1, 0.2, 0.3], 50)
    200.0
    """
    if len(seconds) == 1:
        return round(seconds[0] * 1000, 1)
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return round(cuts[hundredths - 1] * 1000, 1)


def percentiles(seconds: Sequence[float], *hundredths: int) -> dict[str, float]:
    """Each as `p50_ms`.

    >>> percentiles([0.1, 0.2, 0.3], 50)
    {'p50_ms': 200.0}
    """
    return {f"p{each}_ms": percentile(seconds, each) for each in hundredths}
