"""What people write to answer a page, by mail or SMS."""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from standfast.incidents.actions import Action
from standfast.messages.phrases import Phrases
from standfast.policy.section import Section

LETTERS: Mapping[str, Action] = MappingProxyType(
    {
        "a": Action.ACKNOWLEDGE,
        "e": Action.ESCALATE,
        "n": Action.DECLINE,
        "r": Action.RESOLVE,
    }
)
"""What one letter means in an SMS, whatever words the policy has."""

_CODE = re.compile(r"[0-9]{4}", re.ASCII)


class AnswerWords(Section):
    """The words of each answer; upper and lower case are alike.

    acknowledge, decline, escalate: one of these. What follows it, after a `:` or a comma, is the
    reason, or a comment. resolve: one of these, and what was done, as in `resolved: restarted it`.
    """

    acknowledge: Phrases = (
        *("ack", "acknowledge", "acknowledged", "i have it", "i've got it", "got it"),
        *("on it", "i'm on it", "mine", "i take it", "ok", "yes"),
    )
    decline: Phrases = (
        *("not me", "next", "next please", "not me next", "not me next please"),
        *("decline", "declined", "i cannot", "i can't", "no"),
    )
    escalate: Phrases = ("escalate", "please escalate", "escalate it")
    resolve: Phrases = ("resolved", "resolve", "fixed", "solved", "done")

    @property
    def by_action(self) -> Mapping[Action, tuple[str, ...]]:
        """The words of each action."""
        return {Action(name): getattr(self, name) for name in type(self).model_fields}


def broken_answers(answers: AnswerWords) -> Iterator[tuple[str, str]]:
    """Every word that would mean two things, as (dotted place, what is wrong)."""
    known: dict[str, str] = {}
    for action, phrases in answers.by_action.items():
        for index, phrase in enumerate(phrases):
            place = f"answers.{action}.{index}"
            if "*" in phrase:
                yield place, f"{phrase!r} has a `*`: an answer is these words and no others"
            word = " ".join(phrase.casefold().split())
            if _CODE.fullmatch(word):
                yield place, f"{phrase!r} would be taken for the code of an SMS: choose a word"
            if LETTERS.get(word, action) != action:
                yield place, f"{phrase!r} stands for `{LETTERS[word]}` in every SMS: choose a word"
            other = known.setdefault(word, action)
            if other != action:
                yield place, f"{phrase!r} is among the words of `{other}` too"
