"""Every test, in two parts at the same time, and in the end what became of each: `python -m tests`.

The first part mostly waits, and gets a processor whenever it wants one; the other has what is left.
"""

import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
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
    """Tests that are run together, with what pytest is told.

    niceness: to other programs. seen: at once; else its words come when all have ended.
    """

    name: str
    niceness: int
    seen: bool
    arguments: tuple[str, ...]


class Result(NamedTuple):
    """How a part ended, after how many seconds, and what it said if nobody has seen that yet."""

    part: str
    exit_code: int
    seconds: float
    said: bytes

    def __str__(self) -> str:
        minutes, seconds = divmod(round(self.seconds), 60)
        outcome = f"FAILED with exit code {self.exit_code}" if self.exit_code else "passed"
        return f"{self.part}: {outcome} in {minutes} min {seconds} s"


# Three at a time keep two cores busy.
PARTS = (
    Part(
        "three at a time",
        5,
        True,
        ("-n", "3", *_SPREAD, *(f"--ignore={path}" for path in _BY_THE_CLOCK)),
    ),
    Part(
        "beside them by the clock, two at a time", 0, False, ("-n", "2", *_SPREAD, *_BY_THE_CLOCK)
    ),
)


def main() -> int:
    """Run both parts, whatever becomes of the other; the exit code: 0 if neither has failed."""
    # Ctrl-C reaches each pytest too, which tells how far it came.
    signal.signal(signal.SIGINT, lambda *_: None)
    with ThreadPoolExecutor(len(PARTS)) as threads:
        results = [*threads.map(_run, PARTS)]
    for result in results:
        sys.stdout.buffer.write(result.said)
    print("", *results, sep="\n", flush=True)
    return max(result.exit_code for result in results)


def _run(part: Part) -> Result:
    began = time.monotonic()
    ended = subprocess.run(
        ["nice", "-n", str(part.niceness), sys.executable, "-m", "pytest", *part.arguments],
        stdout=None if part.seen else subprocess.PIPE,
        stderr=None if part.seen else subprocess.STDOUT,
        check=False,
    )
    return Result(part.name, ended.returncode, time.monotonic() - began, ended.stdout or b"")


if __name__ == "__main__":
    sys.exit(main())
