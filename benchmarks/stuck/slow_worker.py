"""A worker that begins no incident before so many seconds, for a process that is to be killed.

    python -m benchmarks.stuck.slow_worker SECONDS

The settings are those of `worker.py`; TEMPORAL_ADDRESS must be one of them.
"""

import asyncio
import sys
from typing import NoReturn

from benchmarks.stuck.slow import Slow, slowed
from standfast.hosting.connection import connect
from standfast.hosting.hard_exit import hard_exit
from standfast.hosting.projector import Projector
from standfast.hosting.records import open_records
from standfast.hosting.settings import load_settings
from standfast.hosting.wiring import build_activities, build_worker
from standfast.policy_file.source import PolicySource

AT_WORK = "at work"

_FIRST = ("assess",)
"""What is asked first of an incident."""


async def _work(seconds: float) -> None:
    settings = load_settings()
    client = slowed(await connect(settings), Slow(seconds, spread=0.0, only=_FIRST))
    records = open_records(settings)
    activities = build_activities(PolicySource(settings.policy), records, data=settings.data_dir)
    with Projector(records.projections) as projector:
        async with build_worker(client, settings, activities, projector=projector) as worker:
            print(AT_WORK, flush=True)
            await worker.run()


def main() -> NoReturn:
    """Until it is killed."""
    asyncio.run(_work(float(sys.argv[1])))
    hard_exit(1)


if __name__ == "__main__":
    main()
