"""A runbook that the fix of an article could be: its commands as argument lists, never run here."""

import re
import shlex
from collections.abc import Collection, Iterator
from typing import Any, NamedTuple

from standfast.incidents.article import ArticleText
from standfast.incidents.search_words import words_of
from standfast.policy import Policy
from standfast.policy.placeholders import PLACEHOLDERS
from standfast.policy.rules import OTHER

_LONGEST_KEY = 40
_MOST_STEPS = 50

_FENCED = re.compile(r"^ {0,3}(`{3,}|~{3,})[^\n]*\n(.*?)^ {0,3}\1[ \t]*$", re.MULTILINE | re.DOTALL)
_ITEM = re.compile(r"^\s*(?:[-*+]|\d+[.)])\s+`([^`\n]+)`[.:;]?\s*$", re.MULTILINE)
"""An item of a list that is nothing but a command."""

_PROMPT = re.compile(r"^\s*\$\s+")
_FOR_A_SHELL = re.compile(r"[|<>&;$`*?~\n]|\(|\)|(?<!\S)#")
_BRACE = re.compile(r"\{(?:" + "|".join(PLACEHOLDERS) + r")\}|[{}]")

NO_CHECK = ("false",)
"""Where the article names no check: a runbook with it never counts as successful."""


class Proposed(NamedTuple):
    """A runbook as the policy would have it.

    key: under which. runbook: its keys and values. has_check: whether the article names one.
    left_out: lines that are no commands for a runbook, each with the reason.
    """

    key: str
    runbook: dict[str, Any]
    has_check: bool
    left_out: tuple[str, ...]


def proposed(text: ArticleText, policy: Policy) -> Proposed:
    """The runbook for this policy; without steps where the fix has no command."""
    left_out: list[str] = []
    steps = list(_commands(text.fix, left_out))
    left_out += [
        f"{shlex.join(step)}: only {_MOST_STEPS} steps fit" for step in steps[_MOST_STEPS:]
    ]
    checks = list(_commands(text.verified, left_out))
    left_out += [f"{shlex.join(check)}: a runbook has one check" for check in checks[1:]]
    runbook = {
        "title": text.title,
        "match": _match(text, policy),
        "steps": [{"run": step} for step in steps[:_MOST_STEPS]],
        "check": {"run": checks[0] if checks else list(NO_CHECK)},
        "approval": "always",
    }
    return Proposed(_key(text.title, policy.runbooks), runbook, bool(checks), tuple(left_out))


def _match(text: ArticleText, policy: Policy) -> dict[str, Any]:
    match: dict[str, Any] = {}
    if text.service in policy.services:
        match["services"] = [text.service]
    if text.category in policy.categories and text.category != OTHER:
        match["category"] = text.category
    return match or {"words": [" ".join(words_of(text.title)[:6]) or text.title]}


def _key(title: str, taken: Collection[str]) -> str:
    name = "-".join(word for word in words_of(title) if word.isascii())[:_LONGEST_KEY].strip("-")
    name = name or "from-an-article"
    key, number = name, 2
    while key in taken:
        key, number = f"{name}-{number}", number + 1
    return key


def _commands(markdown: str, left_out: list[str]) -> Iterator[list[str]]:
    """The lines of code blocks, and items that are one command, in their order."""
    found = [(each.start(), each.group(2)) for each in _FENCED.finditer(markdown)]
    blocks = [each.span() for each in _FENCED.finditer(markdown)]
    found += [
        (item.start(), item.group(1))
        for item in _ITEM.finditer(markdown)
        if not any(begin <= item.start() < end for begin, end in blocks)
    ]
    for _, lines in sorted(found):
        for line in lines.split("\n"):  # no other sign that would end a line ends a command
            command = _PROMPT.sub("", line).strip()
            if not command or command.startswith("#"):
                continue
            if signs := _FOR_A_SHELL.search(command):
                left_out.append(
                    f"{command}: {signs.group()} needs a shell, and runbooks have none; put it "
                    "into a program, and run that"
                )
                continue
            try:
                arguments = shlex.split(command)
            except ValueError as wrong:
                left_out.append(f"{command}: {wrong}")
                continue
            if arguments:
                yield [_BRACE.sub(_doubled, each) for each in arguments]


def _doubled(found: "re.Match[str]") -> str:
    """A brace that is no placeholder's, as the policy writes it."""
    brace = found.group()
    return brace * 2 if len(brace) == 1 else brace
