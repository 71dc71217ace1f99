"""What the library of Socket Mode says of its connection: in a line, and not every few seconds."""

import logging
import time

_SAID_AGAIN = 300.0


class _InALine(logging.Filter):
    """Leaves out tracebacks, and what was said in the last five minutes."""

    def __init__(self) -> None:
        super().__init__()
        self._said: dict[str, float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        record.exc_info, record.exc_text, record.stack_info = None, None, None
        if record.levelno < logging.WARNING:
            return False
        words, now = record.getMessage()[:60], time.monotonic()
        said, self._said[words] = self._said.get(words, -_SAID_AGAIN), now
        if now - said < _SAID_AGAIN:
            self._said[words] = said
            return False
        if len(self._said) > 100:
            self._said.clear()
        return True


def connection_log() -> logging.Logger:
    """The log for the connection."""
    log = logging.getLogger("standfast.chat.slack.connection")
    if not log.filters:
        log.addFilter(_InALine())
    return log
