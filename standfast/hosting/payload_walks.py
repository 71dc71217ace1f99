"""Spares the SDK its walks through payloads where they have nothing to do.

For every workflow task the SDK walks three times through the payloads that came and three times
through those that go: for a codec and for external storage. Where neither is configured, as here,
each walk copies every payload and changes none. That was a quarter of a worker's Python time
(docs/performance.md). It uses private parts of the SDK, whose release is pinned: in a release
without them nothing is changed.
"""

from functools import wraps
from typing import Any

import temporalio.bridge.worker as bridge
from temporalio.converter import DataConverter
from temporalio.converter._extstore import StorageOperationMetrics

_WALKS = ("decode_activation", "encode_completion")


def skip_idle_walks() -> None:
    """For all workers of this process. With a codec or external storage, all stays as it is."""
    for name in _WALKS:
        walk = getattr(bridge, name, None)
        if walk is None or hasattr(walk, "__wrapped__"):
            continue
        setattr(bridge, name, _where_it_has_something_to_do(walk))


def _where_it_has_something_to_do(walk: Any) -> Any:
    @wraps(walk)
    async def walked(
        task: Any, data_converter: DataConverter, *args: Any, **options: Any
    ) -> StorageOperationMetrics:
        if data_converter.payload_codec is None and data_converter.external_storage is None:
            return StorageOperationMetrics()
        metrics: StorageOperationMetrics = await walk(task, data_converter, *args, **options)
        return metrics

    return walked
