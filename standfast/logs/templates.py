"""Messages never seen before: the templates of a log's errors, compared over its three times."""

import re
from collections import Counter
from collections.abc import Iterable
from datetime import timedelta

from standfast.incidents.observation import (
    Observation,
    degraded,
    failed,
    inconclusive,
    passed,
    quote,
)
from standfast.logs.masking import MASK, masked, one_spaced
from standfast.logs.messages import message_of
from standfast.logs.rate import too_little
from standfast.logs.reading import Error
from standfast.logs.windows import Window, Windows, poisson_tail
from standfast.messages.message import words_of

_LONGEST = 600
"""Characters of a message that make its template."""

_MOST = 2_000
"""Templates; each is compared with many others."""

_LONGEST_SHOWN = 150
_MOST_SHOWN = 3

_SURPRISING = 0.1
"""As many new messages as since the fix would come by chance less often than this."""

_ANY_TEXT = re.compile(
    r"\"[^\"]{0,300}\"|`[^`]{0,300}`|“[^”]{0,300}”|(?<!\w)'[^']{0,300}'(?!\w)"  # quoted
    r"|\b[a-z]{2,10}://[^\s\"'<>)]{1,300}"  # a URL
    r"|(?<!\w)[\w.+-]{1,64}@[\w.-]{1,200}"  # somebody's address
    r"|(?<![\w/])/?(?:[\w.@%+~-]{1,100}/){1,30}[\w.@%+~-]{0,100}"  # a path
)
_HOLDS_A_MASK = re.compile(rf"[\w.:-]{{0,80}}{MASK}[\w.:{MASK}-]{{0,200}}")
_MASKS = re.compile(rf"{MASK}(?:[\s,;=/|&+-]{{1,3}}{MASK})+")

_TELLS_APART = re.compile(
    r"(?:.*(?:error|exception|fail|timeout))|.*(?:ed|ing)|refused|lost|full|reset|broken|closed"
    r"|denied|missing|empty|invalid|unknown|down|gone|out|not|no|cannot|to|from|of|in|on|at|by|for"
)
_FEWEST_WORDS = 4
_ALIKE = 0.25
"""The share of words that may differ between two messages of one template."""


def template_of(error: Error) -> tuple[str, ...]:
    """The words of an error's message, and of its cause, with what varies masked."""
    text = message_of(error.line)[:_LONGEST]
    if error.cause and error.cause not in text:
        text = f"{text} {error.cause[:_LONGEST]}"
    text = _ANY_TEXT.sub(MASK, one_spaced(text).casefold())
    text = _HOLDS_A_MASK.sub(MASK, masked(text))
    return tuple(_MASKS.sub(MASK, text).split())


class Templates:
    """Templates that were seen. Two of the same length are one where only names differ in them."""

    def __init__(self) -> None:
        self._by_length: dict[int, set[tuple[str, ...]]] = {}
        self._asked: dict[tuple[str, ...], bool] = {}

    def add(self, template: tuple[str, ...]) -> None:
        """Remember one."""
        self._by_length.setdefault(len(template), set()).add(template)
        self._asked.clear()

    def know(self, template: tuple[str, ...]) -> bool:
        """Whether it, or one that differs in names only, was added."""
        known = self._by_length.get(len(template), set())
        if template in known:
            return True
        if template not in self._asked:
            self._asked[template] = any(_alike(template, other) for other in known)
        return self._asked[template]


def _alike(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Of few words each tells; of more, a name may differ: of a user, a file, a machine."""
    if len(one) < _FEWEST_WORDS:
        return False
    left = int(len(one) * _ALIKE)
    for word, instead in zip(one, other, strict=True):
        if word == instead:
            continue
        left -= 1
        if left < 0 or _tells(word) or _tells(instead):
            return False
    return True


def _tells(word: str) -> bool:
    return _TELLS_APART.fullmatch(word.strip(".,:;()[]!")) is not None


def judge_messages(windows: Windows) -> Observation:
    """What error messages say that were never seen before the incident.

    Those of the incident that still come mean that it is not resolved; others that are new since
    the fix, that something else may be wrong now: partially resolved. If the incident brought new
    messages and none of them, nor any other new one, has come since the fix, it is resolved. Where
    nothing was new it is inconclusive.

    Some logs have new messages every day. How often one came up in the later half of the time
    before the incident that the earlier half did not have, and came as often as the most frequent
    one since the fix, tells how many such are to be expected; only more than chance makes of that
    (Poisson, one in ten) count.
    """
    if why := too_little(windows):
        return inconclusive(why)
    before, during, since = windows.before, windows.during, windows.since
    if (many := _different(windows)) > _MOST:
        return inconclusive(f"{many} different error messages are too many to tell apart")
    known = _templates_of(before.errors)
    new_in_it = _new(known, during.errors)
    new_since = _new(known, since.errors)
    baseline = f"the {words_of(before.length)} before"
    if not new_since:
        if not new_in_it:
            return inconclusive(f"no error message that was not in {baseline}")
        if not _long_enough(during, since, new_in_it):
            return inconclusive("too little time since the fix to miss the incident's messages")
        return passed(f"none of the incident's new error messages came again: {_shown(new_in_it)}")
    usual = _usual(before, since.length, max(new_since.values()))
    if poisson_tail(len(new_since), usual) >= _SURPRISING:
        return inconclusive(
            f"new error messages are usual in this log, {usual:.1f} in such a time: "
            f"{_shown(new_since)}"
        )
    of_incident = Templates()
    for template in new_in_it:
        of_incident.add(template)
    still = Counter({what: count for what, count in new_since.items() if of_incident.know(what)})
    if still:
        return failed(f"not in {baseline}, but in the incident and since the fix: {_shown(still)}")
    return degraded(f"not in {baseline}, but since the fix: {_shown(new_since)}")


def _different(windows: Windows) -> int:
    both = (windows.before, windows.during, windows.since)
    return len({template_of(error) for window in both for error in window.errors})


def _templates_of(errors: Iterable[Error]) -> Templates:
    templates = Templates()
    for template in {template_of(error) for error in errors}:
        templates.add(template)
    return templates


def _new(known: Templates, errors: Iterable[Error]) -> Counter[tuple[str, ...]]:
    """The templates of these errors that are not known, and how often they came."""
    counted = Counter(template_of(error) for error in errors)
    return Counter({what: count for what, count in counted.items() if not known.know(what)})


def _usual(before: Window, length: timedelta, times: int) -> float:
    """How many new messages that come so many times are to be expected in such a time."""
    middle = before.start + before.length / 2
    earlier = _templates_of(error for error in before.errors if error.moment < middle)
    came = 0
    later = Counter(template_of(error) for error in before.errors if error.moment >= middle)
    for template, count in later.items():
        if count >= times and not earlier.know(template):
            earlier.add(template)
            came += 1
    return came * (length / (before.length / 2))


def _long_enough(during: Window, since: Window, new: Counter[tuple[str, ...]]) -> bool:
    """Whether messages as frequent as in the incident would have come again by now."""
    if not during.minutes:
        return False
    expected = new.total() / during.minutes * since.minutes
    return expected >= 3


def _shown(templates: Counter[tuple[str, ...]]) -> str:
    """The most frequent ones in words."""
    shown = [
        f"“{quote(' '.join(what), _LONGEST_SHOWN)}”" + (f" ({count} times)" if count > 1 else "")
        for what, count in templates.most_common(_MOST_SHOWN)
    ]
    left = len(templates) - len(shown)
    return ", ".join(shown) + (f" and {left} more" if left else "")
