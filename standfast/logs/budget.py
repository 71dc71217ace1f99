"""How much may be read of a service's logs: a worker has other things to do."""

import time
from dataclasses import dataclass, field


@dataclass
class Budget:
    """Bytes and seconds that are left for one source of logs."""

    bytes: int = 200_000_000
    seconds: float = 120.0
    _ends: float = field(init=False)

    def __post_init__(self) -> None:
        self._ends = time.monotonic() + self.seconds

    def take(self, count: int) -> str | None:
        """Use so many bytes; why no more may be read, or None."""
        self.bytes -= count
        if self.bytes < 0:
            return "the logs hold more than is read of them"
        if time.monotonic() > self._ends:
            return f"there was no time to read it, after {self.seconds:.0f} s"
        return None
