"""Replies that were delivered just now: Graph may not tell of them yet, and they are there."""

import time
from collections import OrderedDict
from collections.abc import Callable, Iterable
from typing import NamedTuple

from standfast.chat.events import ChatEvent, ReplyDeleted, ReplyEdited, ReplyWritten
from standfast.chat.provider import SeenReply

TOLD_WITHIN = 120.0
"""Seconds after which Graph tells of a reply, or it is not there any more."""

_MOST = 2_000


class _Recent(NamedTuple):
    thread: tuple[str, str]
    seen: SeenReply
    until: float


class RecentReplies:
    """Remembers them, for one event loop. `clock` counts seconds."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._recent: OrderedDict[str, _Recent] = OrderedDict()

    def note(self, event: ChatEvent) -> None:
        """Something was delivered."""
        if isinstance(event, ReplyDeleted):
            self._recent.pop(event.reply, None)
        elif isinstance(event, ReplyWritten | ReplyEdited):
            seen = SeenReply(event.reply, event.user, event.text, event.at, event.version)
            thread, until = (event.channel, event.message), self._clock() + TOLD_WITHIN
            self._recent[event.reply] = _Recent(thread, seen, until)
            self._recent.move_to_end(event.reply)
            if len(self._recent) > _MOST:
                self._recent.popitem(last=False)

    def added_to(self, told: Iterable[SeenReply], channel: str, message: str) -> list[SeenReply]:
        """What Graph tells of a thread, and what was delivered since."""
        found, now = list(told), self._clock()
        known = {each.reply for each in found}
        for reply, recent in self._recent.items():
            if recent.thread == (channel, message) and recent.until > now and reply not in known:
                found.append(recent.seen)
        return sorted(found, key=lambda each: each.at)
