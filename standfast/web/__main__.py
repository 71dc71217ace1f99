"""`python -m standfast.web`: the API and the console, until SIGTERM or Ctrl-C."""

import argparse
import os
import signal
import sys
from typing import NoReturn

_DESCRIPTION = """Serve the API and the console until SIGTERM or Ctrl-C, then let running requests
finish and end. Neither Temporal nor the record store need be there yet. The address is set by
STANDFAST_API_HOST and STANDFAST_API_PORT. Settings are environment variables; the README lists
them."""


def main() -> NoReturn:
    """The command `standfast-api`: exit 0 after a signal, 1 for an error, 2 for wrong usage."""
    os.umask(0o077)  # what Standfast writes is for its own user
    argparse.ArgumentParser(
        prog="standfast-api",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        from standfast.hosting.loading import no_garbage_collection

        # All the libraries take a second to load, in which a Ctrl-C is as good as later.
        with no_garbage_collection():
            from standfast.hosting.hard_exit import hard_exit
            from standfast.terminal.streams import write_anything
            from standfast.web.server import serve

        write_anything()
        hard_exit(serve())
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
