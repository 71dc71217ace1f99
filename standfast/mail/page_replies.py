"""What a reply to a page asks: the words in its first line, and what follows them."""

from collections.abc import Mapping
from typing import NamedTuple

from standfast.incidents.actions import Action
from standfast.mail.verdict import DOUBT, is_greeting, says, words_in
from standfast.policy.answers import AnswerWords

_NOTE_IS = {Action.ESCALATE: "reason", Action.DECLINE: "reason", Action.RESOLVE: "summary"}
"""The field of the action that what follows the words fills; else it is a comment."""

_ENDS = ":;,.!\u2013\u2014"
"""What may stand between the words and what follows them."""

_LONGEST = {"reason": 2_000, "summary": 4_000}


class PageReply(NamedTuple):
    """What is asked. given: further fields of the action. comment: what is said besides."""

    action: Action
    given: Mapping[str, object]
    comment: str


def reply_in(text: str, words: AnswerWords) -> PageReply | None:
    """The answer in a text without quotes and signature; None where its first line is none.

    It has to be what the line begins with and be set off from the rest: "ack, on my way" is an
    answer, "ack?", "I cannot ack" and "resolved, but it is back" are not.
    """
    lines = [line for line in text.split("\n") if line.strip()]
    if lines and is_greeting(lines[0]):
        lines = lines[1:]
    if not lines or "?" in lines[0]:
        return None
    head, rest = _parted(lines[0].strip())
    if DOUBT.intersection(words_in(rest)[:1]):
        return None
    note = "\n".join(filter(None, (rest, *lines[1:]))).strip()
    for action, phrases in words.by_action.items():
        if says(words_in(head), phrases):
            field = _NOTE_IS.get(action)
            if field is None:
                return PageReply(action, {}, note)
            fits = len(note) <= _LONGEST[field]
            given = {field: note if fits else f"{note[: _LONGEST[field] - 1]}…"}
            return PageReply(action, given, "" if fits else note)
    return None


def _parted(line: str) -> tuple[str, str]:
    """A line as what stands before the first sign that ends it, and what comes after."""
    ends = [place for sign in _ENDS if (place := line.find(sign)) >= 0]
    if (dash := line.find(" - ")) >= 0:
        ends.append(dash + 1)
    if not ends:
        return line, ""
    first = min(ends)
    return line[:first], line[first + 1 :].lstrip(f"{_ENDS}- ").strip()
