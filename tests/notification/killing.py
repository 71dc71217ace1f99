"""Workers that are killed at a channel, from outside: who starts them, and kills each."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from queue import Queue

import yaml
from sqlalchemy import select, update

from standfast.notification.kinds.phone import ON_ITS_WAY
from standfast.records.store import RecordStore
from standfast.records.tables import phone_messages
from tests.decisions.small_policy import SMALL
from tests.patience import PATIENCE


class Workers:
    """Workers one after the other, on one record store."""

    def __init__(self, place: Path, channels: Mapping[str, str], *, push_service: str = "") -> None:
        """They reach `dee` through these channels."""
        people = SMALL["people"] | {"dee": {"name": "Dee", "channels": dict(channels)}}
        (place / "policy.yaml").write_text(yaml.safe_dump(SMALL | {"people": people}))
        self.records = RecordStore(f"sqlite:///{place}/r.db")
        self._at_work: Queue[int] = Queue()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.notification.killed_workers", str(place), push_service],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def deliver(self, channel: str) -> int:
        """Have one deliver the page through a channel; its exit code, of a signal below 0."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(f"{channel}\n")
        self._process.stdin.flush()
        self._at_work.put(int(self._process.stdout.readline()))
        ended = int(self._process.stdout.readline())
        while not self._at_work.empty():
            self._at_work.get()
        return ended

    def kill(self) -> None:
        """Kill the one that is at work."""
        os.kill(self._at_work.get(timeout=PATIENCE), signal.SIGKILL)

    def let_time_pass(self) -> None:
        """As long as a request of the one before may still be on its way."""
        c = phone_messages.c
        with self.records._database.writing() as connection:
            for line, at in connection.execute(select(c.id, c.at)).all():
                earlier = update(phone_messages).where(c.id == line).values(at=at - ON_ITS_WAY)
                connection.execute(earlier)

    def close(self) -> None:
        """Let the last one end."""
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.close()
        self._process.wait(PATIENCE)
        self._process.stdout.close()
        self.records.close()
