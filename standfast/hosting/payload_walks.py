"""Spares the SDK its walks through payloads where they have nothing to do.

For every workflow task the SDK walks three times through the payloads that came and three times
through those that go: twice for external storage, which nobody configures here, and once for the
codec. Each walk copies every payload. Three were a quarter of a worker's Python time
(docs/performance.md); so only that of the codec is left, where there is one. It uses private parts
of the SDK, whose release is pinned: in a release without them nothing is changed.
"""

from functools import wraps
from typing import Any

import temporalio.bridge.worker
from temporalio.converter import DataConverter
from temporalio.converter._extstore import StorageOperationMetrics

bridge: Any = temporalio.bridge.worker

_WALKS = {
    "decode_activation": ("decode_headers", "_decode_payload_sequence"),
    "encode_completion": ("encode_headers", "_encode_payload_sequence"),
}
"""The SDK's functions, with their argument about headers and what they do to payloads."""

_PARTS = ("CommandAwarePayloadVisitor", "_Visitor")


def skip_idle_walks() -> None:
    """For all workers of this process. With external storage, all stays as it is."""
    for name, (headers, change) in _WALKS.items():
        walk = getattr(bridge, name, None)
        if walk is None or hasattr(walk, "__wrapped__"):
            continue
        if all(hasattr(bridge, part) for part in _PARTS) and hasattr(DataConverter, change):
            setattr(bridge, name, _where_it_has_something_to_do(walk, headers, change))


def _where_it_has_something_to_do(walk: Any, headers: str, change: str) -> Any:
    @wraps(walk)
    async def walked(
        task: Any, data_converter: DataConverter, *args: Any, **options: Any
    ) -> StorageOperationMetrics:
        if data_converter.external_storage is not None or args or headers not in options:
            metrics: StorageOperationMetrics = await walk(task, data_converter, *args, **options)
            return metrics
        if data_converter.payload_codec is not None:
            visitor = bridge.CommandAwarePayloadVisitor(
                skip_search_attributes=True, skip_headers=not options[headers]
            )
            await visitor.visit(bridge._Visitor(getattr(data_converter, change)), task)
        return StorageOperationMetrics()

    return walked
