"""The command line: `python starter.py COMMAND`, installed as `standfast`."""

import os
import signal
import sys
from typing import NoReturn


def main() -> NoReturn:
    """Run the command that the arguments name, and end with its exit code."""
    os.umask(0o077)  # what Standfast writes is for its own user
    # Loading the libraries takes a moment, in which Ctrl-C has nothing to clean up; a shell may
    # also have had us ignore it.
    on_interrupt = signal.getsignal(signal.SIGINT)
    if on_interrupt is signal.default_int_handler:
        signal.signal(signal.SIGINT, signal.SIG_DFL)
    from standfast.commands.app import run
    from standfast.hosting.hard_exit import hard_exit
    from standfast.terminal.streams import write_anything

    write_anything()
    signal.signal(signal.SIGINT, on_interrupt)
    hard_exit(run(sys.argv[1:]))


if __name__ == "__main__":
    main()
