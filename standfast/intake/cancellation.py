"""Tells a failed call from a cancelled one: Temporal's client raises the same error for both."""

import asyncio


def is_cancelled() -> bool:
    """Whether this task is being cancelled: then its call's error is no failure of the server."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
