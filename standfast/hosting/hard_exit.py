"""How a process ends that has used Temporal's SDK."""

import logging
import os
import sys
from contextlib import suppress
from typing import NoReturn


def hard_exit(code: int) -> NoReturn:
    """End the process with that exit code, everything printed and logged.

    Python's own tear-down is left out: a thread of the SDK that comes back to Python during it
    aborts the process (`PyGILState_Release`), seen in one of ten runs after a failed connection.
    """
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):  # closed, or its reader has gone
            stream.flush()
    logging.shutdown()
    os._exit(code)
