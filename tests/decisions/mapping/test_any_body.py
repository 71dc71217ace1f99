"""Whatever comes: an alert, or a refusal in words. Nothing else, for no source."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from standfast.decisions.mapping import alerts_of, read_body
from standfast.incidents.alert import Alert, AlertAction, CannotMap
from standfast.incidents.report import refusal
from tests.decisions.mapping.bodies import CASES, NOW, SAMPLES, fernhill, sample
from tests.examples import examples

SOURCES = sorted(fernhill().sources)

ODD = (
    *("", " ", "\ud800", "\x00\x1b[2J", "x" * 40_000, "firing", "9" * 400, "0001-01-01T00:00:00Z"),
    *("2999-01-01T00:00:00Z", "{labels}", "http://[", "critical", "-1", "NaN", "\u202e\u200f"),
)
LIKE_REAL = [
    *((file.stem.partition("__")[0], sample(file.stem)) for file in sorted(SAMPLES.iterdir())),
    *((case["source"], case["body"]) for case in CASES),
]
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.sampled_from(ODD),
    st.text(st.characters(), max_size=20),
)
ANY_JSON = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=12,
)


def outcome(call: Callable[[], tuple[Alert, ...]]) -> tuple[Alert, ...] | CannotMap:
    """What `call` returns, or its refusal; any other exception fails the test."""
    try:
        return call()
    except CannotMap as cannot:
        return cannot


def well_mapped(source: str, body: JsonValue) -> None:
    alerts = outcome(lambda: alerts_of(fernhill(), source, body, NOW))
    if isinstance(alerts, CannotMap):
        assert str(alerts)
        assert all(alerts.errors)
        return
    for alert in alerts:
        assert alert.by
        assert alert.dedup_key or alert.action is AlertAction.IGNORE
        assert alert.reason or alert.action is not AlertAction.IGNORE
        assert alert.report or alert.action is not AlertAction.TRIGGER
        assert not alert.report or refusal(alert.report, NOW) is None
        # It crosses to other processes as JSON.
        assert Alert.model_validate_json(alert.model_dump_json()) == alert


@settings(max_examples=examples(80))
@given(body=ANY_JSON)
def test_any_json_for_any_source(body: JsonValue) -> None:
    for source in SOURCES:
        well_mapped(source, body)


def bent(value: JsonValue, draw: st.DrawFn) -> JsonValue:
    """`value` with some of its parts replaced by anything, or gone."""
    kind = draw(st.integers(0, 11))
    if kind == 0:
        return draw(ANY_JSON)
    if isinstance(value, dict):
        kept = {name: bent(part, draw) for name, part in value.items()}
        return {name: part for name, part in kept.items() if draw(st.integers(0, 14))}
    if isinstance(value, list):
        return [bent(part, draw) for part in value]
    return value


@st.composite
def bent_samples(draw: st.DrawFn) -> tuple[str, JsonValue]:
    source, body = draw(st.sampled_from(LIKE_REAL))
    return source, bent(body, draw)


@settings(max_examples=examples(250), suppress_health_check=[HealthCheck.too_slow])
@given(drawn=bent_samples())
def test_any_likeness_of_a_real_body(drawn: tuple[str, JsonValue]) -> None:
    well_mapped(*drawn)


@settings(max_examples=examples(300))
@given(
    raw=st.binary(max_size=200) | st.sampled_from([b"[" * 100_000, b'{"a":' * 50_000, b"a=1&b=2"])
)
def test_any_bytes_are_json_or_refused(raw: bytes) -> None:
    outcome(lambda: alerts_of(fernhill(), "grafana", read_body(raw), NOW))


@pytest.mark.parametrize("source", SOURCES)
def test_a_number_that_cannot_be_written_out(source: str) -> None:
    for name in ("key", "id", "event", "state", "status", "check_id", "AlarmName", "alert"):
        well_mapped(source, {name: 10**5_000, "state": 10**5_000, "status": -(10**5_000)})


@pytest.mark.parametrize("source", SOURCES)
def test_a_body_that_nests_without_end(source: str) -> None:
    deep: JsonValue = "bottom"
    for _ in range(50_000):
        deep = [deep]
    for name in ("alerts", "event", "incident", "Message", "payload", "data", "alert", "state"):
        well_mapped(source, {name: deep})
    well_mapped(source, deep)
