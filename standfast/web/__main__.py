"""`python -m standfast.web`: the API and the console, until SIGTERM or Ctrl-C."""

import signal
import sys
from typing import NoReturn


def main() -> NoReturn:
    """The command `standfast-api`: exit 0 after a signal, 1 for an error."""
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        # All the libraries take a second to load, in which a Ctrl-C is as good as later.
        from standfast.hosting.hard_exit import hard_exit
        from standfast.web.server import serve

        hard_exit(serve())
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
