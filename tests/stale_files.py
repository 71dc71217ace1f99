"""Names what closes a socket that the event loop still watches, in place of failing another test.

The next socket of that number would be refused with "No such file or directory", in whatever test
opens it. Temporary: it is known that something does this, and not yet what.
"""

import selectors
import sys
from typing import Any

import pytest


def name_stale_files(config: pytest.Config) -> None:
    """In every event loop from now on, where there is epoll."""
    capture: Any = config.pluginmanager.getplugin("capturemanager")
    if not hasattr(selectors, "EpollSelector"):
        return

    class NamingSelector(selectors.EpollSelector):
        """Says on standard error what watched a file that is gone, and watches the new one."""

        def modify(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
            stale = self.get_key(fileobj)
            try:
                return super().modify(fileobj, events, data)
            except FileNotFoundError:  # by now it is not known here any more either
                with capture.global_and_fixture_disabled():
                    words = f"\nclosed while it was watched: {stale}"
                    print(words, file=sys.__stderr__, flush=True)
                added = events & ~stale.events
                reader, writer = data
                mine = (
                    reader if added & selectors.EVENT_READ else None,
                    writer if added & selectors.EVENT_WRITE else None,
                )
                return self.register(fileobj, added, mine)

    selectors.DefaultSelector = NamingSelector  # type: ignore[assignment, misc]
