"""What a program may use: limits that the kernel keeps for it and for all that it starts."""

import signal
from collections.abc import Iterator
from dataclasses import dataclass

_BY_SIGNAL = {
    128 + signal.SIGXCPU: "it used all the processor time that it may",
    128 + signal.SIGXFSZ: "it wrote a larger file than it may",
}


@dataclass(frozen=True)
class ResourceLimits:
    """What a program may use, each of its processes by itself; None: as much as we may.

    cpu_seconds: processor time. SIGXCPU then, and SIGKILL a second of processor time later.
    memory_bytes: address space; what asks for more is refused.
    file_bytes: the largest file that it may write; SIGXFSZ beyond.
    open_files: at once.

    There never is a core dump, which would leave on the disk what was in memory.
    """

    cpu_seconds: int | None = None
    memory_bytes: int | None = None
    file_bytes: int | None = None
    open_files: int | None = None

    def settings(self) -> Iterator[str]:
        """As the supervisor takes them: `NAME=SOFT:HARD`, the names of `resource.RLIMIT_…`."""
        yield "CORE=0:0"
        for name, limit, more in (
            ("CPU", self.cpu_seconds, 1),
            ("FSIZE", self.file_bytes, 0),
            ("NOFILE", self.open_files, 0),
            ("AS", self.memory_bytes, 0),
        ):
            if limit is not None:
                yield f"{name}={limit}:{limit + more}"


UNLIMITED = ResourceLimits()


def limit_reached(exit_code: int | None) -> str:
    """Which limit ended a program, in words that follow its exit code; empty where none is known.

    A lack of memory or of open files is not among them: the program itself must say so.
    """
    return _BY_SIGNAL.get(exit_code, "") if exit_code is not None else ""
