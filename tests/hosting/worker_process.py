"""A worker as a person starts it: `worker.py` in a process of its own, and what it says."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from standfast.hosting.data_directory import ServerRecord, running_server
from standfast.hosting.settings import Settings
from tests.hosting.processes import eventually
from tests.patience import PATIENCE

REPOSITORY = Path(__file__).parents[2]


class Process:
    """One process; `command` is what Python runs, in the repository or another installation."""

    def __init__(
        self,
        data_dir: Path,
        variables: Mapping[str, str] | None = None,
        stdout: int | None = None,
        command: Sequence[str] = ("worker.py",),
        place: Path = REPOSITORY,
    ) -> None:
        self.settings = Settings(data_dir=data_dir, temporal_port=0)
        data_dir.parent.mkdir(exist_ok=True)
        self._words, self._errors = data_dir.with_suffix(".out"), data_dir.with_suffix(".err")
        with self._words.open("w") as words, self._errors.open("w") as errors:
            self._process = subprocess.Popen(
                [sys.executable, *command],
                cwd=place,
                env={
                    "PATH": os.environ["PATH"],
                    "STANDFAST_DATA_DIR": str(data_dir),
                    "STANDFAST_TEMPORAL_PORT": "0",
                    "STANDFAST_WORKER_PROCESSES": "1",  # wherever the tests run
                    **(variables or {}),
                },
                stdout=words if stdout is None else stdout,
                stderr=errors,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        self.pid = self._process.pid

    @property
    def words(self) -> str:
        return self._words.read_text()

    @property
    def errors(self) -> str:
        return self._errors.read_text()

    def says(self, text: str) -> None:
        """Wait until it has said that."""

        def said() -> bool:
            assert text in self.words or self._process.poll() is None, self.errors
            return text in self.words

        eventually(said, text)

    def has_restarted(self, times: int) -> bool:
        """Whether its server came up again so often."""
        return self.errors.count("The Temporal server runs again") == times

    def server(self) -> ServerRecord:
        record = running_server(self.settings.data_dir)
        assert record
        assert record.server_pid
        return record

    def send(self, number: signal.Signals) -> None:
        if self._process.poll() is None:
            self._process.send_signal(number)

    def exit_code(self) -> int:
        return self._process.wait(PATIENCE)

    def ended(self) -> bool:
        return self._process.poll() is not None

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(PATIENCE)
