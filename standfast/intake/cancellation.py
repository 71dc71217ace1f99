"""Temporal's client says the same of a call that failed and of one that somebody cut off."""

import asyncio


def is_cancelled() -> bool:
    """Whether this task is to end, so that the error of its call is no failure of the server."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
