"""The shipped sources, on small bodies after each system's documentation and public reports.

`cases/*.yaml` has them by theme. `report` says where the form is from, `becomes` what the body is
to become: what it does not name is not checked. Cases of one `problem` share their key.
"""

from collections import defaultdict
from typing import Any

import pytest

from standfast.decisions.mapping import alerts_of
from standfast.incidents.alert import Alert, CannotMap
from tests.decisions.mapping.bodies import CASES, NOW, SAMPLES, fernhill, sample


def named(case: dict[str, Any]) -> str:
    return f"{case['source']}: {case['report']}"


def mapped(case: dict[str, Any]) -> Alert:
    (alert,) = alerts_of(fernhill(), case["source"], case["body"], NOW)
    return alert


def told(alert: Alert) -> dict[str, Any]:
    """What a case can name of an alert."""
    report = alert.report
    said: dict[str, Any] = {
        "action": alert.action.value,
        "key": alert.dedup_key,
        "by": alert.by,
        "reason": alert.reason,
        "title": report.title if report else alert.detail,
    }
    if report:
        said |= {
            "service": report.service,
            "severity": report.labels.get("severity", ""),
            "link": report.labels.get("link", ""),
            "error": report.error_message,
            "at": report.occurred_at.isoformat() if report.occurred_at else "",
            "labels": report.labels,
        }
    return said


@pytest.mark.parametrize("case", CASES, ids=named)
def test_a_body_becomes_what_a_person_would_expect(case: dict[str, Any]) -> None:
    said, expected = told(mapped(case)), dict(case["becomes"])
    labels = expected.pop("labels", {})
    assert {name: said[name] for name in expected} == expected
    assert labels.items() <= said.get("labels", {}).items()


def test_all_of_one_problem_share_the_key() -> None:
    keys: dict[tuple[str, str], set[str]] = defaultdict(set)
    for case in CASES:
        if "problem" in case:
            keys[case["source"], case["problem"]].add(mapped(case).dedup_key)
    assert {problem: found for problem, found in keys.items() if len(found) != 1} == {}


def test_whoever_triggers_and_can_recover_is_tried_with_both() -> None:
    """A source whose states resolve has a problem, here or among the samples, that ends."""
    tried: dict[str, set[str]] = defaultdict(set)
    for case in CASES:
        tried[case["source"]].add(mapped(case).action)
    for file in SAMPLES.iterdir():
        source = file.stem.partition("__")[0]
        actions = {a.action for a in alerts_of(fernhill(), source, sample(file.stem), NOW)}
        tried[source] |= actions
    ends = {
        name
        for name, source in fernhill().sources.items()
        for mapping in source.mappings.values()
        if mapping.state != ("trigger",) and "resolve" in mapping.states
    }
    assert {name for name in ends if not {"trigger", "resolve"} <= tried[name]} == set()


def form_of(source_name: str, body: Any) -> str:
    """The form of the source's that reads the body: the first that does not refuse it."""
    source = fernhill().sources[source_name]
    for form, mapping in source.mappings.items():
        alone = source.model_copy(update={"mappings": {form: mapping}})
        policy = fernhill().model_copy(update={"sources": {source_name: alone}})
        try:
            alerts_of(policy, source_name, body, NOW)
        except CannotMap as cannot:
            if "this is no body of" in str(cannot):
                continue
        return form
    return ""


def test_every_form_of_every_source_is_tried() -> None:
    tried: dict[str, set[str]] = defaultdict(set)
    for case in CASES:
        tried[case["source"]].add(form_of(case["source"], case["body"]))
    for file in SAMPLES.iterdir():
        source = file.stem.partition("__")[0]
        tried[source].add(form_of(source, sample(file.stem)))
    # Of Amazon's the confirmation is the same for all: one sample of it is enough.
    amazon = {("guardduty", "confirmation"), ("backup", "confirmation"), ("dms", "confirmation")}
    forms = {(n, form) for n, source in fernhill().sources.items() for form in source.mappings}
    assert {(n, form) for n, form in forms if form not in tried[n]} == amazon
