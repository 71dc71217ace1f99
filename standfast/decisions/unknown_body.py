"""An alert that says what could not be read: a body that no mapping fits, one of a source that the
policy has no more, or a part left out.

All such alerts of a source are one incident, so that a hundred of them page once. Their severity is
`warning`. What a body holds is told as paths, as a mapping would write them, without its secrets.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from standfast.decisions.bodies import Body
from standfast.decisions.json_paths import one_line
from standfast.decisions.secrets import without_secrets
from standfast.incidents.alert import Alert, AlertAction
from standfast.incidents.dedup_keys import incident_key
from standfast.incidents.report import Channel, Report
from standfast.incidents.severity import Severity
from standfast.policy.sources import Source

_MOST_LINES = 60
_MOST_VALUES = 2_000
_DEEPEST = 8
_LONGEST_LINE = 300
_MOST_CHARACTERS = 4_000


def says_something(value: JsonValue) -> bool:
    """Whether a body holds any value that is not empty."""
    return next(_lines(value), "") != ""


def unknown_body(name: str, source: Source, body: Body, reason: str) -> Alert:
    """An alert for a body of the source that no mapping fits."""
    description = (
        f"{source.title} sent a body that is not understood: {reason}\n\nAll such bodies of this "
        f"source are this one incident, until it is closed. `standfast intake test {name} FILE` "
        "shows what a body becomes; docs/sources.md says how to write a mapping.\n\n"
        f"What it holds:\n\n{_told(body.value)}"
    )
    title = f"{source.title} sent a body that is not understood"
    return _alert(name, "a body that is not understood", title, description, reason)


def of_removed_source(name: str, body: Body, reason: str) -> Alert:
    """An alert for a body of a source that has a key, and is in the policy no more."""
    title = f"Alerts come from {name}, which the policy has no more"
    description = (
        f"A body came with the key of {name}, and {reason}. Nothing of it is understood, and all "
        "such bodies are this one incident, until it is closed. Write the source into the policy "
        "again, or let the sender stop and revoke its key (`standfast token revoke`).\n\n"
        f"What it holds:\n\n{_told(body.value)}"
    )
    return _alert(name, "a source that the policy has no more", title, description, reason)


def part_left_out(name: str, source: Source, reason: str) -> Alert:
    """An alert that says that a part of a body of the source was left out, and why."""
    title = f"{source.title} sent more than is read: alerts were left out"
    description = (
        f"A body of {source.title} was read in part: {reason}. What stood behind was left out, and "
        "nobody was paged for it: look for it in the system that sent it, and let that send fewer "
        "alerts at a time (Alertmanager: `max_alerts`, `group_by`)."
    )
    return _alert(name, "a part that was left out", title, description, reason)


def _alert(name: str, key: str, title: str, description: str, reason: str) -> Alert:
    return Alert(
        action=AlertAction.TRIGGER,
        dedup_key=key,
        report=Report(
            title=title[:300],
            description=description[:20_000],
            reporter=name,
            channel=Channel.MONITOR,
            labels={"severity": Severity.WARNING},
            dedup_key=incident_key(name, key),
        ),
        by=name,
        detail=title[:500],
        reason=reason[:500],
        about_the_source=True,
    )


def _told(value: JsonValue) -> str:
    """The beginning of what a body holds, without secrets."""
    if isinstance(value, str):
        told = without_secrets(value[:_MOST_CHARACTERS])
    else:
        lines = _lines(value)
        told = "\n".join(line for line, _ in zip(lines, range(_MOST_LINES), strict=False))
    return told if len(told) < _MOST_CHARACTERS else f"{told[:_MOST_CHARACTERS]}…"


def _lines(body: JsonValue) -> Iterator[str]:
    """`path: value` for each value of a body, in its order, to a limit."""
    waiting: list[tuple[str, JsonValue, int]] = [("", body, 0)]
    for _ in range(_MOST_VALUES):
        if not waiting:
            return
        path, value, depth = waiting.pop()
        entries: list[tuple[str, JsonValue]] = []
        if isinstance(value, dict) and depth < _DEEPEST:
            entries = list(value.items())[:_MOST_LINES]
        elif isinstance(value, list) and depth < _DEEPEST:
            entries = [(str(number), entry) for number, entry in enumerate(value[:_MOST_LINES])]
        elif said := one_line(value):
            yield without_secrets(f"{path}: {said[:_LONGEST_LINE]}")
        for name, entry in reversed(entries):
            step = one_line(name)[:60]
            waiting.append((f"{path}.{step}" if path else step, entry, depth + 1))
