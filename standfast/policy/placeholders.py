"""Placeholders of runbooks, replaced for each incident.

`{service}` is a key of the catalogue, `{host}` a name or address on the policy's list of hosts,
`{incident}` and `{key}` (the idempotency key) are made by Standfast: no text of a reporter gets in.
Each is replaced inside its own argument, URL, header or body. A literal brace is doubled.
"""

import re
from collections.abc import Iterator, Mapping
from string import Formatter
from typing import TypeVar

from standfast.policy.runbooks import SECRET, HttpCall, Runbook, RunbookStep, Work

PLACEHOLDERS = ("service", "host", "incident", "key")

_NAMES_A_HOST = ("service", "host")
"""Those that may be in the host of a URL."""

_AUTHORITY = re.compile(r"([a-z]+://[^/?#]*)(.*)", re.IGNORECASE | re.DOTALL)
_LONGEST_SHOWN = 200

WorkT = TypeVar("WorkT", bound=Work)


def wrong_in(runbook: Runbook) -> Iterator[str]:
    """What is wrong with the placeholders of `runbook`, in words that quote the text."""
    known = ", ".join(f"{{{name}}}" for name in PLACEHOLDERS)
    for work in runbook.work():
        malformed = [text for text in work.texts() if not _is_wellformed(text)]
        for text in malformed:
            yield f"{_quoted(text)}: only {known} may stand in braces; a brace is {{{{ or }}}}"
        if not malformed:
            yield from _misplaced(work)
    for name, value in runbook.environment.items():
        if any(f"{{{placeholder}}}" in value for placeholder in PLACEHOLDERS):
            yield (
                f"{_quoted(value)}: nothing is filled in here ({name}); its commands have"
                " STANDFAST_SERVICE, STANDFAST_INCIDENT and STANDFAST_KEY"
            )


def used_by(runbook: Runbook) -> frozenset[str]:
    """The placeholders that stand anywhere in `runbook`, which has no wrong ones."""
    return frozenset(
        name for work in runbook.work() for text in work.texts() for name in _names_in(text)
    )


def filled(runbook: Runbook, values: Mapping[str, str]) -> Runbook:
    """The runbook with its placeholders replaced.

    An IPv6 address gets its brackets where a URL names the host.

    Raises:
        KeyError: a placeholder has no value.
    """
    steps = tuple(_step(step, values) for step in runbook.steps)
    return runbook.model_copy(update={"steps": steps, "check": _work(runbook.check, values)})


def _is_wellformed(text: str) -> bool:
    try:
        fields = list(Formatter().parse(text))
    except ValueError:
        return False
    return all(
        name is None or (name in PLACEHOLDERS and not spec and conversion is None)
        for _, name, spec, conversion in fields
    )


def _names_in(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _misplaced(work: Work) -> Iterator[str]:
    """Placeholders in places where an incident would choose too much, such as the program."""
    if work.run is not None and "host" in _names_in(work.run[0]):
        yield f"{_quoted(work.run[0])}: which program runs must not depend on the {{host}}"
    if work.http is None:
        return
    authority, _ = _split(work.http.url)
    for name in sorted(_names_in(authority) - {*_NAMES_A_HOST}):
        yield f"{_quoted(work.http.url)}: {{{name}}} cannot stand where the host is named"
    for value in work.http.headers.values():
        if value.startswith(SECRET) and _names_in(value):
            yield f"{_quoted(value)}: the name of a secret must be written out"


def _quoted(text: str) -> str:
    return repr(text if len(text) <= _LONGEST_SHOWN else text[:_LONGEST_SHOWN] + "…")


def _step(step: RunbookStep, values: Mapping[str, str]) -> RunbookStep:
    check = step.check and _work(step.check, values)
    undo = step.undo and _work(step.undo, values)
    return _work(step, values).model_copy(update={"check": check, "undo": undo})


def _work(work: WorkT, values: Mapping[str, str]) -> WorkT:
    run = work.run and tuple(argument.format_map(values) for argument in work.run)
    return work.model_copy(update={"run": run, "http": work.http and _call(work.http, values)})


def _call(call: HttpCall, values: Mapping[str, str]) -> HttpCall:
    authority, rest = _split(call.url)
    bracketed = {name: f"[{value}]" if ":" in value else value for name, value in values.items()}
    headers = {name: value.format_map(values) for name, value in call.headers.items()}
    return call.model_copy(
        update={
            "url": authority.format_map(bracketed) + rest.format_map(values),
            "headers": headers,
            "body": call.body.format_map(values),
        }
    )


def _split(url: str) -> tuple[str, str]:
    """Scheme and host, and all that follows."""
    found = _AUTHORITY.fullmatch(url)
    return (found[1], found[2]) if found else (url, "")
