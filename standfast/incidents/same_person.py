"""When two names are one person's: the one rule by which reporters are compared.

Mail servers give a mailbox to one person, however its letters are written. No other name is
compared like that: tokens named `Mia` and `mia` may be two people's. Nor are other letters than
those of ASCII: `K`, the sign for kelvin, is no `k` in an address.
"""

from collections.abc import Iterable


def compared(name: str) -> str:
    """A name as it is compared: of a mail address the case of ASCII letters does not count.

    >>> compared("Rita@Storyville.example") == compared("rita@storyville.example")
    True
    >>> compared("Mia") == compared("mia")
    False
    """
    if "@" not in name:
        return name
    return "".join(one.lower() if one.isascii() else one for one in name)


def is_same_person(one: str, other: str) -> bool:
    """Whether both names are of the same person; an empty one is nobody's."""
    return one != "" and compared(one) == compared(other)


def known_as(name: str, reporters: Iterable[str]) -> str:
    """How this person is written among an incident's reporters; "" where they are none of them."""
    return next((known for known in reporters if is_same_person(known, name)), "")
