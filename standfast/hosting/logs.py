"""Logging to standard error: one line per event, whatever text it holds, and never a flood.

What can be caused from outside is logged, too. So each text is cut, and each place in the code may
write so many lines in a minute; what is left out is counted.
"""

import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

INTERVAL = 60.0
"""Seconds in which a text is written `MOST_OF_ONE` times, and a place in the code writes
`MOST_LINES`."""

MOST_OF_ONE = 10
MOST_LINES = 60
LONGEST_LINE = 2_000
"""Characters."""

MOST_LINES_OF_ONE = 100
"""Of a message with its traceback."""

_OURS = ("activities", "standfast", "workflows")
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029]")


class _OneLine(logging.Formatter):
    """Escapes characters that could end a line or move the cursor: messages hold others' texts.

    Only a traceback has more lines, which are indented: none can look like another event. Moments
    are in UTC, and say so.
    """

    converter = staticmethod(time.gmtime)
    default_msec_format = "%s.%03dZ"

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the base class's
        record.message = _escaped(record.message).replace("\n", "\\n")
        return super().formatMessage(record)

    def format(self, record: logging.LogRecord) -> str:
        """The event, cut to a length that nobody chooses from outside."""
        first, *more = super().format(record).split("\n")
        lines = [first, *(f"  {_escaped(line)}" for line in more)]
        if len(lines) > MOST_LINES_OF_ONE:  # the end of a traceback says what went wrong
            middle = len(lines) - MOST_LINES_OF_ONE + 1
            lines[1 : 1 + middle] = [f"  ({middle} lines are left out)"]
        return "\n".join(_cut(line) for line in lines)


@dataclass
class _Place:
    """What one place in the code has written since the interval began."""

    began: float
    name: str
    level: int
    texts: Counter[int] = field(default_factory=Counter)
    left_out: int = 0
    example: str = ""


class Throttle(logging.Handler):
    """Passes on to another handler what is not too much. `clock` counts seconds."""

    def __init__(self, to: logging.Handler, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__()
        self._to = to
        self._clock = clock
        self._places: dict[tuple[str, int], _Place] = {}
        self._look_at = 0.0

    def emit(self, record: logging.LogRecord) -> None:
        """Write it, or count it."""
        now = self._clock()
        if now >= self._look_at:
            self._say_what_was_left_out(now - INTERVAL)
            self._look_at = now + 1
        place = self._places.get((record.pathname, record.lineno))
        if place is None or now - place.began >= INTERVAL:
            place = _Place(now, record.name, record.levelno)
            self._places[record.pathname, record.lineno] = place
        text = record.getMessage()
        if place.texts[hash(text)] >= MOST_OF_ONE or place.texts.total() >= MOST_LINES:
            place.left_out += 1
            place.example = text[:200]
            return
        place.texts[hash(text)] += 1
        self._to.handle(record)

    def close(self) -> None:
        """Say what was left out since."""
        self._say_what_was_left_out(self._clock())
        self._to.close()
        super().close()

    def _say_what_was_left_out(self, until: float) -> None:
        """Of those intervals that began until then."""
        for key in [key for key, place in self._places.items() if place.began <= until]:
            for record in _summary(self._places.pop(key)):
                self._to.handle(record)


def _summary(place: _Place) -> Iterator[logging.LogRecord]:
    if place.left_out:
        words = f"{place.left_out} more such lines in {INTERVAL:g} s, the last: {place.example}"
        yield logging.LogRecord(place.name, place.level, "", 0, words, None, None)


def log_to_standard_error() -> None:
    """Warnings of all libraries, and our own messages from INFO on."""
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine("%(asctime)s %(levelname)s %(message)s"))
    logging.basicConfig(handlers=[Throttle(handler)], level=logging.WARNING)
    for name in _OURS:
        logging.getLogger(name).setLevel(logging.INFO)


def _escaped(text: str) -> str:
    return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], text)


def _cut(line: str) -> str:
    if len(line) <= LONGEST_LINE:
        return line
    return f"{line[:LONGEST_LINE]}… ({len(line) - LONGEST_LINE} characters are left out)"
