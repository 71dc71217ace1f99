"""The names of alerts that are in one incident together."""

from collections import Counter
from collections.abc import Sequence

LONGEST_LIST = 110
"""Characters: a phone shows about so much of a message's first line."""

LONGEST_NAME = 200
_CUT = 90


def named(title: str, where: str) -> str:
    """The title, with where it is if the title does not say that already.

    >>> named("Disk full", "db-1"), named("Disk full on db-1", "db-1")
    ('Disk full on db-1', 'Disk full on db-1')
    """
    name = title if not where or where.casefold() in title.casefold() else f"{title} on {where}"
    return name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}…"


def listed(names: Sequence[str], *, not_all: bool = False) -> str:
    """The first few names, and how many more there are; those of one title share it.

    not_all: there may be more than these.

    >>> listed(["Disk full on db-1", "Disk full on db-2", "Disk full on db-3"])
    'Disk full on db-1, db-2, db-3'
    >>> listed(["Disk full on db-1", "VPN is down", "VPN is down"])
    'Disk full on db-1; VPN is down (2 alerts)'
    """
    text, left = "", len(names)
    shared = ""
    for name, number in Counter(names).items():
        times = f" ({number} alerts)" if number > 1 else ""
        head, on, where = name.rpartition(" on ")
        if on and head == shared:
            more = f", {where}{times}"
        else:
            short = name if len(name) <= _CUT else f"{name[: _CUT - 1]}…"
            more = f"; {short}{times}" if text else f"{short}{times}"
            shared = head if on else ""
        if text and len(text) + len(more) > LONGEST_LIST:
            break
        text, left = text + more, left - number
    if left:
        return f"{text} and {'at least ' if not_all else ''}{left} more"
    return f"{text} and maybe more" if not_all else text
