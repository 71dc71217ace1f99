"""A wall clock that jumps, for the processes of a run: a library that is loaded before libc."""

import shutil
import struct
import subprocess
from pathlib import Path

_SOURCE = Path(__file__).with_name("clock.c")
COMPILER = "cc"


class Clock:
    """Whoever is started with `variables` reads a wall clock that `jump` moves.

    Only programs that ask libc for the time: Python does, the Temporal server does not. Without a
    C compiler nothing moves.
    """

    def __init__(self, place: Path) -> None:
        self.variables: dict[str, str] = {}
        compiler = shutil.which(COMPILER)
        if compiler is None:
            return
        library, self._offset = place / "clock.so", place / "clock.offset"
        self.jump_to(0)
        subprocess.run(
            [compiler, "-shared", "-fPIC", "-O1", "-o", str(library), str(_SOURCE), "-ldl"],
            check=True,
        )
        self.variables = {"LD_PRELOAD": str(library), "FAULTS_CLOCK": str(self._offset)}

    def jump_to(self, seconds: int) -> None:
        """From now on be so many seconds ahead of the machine's clock."""
        if not self._offset.exists():
            self._offset.write_bytes(bytes(8))
        with self._offset.open("r+b") as file:  # in place: the processes have it mapped
            file.write(struct.pack("l", seconds))
