"""Maps the body of a webhook to alerts, by the mapping of its source.

Everything in a body is data. Texts are cleaned and cut to fit a report, so that a body becomes
alerts or is refused with the reason.
"""

import secrets
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

from pydantic import JsonValue

from standfast.decisions.bodies import Body, opened, read_body
from standfast.decisions.json_paths import Scope, fits, lines_of, one_line
from standfast.decisions.moments import moment_of
from standfast.decisions.policy_names import no_such_source
from standfast.decisions.secrets import without_secrets
from standfast.decisions.unknown_body import (
    of_removed_source,
    part_left_out,
    says_something,
    unknown_body,
)
from standfast.incidents.alert import Alert, AlertAction, CannotMap
from standfast.incidents.dedup_keys import bounded, incident_key
from standfast.incidents.report import CLOCKS_MAY_DIFFER_BY, LONGEST_DESCRIPTION, Channel, Report
from standfast.incidents.severity import SEVERITY
from standfast.policy.policy import Policy
from standfast.policy.sources import AlertMapping, Source, UnknownBodies

__all__ = ["Body", "CannotMap", "alerts_in", "alerts_of", "read_body"]

LINK = "link"
"""The label that a mapping's `link` becomes, as its `severity` becomes SEVERITY."""

MOST_ALERTS = 5_000
"""Of one body. What follows is left out, and an alert says so."""

_MOST_NAMED = 3
_MOST_LABELS = 50
_MOST_DETAILS = 100
_LONGEST_DETAIL = 1_000
_MOST_USERS = 1_000_000_000
_LONGEST_SHOWN = 60


def alerts_in(
    policy: Policy,
    name: str,
    body: Body,
    now: datetime,
    unknown: UnknownBodies = UnknownBodies.REFUSE,
) -> tuple[Alert, ...]:
    """The alerts in a body that was read, each with a note of what was mended in it.

    unknown: whether a body that no mapping fits becomes an alert, too, as does any of a source that
        the policy has no more. An empty one never does.

    Raises:
        CannotMap: as `alerts_of`; or the body is empty.
    """
    if name not in policy.sources and unknown is UnknownBodies.OPEN and body.value != "":
        return (of_removed_source(name, body, no_such_source(name, policy.sources)),)
    source = _source(policy, name)
    if body.value == "":
        raise CannotMap(f"the body is empty, and not JSON{_hint(source)}")
    failures: Sequence[CannotMap] = ()
    try:
        alerts, failures = _mapped(_Asked(policy, source, name, now), body.value)
    except CannotMap as failure:
        helpful = _helpful(policy, name, source, body, failure)
        if unknown is UnknownBodies.REFUSE or not says_something(body.value):
            raise helpful from None
        alerts, failures = (), (helpful,)
    noted = [_with_note(alert, body.note) if body.note else alert for alert in alerts]
    if failures and unknown is UnknownBodies.OPEN:
        noted.append(unknown_body(name, source, body, str(failures[0])))
    too_many = len(noted) - MOST_ALERTS
    left_out = body.left_out
    if too_many > 0:
        left_out = left_out or f"it has more than {MOST_ALERTS} alerts"
    if left_out:  # what may still fire in the part that nobody has read
        known = (_not_whole(alert) for alert in noted[:MOST_ALERTS])
        noted = [*known, part_left_out(name, source, left_out)]
    return tuple(noted)


def alerts_of(policy: Policy, name: str, body: JsonValue, now: datetime) -> tuple[Alert, ...]:
    """The alerts in `body`, which the source `name` of the policy sent, in their order.

    `now` decides whether an alert with an end time is over. Where one of several alerts cannot be
    mapped, it alone is ignored, with the reason. A list of bodies is mapped body by body.

    Raises:
        CannotMap: the policy has no such source, or there is no alert in the body.
    """
    return _mapped(_Asked(policy, _source(policy, name), name, now), body)[0]


def _not_whole(alert: Alert) -> Alert:
    return alert.model_copy(update={"left_out": max(alert.left_out, 1)})


def _source(policy: Policy, name: str) -> Source:
    source = policy.sources.get(name)
    if source is None:
        raise CannotMap(no_such_source(name, policy.sources))
    return source


def _mapped(asked: "_Asked", body: JsonValue) -> tuple[tuple[Alert, ...], Sequence[CannotMap]]:
    """The alerts, and why some could not be mapped. CannotMap: none could."""
    outcomes = list(
        islice(
            (
                outcome
                for inner in opened(asked.source.envelopes, body, MOST_ALERTS + 1)
                for outcome in _of_body(asked, inner)
            ),
            MOST_ALERTS + 1,
        )
    )
    failures = [outcome for outcome in outcomes if isinstance(outcome, CannotMap)]
    if failures and len(failures) == len(outcomes):
        raise failures[0]
    alerts = tuple(
        _passed_over(outcome, asked.name) if isinstance(outcome, CannotMap) else outcome
        for outcome in outcomes
    )
    return alerts, failures


def _helpful(
    policy: Policy, name: str, source: Source, body: Body, failure: CannotMap
) -> CannotMap:
    """The refusal, with the sources that take such bodies, and the hint of this one."""
    if body.not_json:
        return CannotMap(f"{body.not_json}{_hint(source)}")
    others = [
        other
        for other, its in policy.sources.items()
        if other != name
        and any(
            mapping.when and not _missing(mapping, Scope(inner, inner, mapping.empty_values or ()))
            for inner in opened(its.envelopes, body.value, 1)
            for mapping in its.mappings.values()
        )
    ]
    takes = " and ".join(others[:_MOST_NAMED])
    told = f"; the source {takes} takes such bodies" if takes else ""
    if not told and not source.hint:
        return failure
    errors = failure.errors if len(failure.errors) > 1 else ()
    return CannotMap(f"{failure}{told}{_hint(source)}", errors)


def _hint(source: Source) -> str:
    return f"; {source.hint}" if source.hint else ""


def _with_note(alert: Alert, note: str) -> Alert:
    reason = _clipped("; ".join(filter(None, (alert.reason, note))), 500)
    report = alert.report
    if report:
        kept = _clipped(report.description, LONGEST_DESCRIPTION - len(note) - 10)
        told = "\n\n".join(filter(None, (kept, f"({note})")))
        report = report.model_copy(update={"description": told})
    return alert.model_copy(update={"reason": reason, "report": report})


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
    if isinstance(body, list) and any(isinstance(entry, dict) for entry in body):
        for entry in body[: MOST_ALERTS + 1]:  # each is a body by itself
            yield from _of_body(asked, entry) if not isinstance(entry, list) else ()
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
    title = _clipped(alert.text(mapping.title), 300)
    if not title and action is AlertAction.TRIGGER:
        raise CannotMap(f"nothing in it gives the title, from {_shown(mapping.title)}")
    if not key and action is not AlertAction.IGNORE:
        raise CannotMap(f"nothing in it gives the key, from {_shown(mapping.key)}")
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
        told = "\n".join(without_secrets(_clipped(line, _LONGEST_DETAIL)) for line in lines)
        if one_line(told) != one_line(parts[0]):
            parts.append(told)
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


def _shown(texts: Sequence[str]) -> str:
    return _clipped(" or ".join(_clipped(text, 80) for text in texts), 300)


def _clipped(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
