"""What the steps of `benchmarks.scale` say: slopes, a comparison, and what a million would need."""

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

from benchmarks.looking import BOARD_AND_LISTS
from benchmarks.slopes import Line, line_through
from standfast.messages.message import Message

_MILLION = 1_000_000

_STILL_FILLING = 0.5
"""Of the incidents opened in a step: where fewer stay in memory, the workers' cache is full."""


class Step(Message):
    """What it was like with so many open.

    opened_per_second: of this step, from its first report to its last page; lost: never paged.
    cached: incidents in the workers' memory, None where they did not tell. *_bytes: in all;
    *_grew: while this step's incidents were opened, and only then.
    acknowledge, resolve: p50_ms and p99_ms; looks: p50_ms and p95_ms of each.
    worker_cpu_ms, server_cpu_ms, driver_cpu_ms: for each incident that was opened.
    """

    open: int
    opened: int
    lost: int
    opened_per_second: float
    worker_cpu_ms: float
    server_cpu_ms: float
    driver_cpu_ms: float
    cached: int | None
    worker_bytes: int
    server_bytes: int
    api_bytes: int
    temporal_db_bytes: int
    temporal_db_grew: int
    records_db_bytes: int
    records_db_grew: int
    acknowledge: dict[str, float]
    resolve: dict[str, float]
    looks: dict[str, dict[str, float]]


def slowest_list(step: Step) -> float:
    """The highest p95 of the board, the lists and the searches, in milliseconds."""
    return max(step.looks[name]["p95_ms"] for name in BOARD_AND_LISTS)


def document(steps: Sequence[Step]) -> dict[str, Any]:
    """The steps, their slopes, the last compared with the first, and a million on paper."""
    return {
        "steps": [step.model_dump() for step in steps],
        "open": steps[-1].open,
        "lost": sum(step.lost for step in steps),
        "opened_per_second": _sustained(steps),
        "slopes": {
            "memory_kb_cached": _kilobytes(_memory(_while_filling(steps), by_cached=True)),
            "memory_kb_beyond_the_cache": _kilobytes(_memory(_once_full(steps))),
            "server_memory_kb": _kilobytes(_line(steps, (step.server_bytes for step in steps))),
            "temporal_db_kb": _kilobytes(_temporal_db(steps)),
            "records_db_kb": _kilobytes(_records_db(steps)),
        },
        "compared": _compared(steps[0], steps[-1]),
        "a_million": _a_million(steps),
    }


def _sustained(steps: Sequence[Step]) -> float:
    """Incidents a second over all steps: those opened, by the time that it took."""
    seconds = sum(step.opened / step.opened_per_second for step in steps)
    return round(sum(step.opened for step in steps) / seconds, 2)


def _while_filling(steps: Sequence[Step]) -> list[Step]:
    """The steps in which most of what was opened stayed in the workers' memory."""
    filling = []
    before = 0
    for step in steps:
        if step.cached is None or step.cached - before < _STILL_FILLING * step.opened:
            break
        filling.append(step)
        before = step.cached
    return filling


def _once_full(steps: Sequence[Step]) -> Sequence[Step]:
    return steps[len(_while_filling(steps)) :]


def _memory(steps: Sequence[Step], *, by_cached: bool = False) -> Line | None:
    return line_through(
        [(step.cached or 0 if by_cached else step.open, step.worker_bytes) for step in steps]
    )


def _temporal_db(steps: Sequence[Step]) -> Line | None:
    return _line(steps, accumulate(step.temporal_db_grew for step in steps))


def _records_db(steps: Sequence[Step]) -> Line | None:
    return _line(steps, accumulate(step.records_db_grew for step in steps))


def _line(steps: Sequence[Step], figures: Iterable[float]) -> Line | None:
    return line_through([(step.open, figure) for step, figure in zip(steps, figures, strict=True)])


def _kilobytes(line: Line | None) -> float | None:
    return None if line is None else round(line.slope / 1000, 2)


def _compared(first: Step, last: Step) -> dict[str, Any]:
    return {
        "open": [first.open, last.open],
        **{
            f"{action}_{name}": round(now[name] / then[name], 2)
            for action, now, then in (
                ("acknowledge", last.acknowledge, first.acknowledge),
                ("resolve", last.resolve, first.resolve),
            )
            for name in ("p50_ms", "p99_ms")
        },
        "slowest_list_p95_ms": [slowest_list(first), slowest_list(last)],
    }


def _a_million(steps: Sequence[Step]) -> dict[str, float | None]:
    """What it would need if everything goes on along its line; None where there is no line."""
    full = _memory(_once_full(steps))
    return {
        "worker_gb": _gigabytes(full),
        "server_gb": _gigabytes(_line(steps, (step.server_bytes for step in steps))),
        "temporal_db_gb": _gigabytes(_temporal_db(steps)),
        "records_db_gb": _gigabytes(_records_db(steps)),
        "hours_to_open": round(_MILLION / steps[-1].opened_per_second / 3600, 1),
    }


def _gigabytes(line: Line | None) -> float | None:
    return None if line is None else round(line.at(_MILLION) / 1e9, 2)
