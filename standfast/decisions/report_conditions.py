"""Matches the policy's conditions against a report.

Words are compared whole, upper and lower case alike, and punctuation separates them: `sign-in`
finds "Sign in" and `vpn` does not find "vpns". No regular expression ever comes from the policy,
and each phrase costs one substring search, so long texts and odd phrases stay cheap.
"""

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache

from standfast.incidents.report import Report
from standfast.messages.normal_form import normal_form
from standfast.policy.rules import ReportCondition

_NO_LETTER_OR_DIGIT = re.compile(r"[\W_]")
_BETWEEN_TEXTS = " | "
"""Stands between title, description and impact: no phrase can contain it, so none spans two."""

_MOST_WORDS_SHOWN = 3
_LONGEST_WORD_SHOWN = 60


def _unless_mark(match: re.Match[str]) -> str:
    """Vowel signs and accents that stand alone belong to the word they are in."""
    character = match[0]
    return character if unicodedata.category(character).startswith("M") else " "


@lru_cache(maxsize=64)  # one report is read for one decision after the other
def _spoken(text: str) -> str:
    """The words alone, case folded, one space between them."""
    folded = normal_form("NFKC", normal_form("NFKC", text).casefold())
    return " ".join(_NO_LETTER_OR_DIGIT.sub(_unless_mark, folded).split())


@lru_cache(maxsize=20_000)
def _of_policy(phrase: str) -> str:
    # A policy has hundreds of phrases, and each is looked for in every report.
    return _spoken(phrase)


def _find(phrase: str, text: str) -> str | None:
    """The words of `text` that `phrase` matches, or None. `text` starts and ends with a space."""
    words = _of_policy(phrase)
    if not words:
        return None
    any_ending = phrase.endswith("*")
    start = text.find(f" {words}" if any_ending else f" {words} ")
    if start < 0:
        return None
    # For a prefix the whole word is shown: `encrypt*` found as "encrypted".
    end = text.find(" ", start + 1 + len(words)) if any_ending else start + 1 + len(words)
    return text[start + 1 : end][:_LONGEST_WORD_SHOWN]


@dataclass(frozen=True)
class ReportText:
    """A report's texts, prepared to check many conditions. Made by `searchable`."""

    report: Report
    words: str
    error: str

    def evidence(self, condition: ReportCondition) -> tuple[str, ...]:
        """What in the report makes `condition` hold, in words; empty when it does not.

        >>> searchable(Report(title="No VPN at home")).evidence(ReportCondition(words=["vpn"]))
        ("'vpn' in the text",)
        """
        evidence: list[str] = []
        for phrases, text, where in (
            (condition.words, self.words, "in the text"),
            (condition.error, self.error, "in the error message"),
        ):
            if not phrases:
                continue
            found = [words for phrase in phrases if (words := _find(phrase, text)) is not None]
            if not found:
                return ()
            shown = dict.fromkeys(found[:_MOST_WORDS_SHOWN])
            evidence.append(f"{', '.join(repr(words) for words in shown)} {where}")
        if condition.services:
            if self.report.service not in condition.services:
                return ()
            evidence.append(f"service {self.report.service}")
        for label, wanted in condition.labels.items():
            value = self.report.labels.get(label)
            if value is None or (wanted != "*" and value.casefold() != wanted.casefold()):
                return ()
            evidence.append(f"label {label}={wanted}")
        return tuple(evidence)


def searchable(report: Report) -> ReportText:
    """Prepare the texts of `report` for `ReportText.evidence`."""
    texts = (report.title, report.description, report.impact_statement)
    words = _BETWEEN_TEXTS.join(_spoken(text) for text in texts)
    return ReportText(report, words=f" {words} ", error=f" {_spoken(report.error_message)} ")


def quoted(name: str) -> str:
    """A name that a reporter gave, for a reason: in quotes, and no longer than a line."""
    return repr(name if len(name) <= _LONGEST_WORD_SHOWN else name[:_LONGEST_WORD_SHOWN] + "…")
