"""Reads the lines of a file, compressed or not, back to a moment and within a budget."""

import bz2
import gzip
import lzma
import os
import zlib
from collections.abc import Iterator
from typing import IO

from standfast.logs.budget import Budget
from standfast.logs.rotation import PACKED, LogFile

LARGEST_READ = 20_000_000
"""Bytes at the end of a plain file that are read."""

LARGEST_UNPACKED = 100_000_000
"""Bytes that one compressed file may hold: its end cannot be had without all before it."""

LONGEST_LINE = 64_000
"""Bytes; what goes beyond is read as a line that continues this one."""


_COST_OF_A_LINE = 40
"""Bytes that a line counts for beside its own: an empty one takes time too."""


class Unreadable(Exception):  # noqa: N818
    """A file, or the rest of it, cannot be read; in words why."""


class Opened:
    """A file being read; `cut` where it has a beginning that is left out."""

    def __init__(self, file: LogFile, budget: Budget) -> None:
        self._file = file
        self._budget = budget
        self.cut = False

    def lines(self) -> Iterator[str]:
        """Its lines, in order. What is written while it is read is not read any more.

        Raises:
            Unreadable: it is damaged, too large, or the budget is used up; or an OSError.
        """
        packing = self._file.packing
        if packing and packing not in PACKED:
            raise Unreadable(f"files that end in {packing} cannot be unpacked here")
        try:
            with open(self._file.path, "rb") as file:
                if packing:
                    yield from self._of_packed(file, packing)
                else:
                    yield from self._of_plain(file)
        except (EOFError, zlib.error, lzma.LZMAError) as error:
            raise Unreadable(f"is damaged: {error}") from error
        except OSError as error:
            if packing and error.errno is None:  # how gzip and bz2 say that it is none of theirs
                raise Unreadable(f"is damaged: {error}") from error
            raise

    def _of_plain(self, file: IO[bytes]) -> Iterator[str]:
        left = os.fstat(file.fileno()).st_size
        if left > LARGEST_READ:
            self.cut = True
            file.seek(left - LARGEST_READ)
            left = LARGEST_READ - len(file.readline(LONGEST_LINE))
        while left > 0 and (raw := file.readline(LONGEST_LINE)):
            left -= len(raw)
            self._count(len(raw))
            yield raw.decode(errors="replace")

    def _of_packed(self, file: IO[bytes], packing: str) -> Iterator[str]:
        unpacked: IO[bytes]
        if packing == ".gz":
            unpacked = gzip.GzipFile(fileobj=file)  # type: ignore[assignment]
        elif packing == ".bz2":
            unpacked = bz2.BZ2File(file)
        else:
            unpacked = lzma.LZMAFile(file)  # noqa: SIM115  # `with` follows
        total = 0
        with unpacked:
            while raw := unpacked.readline(LONGEST_LINE):
                total += len(raw)
                if total > LARGEST_UNPACKED:
                    raise Unreadable(f"holds more than {LARGEST_UNPACKED // 1_000_000} MB unpacked")
                self._count(len(raw))
                yield raw.decode(errors="replace")

    def _count(self, size: int) -> None:
        if why := self._budget.take(size + _COST_OF_A_LINE):
            raise Unreadable(why)
