"""What is written to the log, and how much of it."""

import io
import logging

from standfast.hosting.logs import (
    INTERVAL,
    LONGEST_LINE,
    MOST_LINES,
    MOST_OF_ONE,
    Throttle,
    _OneLine,
)


class Log:
    """A logger whose lines are kept, and its clock."""

    def __init__(self) -> None:
        self.now = 100.0
        self._written = io.StringIO()
        handler = logging.StreamHandler(self._written)
        handler.setFormatter(_OneLine("%(levelname)s %(message)s"))
        self.throttle = Throttle(handler, lambda: self.now)
        self.logger = logging.Logger("standfast.test")
        self.logger.addHandler(self.throttle)

    def lines(self) -> list[str]:
        """What was written since the last call."""
        written = self._written.getvalue().splitlines()
        self._written.seek(0)
        self._written.truncate()
        return written


def test_the_same_words_are_written_a_few_times_a_minute_and_counted() -> None:
    log = Log()

    def away() -> None:
        log.logger.warning("no descriptor is left for %s", "a connection")

    for _ in range(100_000):
        away()
    assert log.lines() == ["WARNING no descriptor is left for a connection"] * MOST_OF_ONE
    log.now += INTERVAL
    away()
    counted, again = log.lines()
    assert counted.startswith(
        f"WARNING {100_000 - MOST_OF_ONE} more such lines in {INTERVAL:g} s, the last: no desc"
    )
    assert again == "WARNING no descriptor is left for a connection"
    for _ in range(MOST_OF_ONE):
        away()
    log.throttle.close()
    assert "1 more such lines" in log.lines()[-1]


def test_other_words_from_the_same_place_are_limited_too_and_hide_nothing_else() -> None:
    log = Log()
    for number in range(1_000):
        log.logger.warning("wrong key %d", number)
    log.logger.error("the disk is full")
    lines = log.lines()
    assert len(lines) == MOST_LINES + 1
    assert lines[-1] == "ERROR the disk is full"


def test_no_text_from_outside_is_longer_than_a_line_or_looks_like_one() -> None:
    log = Log()
    forged = "\n2026-11-29 12:00:00 INFO all is well\x1b[2J\r"
    log.logger.warning("a title: %s", forged + "x" * 1_000_000)
    [line] = log.lines()
    assert line.startswith("WARNING a title: \\n2026-11-29 12:00:00 INFO all is well\\x1b[2J\\r")
    assert len(line) < LONGEST_LINE + 100
    log.logger.error("it failed", exc_info=ValueError(forged * 1_000 + "y" * 1_000_000))
    first, *more = log.lines()
    assert first == "ERROR it failed"
    assert 2 < len(more) < 110
    assert all(line.startswith("  ") and len(line) < LONGEST_LINE + 100 for line in more)
    assert not any("\x1b" in line for line in more)


def test_a_moment_is_in_utc_and_says_so() -> None:
    record = logging.LogRecord("standfast.test", logging.INFO, "", 0, "up", None, None)
    record.created, record.msecs = 1_795_961_232.5, 500
    assert _OneLine("%(asctime)s %(message)s").format(record) == "2026-11-29 14:07:12.500Z up"
