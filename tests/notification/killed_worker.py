"""A worker's process that delivers many pages at once and says which it knows to be delivered.

python -m tests.notification.killed_worker PLACE ADDRESS COUNT
"""

import asyncio
import sys
from pathlib import Path

from tests.notification.office import Office, notify, numbered


async def deliver(place: Path, address: str, count: int) -> None:
    activities = Office(place).activities(f"json://{address}")

    async def one(number: int) -> None:
        message = numbered(number)
        await notify(activities, message)
        print(message.key, flush=True)

    await asyncio.gather(*map(one, range(count)))


if __name__ == "__main__":
    asyncio.run(deliver(Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])))
