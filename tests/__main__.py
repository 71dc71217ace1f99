"""Every test, part by part, and in the end what became of each: `python -m tests`."""

import signal
import subprocess
import sys
import threading
import time
from typing import NamedTuple

_BY_THE_CLOCK = (
    "tests/console/test_pages_in_a_browser.py",
    "tests/console/test_pages_axe_in_a_browser.py",
    "tests/durability",
    "tests/demo",
)
"""Their people act by the clock. They mostly wait, and want a machine that is less busy."""

_SPREAD = ("--dist", "loadfile", "--no-loadscope-reorder")


class Part(NamedTuple):
    """Tests that are run together, with what pytest is told."""

    name: str
    arguments: tuple[str, ...]


class Result(NamedTuple):
    """How a part ended, and after how many seconds."""

    part: str
    exit_code: int
    seconds: float

    def __str__(self) -> str:
        minutes, seconds = divmod(round(self.seconds), 60)
        outcome = f"FAILED with exit code {self.exit_code}" if self.exit_code else "passed"
        return f"{self.part}: {outcome} in {minutes} min {seconds} s"


# Three at a time keep two cores busy; those that wait for most of their time are put together.
PARTS = (
    Part("three at a time", ("-n", "3", *_SPREAD, *(f"--ignore={path}" for path in _BY_THE_CLOCK))),
    Part("by the clock, four at a time", ("-n", "4", *_SPREAD, *_BY_THE_CLOCK)),
)


def main() -> int:
    """Run all parts, whatever becomes of the first; the exit code: 0 if none has failed."""
    interrupted = threading.Event()
    # Ctrl-C reaches pytest too, which tells how far it came.
    signal.signal(signal.SIGINT, lambda *_: interrupted.set())
    results = [_run(part) for part in PARTS if not interrupted.is_set()]
    print()
    for result in results:
        print(result)
    return max(result.exit_code for result in results)


def _run(part: Part) -> Result:
    began = time.monotonic()
    ended = subprocess.run([sys.executable, "-m", "pytest", *part.arguments], check=False)
    return Result(part.name, ended.returncode, time.monotonic() - began)


if __name__ == "__main__":
    sys.exit(main())
