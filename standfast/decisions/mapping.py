"""Maps the body of a webhook to alerts, by the mapping of its source.

Everything in a body is data. Texts are cleaned and cut to fit a report, so that a body becomes
alerts or is refused with the reason.
"""

import secrets
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime

from pydantic import JsonValue

from standfast.decisions.bodies import opened, read_body
from standfast.decisions.json_paths import Scope, fits, lines_of, one_line
from standfast.decisions.moments import moment_of
from standfast.incidents.alert import Alert, AlertAction, CannotMap, bounded, incident_key
from standfast.incidents.report import CLOCKS_MAY_DIFFER_BY, LONGEST_DESCRIPTION, Channel, Report
from standfast.incidents.severity import SEVERITY
from standfast.policy.policy import Policy
from standfast.policy.sources import AlertMapping, Source

__all__ = ["CannotMap", "alerts_of", "read_body"]

LINK = "link"
"""The label that a mapping's `link` becomes, as its `severity` becomes SEVERITY."""

_MOST_LABELS = 50
_MOST_DETAILS = 100
_LONGEST_DETAIL = 1_000
_MOST_USERS = 1_000_000_000
_LONGEST_SHOWN = 60


def alerts_of(policy: Policy, name: str, body: JsonValue, now: datetime) -> tuple[Alert, ...]:
    """The alerts in `body`, which the source `name` of the policy sent, in their order.

    `now` decides whether an alert with an end time is over. Where one of several alerts cannot be
    mapped, it alone is ignored, with the reason.

    Raises:
        CannotMap: the policy has no such source, or there is no alert in the body.
    """
    source = policy.sources.get(name)
    if source is None:
        alike = sorted(known for known in policy.sources if name and known.startswith(name[:4]))
        hint = f"did you mean {' or '.join(alike)}?" if alike else "its section is `sources`"
        raise CannotMap(f"the policy has no source {name[:_LONGEST_SHOWN]!r}; {hint}")
    outcomes = [
        outcome
        for inner in opened(source.envelopes, body)
        for outcome in _of_body(_Asked(policy, source, name, now), inner)
    ]
    failures = [outcome for outcome in outcomes if isinstance(outcome, CannotMap)]
    if failures and len(failures) == len(outcomes):
        raise failures[0]
    return tuple(
        _passed_over(outcome, name) if isinstance(outcome, CannotMap) else outcome
        for outcome in outcomes
    )


@dataclass(frozen=True)
class _Asked:
    """The context that all alerts of one body share."""

    policy: Policy
    source: Source
    name: str
    now: datetime


def _passed_over(failure: CannotMap, name: str) -> Alert:
    reason = _clipped(f"one of several is not understood: {failure}", 500)
    return Alert(action=AlertAction.IGNORE, by=name, reason=reason)


def _of_body(asked: _Asked, body: JsonValue) -> Iterator[Alert | CannotMap]:
    whole = Scope(body, body)
    unfit = []
    for form, mapping in asked.source.mappings.items():
        missing = _missing(mapping, whole.but(mapping.empty_values or ()))
        if missing:
            unfit.append(f"{form} needs {missing}")
            continue
        items = whole.value(mapping.items) if mapping.items else [body]
        if not isinstance(items, list):
            yield CannotMap(f"{mapping.items} is not a list of alerts")
        for item in items if isinstance(items, list) else ():
            try:
                yield _alert(asked, mapping, Scope(item, body, mapping.empty_values or ()))
            except CannotMap as failure:
                yield failure
        return
    yield CannotMap(f"this is no body of {asked.source.title}: {'; '.join(unfit)}")


def _missing(mapping: AlertMapping, body: Scope) -> str:
    """Which condition of the mapping does not hold, in words; empty when all do."""
    for path, patterns in mapping.when.items():
        wanted = tuple(pattern for pattern in patterns if pattern != "*")
        if not body.has(path) or (
            wanted == patterns and not fits(one_line(body.value(path)), wanted)
        ):
            return f"{path} {' or '.join(wanted)}".strip()
    return ""


def _alert(asked: _Asked, mapping: AlertMapping, alert: Scope) -> Alert:
    state = alert.text(mapping.state)
    action = _action(mapping, state)
    _check_requirements(mapping, action, alert)
    if action is None:
        known = ", ".join(sorted({p for patterns in mapping.states.values() for p in patterns}))
        said = (
            f"state {state[:_LONGEST_SHOWN]!r} is unknown" if state else "nothing gives the state"
        )
        raise CannotMap(f"{said}; known are: {known}")
    ends_at = moment_of(alert.text(mapping.ends_at))
    if action is AlertAction.TRIGGER and ends_at and ends_at <= asked.now:
        action = AlertAction.RESOLVE
    key = bounded(alert.text(mapping.key))
    key_is_new = not key and action is AlertAction.TRIGGER and mapping.generate_key
    if key_is_new:
        key = secrets.token_hex(16)
    if not key and action is not AlertAction.IGNORE:
        raise CannotMap(f"nothing in it gives the key, from {' or '.join(mapping.key)}")
    title = _clipped(alert.text(mapping.title), 300)
    if not title and action is AlertAction.TRIGGER:
        raise CannotMap(f"nothing in it gives the title, from {' or '.join(mapping.title)}")
    report, unclear = None, ""
    if title and action is not AlertAction.IGNORE:
        report, unclear = _report(asked, mapping, alert, title, key)
    return Alert(
        action=action,
        dedup_key=key,
        group_key=bounded(alert.text(mapping.group_key)),
        report=report,
        by=_clipped(alert.text(mapping.by), 200) or asked.name,
        detail=_clipped(alert.text(mapping.detail) or title, 500),
        state=_clipped(state, 100),
        reason=_clipped("; ".join(_remarks(mapping, action, alert, state, unclear)), 500),
        starts_at=moment_of(alert.text(mapping.starts_at)),
        left_out=_whole(alert.text(mapping.truncated), otherwise=0),
        key_is_new=key_is_new,
    )


def _action(mapping: AlertMapping, state: str) -> AlertAction | None:
    """The action for `state`: exact patterns go before ones with `*`, those before `*` alone."""
    if not state:
        return None
    for kind in (
        lambda pattern: "*" not in pattern,
        lambda pattern: pattern.strip("*") and "*" in pattern,
        lambda pattern: not pattern.strip("*"),
    ):
        for action, patterns in mapping.states.items():
            if fits(state, tuple(filter(kind, patterns))):
                return action
    return None


def _check_requirements(mapping: AlertMapping, action: AlertAction | None, alert: Scope) -> None:
    errors = []
    for path, wanted in mapping.requires.items():
        said = one_line(alert.value(path))
        if not said:
            if action in wanted.actions or len(wanted.actions) == len(AlertAction):
                errors.append(f"{path} is missing or empty")
        elif wanted.one_of and said not in wanted.one_of:
            shown = said[:_LONGEST_SHOWN]
            errors.append(f"{path} must be one of {', '.join(wanted.one_of)}, not {shown!r}")
        elif wanted.max_length is not None and len(said) > wanted.max_length:
            errors.append(
                f"{path} is {len(said)} characters long; at most {wanted.max_length} are allowed"
            )
    if errors:
        raise CannotMap("; ".join(errors), errors)


def _remarks(
    mapping: AlertMapping, action: AlertAction, alert: Scope, state: str, unclear: str
) -> Iterator[str]:
    if action is AlertAction.IGNORE:
        yield alert.text(mapping.reason) or f"{state!r} neither opens nor ends anything"
    left_out = alert.text(mapping.truncated)
    if left_out not in ("", "0"):
        yield f"the sender left out {left_out} more alerts, which may still go on"
    if unclear:
        yield unclear


def _report(
    asked: _Asked, mapping: AlertMapping, alert: Scope, title: str, key: str
) -> tuple[Report, str]:
    """The report that the alert is, and what was unclear about it."""
    said = alert.text(mapping.occurred_at)
    occurred_at, unclear = moment_of(said), ""
    if occurred_at and occurred_at > asked.now + CLOCKS_MAY_DIFFER_BY:
        occurred_at, unclear = None, f"{said} lies in the future, so the time is left out"
    link = alert.text(mapping.link)
    if not link.startswith(("http://", "https://")):
        link = ""
    report = Report(
        title=title,
        description=_description(mapping, alert, link),
        service=_service(asked, alert.but(mapping.no_services or ()).text(mapping.service)),
        reporter=asked.name,
        channel=Channel.MONITOR,
        users_affected=_whole(alert.text(mapping.users_affected), otherwise=1),
        error_message=_clipped(alert.prose(mapping.error_message), 10_000),
        occurred_at=occurred_at,
        labels=_labels(mapping, alert, link),
        dedup_key=incident_key(asked.name, key),
    )
    return report, unclear


def _description(mapping: AlertMapping, alert: Scope, link: str) -> str:
    parts = [alert.prose(mapping.description)]
    for path in mapping.details:
        lines = lines_of(alert.value(path), _MOST_DETAILS)
        parts.append("\n".join(_clipped(line, _LONGEST_DETAIL) for line in lines))
    if len(link) > 500:  # too long for a label, and a part of it leads nowhere
        parts.append(link)
    return _clipped("\n\n".join(part for part in parts if part), LONGEST_DESCRIPTION)


def _service(asked: _Asked, said: str) -> str:
    """The catalogue's name for the source's service; the source's own where none is known."""
    if not said:
        return ""
    folded = said.casefold()
    for theirs, ours in asked.source.services.items():
        if theirs.casefold() == folded:
            return ours
    for key, service in asked.policy.services.items():
        if folded == service.title.casefold() or folded.replace(" ", "-") == key:
            return key
    return _clipped(said, 100)


def _whole(said: str, otherwise: int) -> int:
    try:
        return min(max(int(said[:20]), 0), _MOST_USERS)
    except ValueError:
        return otherwise


def _labels(mapping: AlertMapping, alert: Scope, link: str) -> dict[str, str]:
    labels = {}
    severity = _severity(mapping, alert.text(mapping.severity))
    if severity:
        labels[SEVERITY] = severity
    if link and len(link) <= 500:
        labels[LINK] = link
    written = [(name, alert.text(texts)) for name, texts in mapping.labels.items()]
    copied = [entry for path in mapping.labels_from for entry in _named(alert.value(path))]
    for name, value in (*written, *copied):
        if value and len(labels) < _MOST_LABELS:
            labels.setdefault(name, _clipped(value, 500))
    return labels


def _named(value: JsonValue) -> Iterable[tuple[str, str]]:
    for name, entry in value.items() if isinstance(value, dict) else ():
        clean = _clipped(one_line(name), 100)
        if clean:
            yield clean, one_line(entry)


def _severity(mapping: AlertMapping, said: str) -> str:
    for severity, patterns in mapping.severities.items():
        if said and fits(said, patterns):
            return severity
    return _clipped(said, 500)


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
