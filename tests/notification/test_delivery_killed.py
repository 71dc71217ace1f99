"""A worker is killed while it delivers: what it knew to be delivered is not sent again."""

import asyncio
import subprocess
import sys
from collections import Counter
from pathlib import Path

from tests.http_sink import HttpSink
from tests.notification.office import Office, notify, numbered

COUNT = 60


def killed_half_way(place: Path, address: str) -> list[str]:
    """What a worker had said to be delivered when it was killed."""
    command = [sys.executable, "-m", "tests.notification.killed_worker"]
    given = [str(place), address, str(COUNT)]
    with subprocess.Popen([*command, *given], stdout=subprocess.PIPE, text=True) as worker:
        assert worker.stdout
        said = [worker.stdout.readline() for _ in range(COUNT // 3)]
        worker.kill()
        said += worker.stdout.readlines()
    return [line.strip() for line in said if line.endswith("\n")]


async def test_after_a_kill_only_what_nobody_knew_to_be_delivered_is_sent_again(
    office: Office, phone: HttpSink, tmp_path: Path
) -> None:
    known = await asyncio.to_thread(killed_half_way, tmp_path, phone.address)
    assert len(known) >= COUNT // 3
    activities = office.activities(f"json://{phone.address}")
    await asyncio.gather(*(notify(activities, numbered(number)) for number in range(COUNT)))

    sent = Counter(request.key for request in phone.requests)
    assert set(sent) == {numbered(number).key for number in range(COUNT)}
    assert {sent[key] for key in known} == {1}
    assert max(sent.values()) <= 2
