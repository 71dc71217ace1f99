"""`python -m standfast.hosting.chat_service`: keeps the policy's chats up to date, until a signal.

It is a process of its own: whatever happens to it or to a chat, incidents go on without it.
"""

import argparse
import os
import signal
import sys
from typing import NoReturn

_DESCRIPTION = """Show incidents in the chats that the policy names (`chat`), and take what people
do there, until SIGTERM or Ctrl-C. Several may run; one at a time writes to a chat. Neither
Temporal nor the record store need be there yet. Settings are environment variables; the README
lists them."""


def main() -> NoReturn:
    """The command `standfast-chat`: exit 0 after a signal, 1 for an error, 2 for wrong usage."""
    os.umask(0o077)  # what Standfast writes is for its own user
    argparse.ArgumentParser(
        prog="standfast-chat",
        description=_DESCRIPTION,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    ).parse_args()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        from standfast.hosting.loading import no_garbage_collection

        with no_garbage_collection():
            from standfast.hosting.chat_process import serve
            from standfast.hosting.hard_exit import hard_exit

        hard_exit(serve())
    except KeyboardInterrupt:
        sys.exit(0)


if __name__ == "__main__":
    main()
