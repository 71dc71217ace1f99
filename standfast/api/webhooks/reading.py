"""Reads what a webhook sent so that other requests do not wait: what may take long, apart.

A body that is read in another process stays there. Only what was looked for comes back, since
taking in everything that it holds would stop all else here, too.
"""

from collections.abc import Callable
from typing import NamedTuple, TypeVar

from standfast.api.problem_details import Problem
from standfast.decisions.body_text import COMPRESSED
from standfast.decisions.mapping import Body, read_body
from standfast.programs.parsers import Busy, Limits, Parsers, TooCostly

_SMALL, _FEW = 10_000, 100
"""Bytes of a body that is read at once, and objects and lists in it: each may be an alert, whose
mapping takes up to a millisecond.
"""

_LIMITS = Limits(cpu_seconds=10, seconds=30)
"""For any other body: to read it, and to look into it."""

_SHOWN = 2_000
"""Bytes of a body that cannot be read within these limits; the incident about it shows them."""

_PARSERS, _OF_STRANGERS = Parsers(), Parsers(processes=1)
"""Not those of mail, and others before the sender is known: strangers can keep these busy, and no
alert must wait for that.
"""

Found = TypeVar("Found")


class Sent(NamedTuple):
    """What a request sent. `cut_off_at`: the bytes that were kept, where more followed, `end`."""

    raw: bytes
    content_type: str
    query: str
    cut_off_at: int | None
    end: bytes = b""


async def look_into(sent: Sent, look: Callable[[Body], Found], *, is_known: bool = True) -> Found:
    """What a function finds in a body; the function and what it finds can be pickled.

    It is given the beginning of one that takes too much to read, with the reason.
    is_known: whether the sender is known.

    Problem: 503 where too many are being read.
    """
    try:
        if _is_small(sent.raw):
            return _found(sent, look)
        parsers = _PARSERS if is_known else _OF_STRANGERS
        return await parsers.run(_LIMITS, _found, sent, look)
    except Busy as busy:
        raise Problem(503, detail=f"{busy}; send it again", headers={"Retry-After": "10"}) from None
    except (TooCostly, RecursionError) as costly:
        return look(_not_read(sent, costly))


def _is_small(raw: bytes) -> bool:
    nodes = raw.count(b"{") + raw.count(b"[")
    return len(raw) <= _SMALL and nodes <= _FEW and not raw.startswith(COMPRESSED)


def _found(sent: Sent, look: Callable[[Body], Found]) -> Found:
    return look(
        read_body(sent.raw, sent.content_type, sent.query, cut_off_at=sent.cut_off_at, end=sent.end)
    )


def _not_read(sent: Sent, costly: Exception) -> Body:
    why = str(costly) if isinstance(costly, TooCostly) else "is nested too deeply to be read"
    beginning = sent.raw[:_SHOWN].decode("utf-8", "replace")
    return Body(beginning, not_json=f"the body {why}")
