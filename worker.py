"""The worker: connects, registers, and runs incidents until it is told to stop.

Without a configured address it also runs the embedded Temporal server, and ends it with itself.
"""

import argparse
import os
import signal
import sys
from typing import NoReturn

_DESCRIPTION = """Run incidents until SIGTERM or Ctrl-C, then finish what runs and end; a second
Ctrl-C ends at once. Without TEMPORAL_ADDRESS (or an address in temporal.toml) the embedded
Temporal server runs too. Settings are environment variables; the README lists them."""


def main() -> NoReturn:
    """The command `standfast-worker`: exit 0 after a signal, 1 for an error, 2 for wrong usage."""
    os.umask(0o077)  # what Standfast writes is for its own user
    parser = argparse.ArgumentParser(
        prog="standfast-worker",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--processes",
        type=int,
        metavar="N",
        help="run incidents in so many processes; without it STANDFAST_WORKER_PROCESSES says how "
        "many, and without that the number of cores",
    )
    # For the worker itself, which starts its further processes so.
    parser.add_argument("--further", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        from standfast.hosting.loading import no_garbage_collection

        # All the libraries take a second to load, in which a Ctrl-C is as good as later.
        with no_garbage_collection():
            from standfast.hosting.further_process import serve_further
            from standfast.hosting.hard_exit import hard_exit
            from standfast.hosting.service import serve
            from standfast.terminal.streams import write_anything

        write_anything()
        if arguments.further:
            number, code = arguments.further
            hard_exit(serve_further(int(number), code))
        hard_exit(serve(arguments.processes))
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
