"""Secrets: named in the policy as `secret:NAME`, looked up where the worker runs, never shown."""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from standfast.policy.runbooks import SECRET
from standfast.programs.output import LEFT_OUT

VARIABLE = "STANDFAST_SECRET_"

_HIDDEN = "***"
_LEAST_PART = 8
"""Characters from which on a word of a secret is hidden by itself: `Bearer` may be seen."""

_LEAST_PIECE = 4
"""Characters of a secret that are hidden where the rest was left out."""


class NoSuchSecret(Exception):  # noqa: N818 - a state of the machine, not a bug
    """A secret is not set where the worker runs; the message names its variable."""

    def __init__(self, variable: str) -> None:
        super().__init__(f"{variable} is not set where the worker runs")
        self.variable = variable


def resolved(value: str, environment: Mapping[str, str]) -> str:
    """The secret that `secret:NAME` stands for, without blanks around it; another text as it is.

    Raises:
        NoSuchSecret: it is unset or empty.
    """
    if not value.startswith(SECRET):
        return value
    variable = VARIABLE + value.removeprefix(SECRET)
    secret = environment.get(variable, "").strip()
    if not secret:
        raise NoSuchSecret(variable)
    return secret


class Redacted:
    """Hides secrets in what a program or a server says.

    Hidden are a whole secret, its longer words, both percent-encoded too, and the piece of one that
    is cut off where the middle of an output was left out. A program that spells a secret in another
    way (base64, backwards) is not found out.

    >>> Redacted(["hunter2"])("password=hunter2!")
    'password=***!'
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        spelled: set[str] = set()
        for secret in secrets:
            for part in {secret.strip(), *(w for w in secret.split() if len(w) >= _LEAST_PART)}:
                spelled |= {part, quote(part, safe="")}
        longest_first = sorted(spelled - {""}, key=len, reverse=True)
        self._known = longest_first
        self._whole = re.compile("|".join(map(re.escape, longest_first)) or r"(?!)")

    def __call__(self, text: str) -> str:
        """The text with every known secret replaced by `***`."""
        shown = self._whole.sub(_HIDDEN, text)
        if not self._known:
            return shown
        *cut_short, last = LEFT_OUT.split(shown)
        if not cut_short:
            return shown
        marks = LEFT_OUT.findall(shown)
        pieces = [*cut_short, last]
        for number, mark in enumerate(marks):
            pieces[number] = self._without_end(pieces[number])
            pieces[number + 1] = self._without_start(pieces[number + 1])
            pieces[number] += mark
        return "".join(pieces)

    def _without_end(self, text: str) -> str:
        """What may be the beginning of a secret goes from the end of the text."""
        cut = max((_overlap(text, secret) for secret in self._known), default=0)
        return text[:-cut] + _HIDDEN if cut else text

    def _without_start(self, text: str) -> str:
        backwards = text[::-1]
        cut = max((_overlap(backwards, secret[::-1]) for secret in self._known), default=0)
        return _HIDDEN + text[cut:] if cut else text


def _overlap(text: str, secret: str) -> int:
    """How many characters at the end of `text` the secret begins with; 0 for only a few."""
    for length in range(min(len(text), len(secret) - 1), _LEAST_PIECE - 1, -1):
        if text.endswith(secret[:length]):
            return length
    return 0
