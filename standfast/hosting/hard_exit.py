"""Exits a process that has used Temporal's SDK."""

import logging
import os
import sys
from contextlib import suppress
from typing import NoReturn


def hard_exit(code: int) -> NoReturn:
    """Exit with that code, after all output is flushed.

    Python's own finalization is skipped: a thread of the SDK that returns to Python during it
    aborts the process (`PyGILState_Release`), seen in one of ten runs after a failed connection.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, or its reader has gone
            stream.flush()
    logging.shutdown()
    os._exit(code)
