"""Whatever comes: an alert, or a refusal in words. Nothing else, for no source."""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pydantic import JsonValue

from standfast.decisions.mapping import alerts_in, alerts_of, read_body
from standfast.incidents.alert import Alert, AlertAction, CannotMap
from standfast.incidents.report import refusal
from standfast.policy.sources import UnknownBodies
from tests.decisions.mapping.bodies import CASES, NOW, SAMPLES, fernhill, sample
from tests.decisions.mapping.test_real_bodies import BODIES
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
    well_formed(outcome(lambda: alerts_of(fernhill(), source, body, NOW)))


def well_formed(alerts: tuple[Alert, ...] | CannotMap) -> None:
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


def taken(source: str, raw: bytes, content_type: str = "") -> tuple[Alert, ...] | CannotMap:
    """What a door makes of bytes: alerts, or a refusal."""
    body = read_body(raw, content_type)
    alerts = outcome(lambda: alerts_in(fernhill(), source, body, NOW, UnknownBodies.OPEN))
    well_formed(alerts)
    return alerts


@settings(max_examples=examples(120))
@given(
    raw=st.binary(max_size=200) | st.sampled_from([b"[" * 100_000, b'{"a":' * 50_000, b"a=1&b=2"]),
    content_type=st.sampled_from(["", "multipart/form-data; boundary=x", "a/b; charset=utf-7"]),
)
def test_any_bytes_are_an_alert_or_refused(raw: bytes, content_type: str) -> None:
    for source in ("grafana", "generic"):
        alerts = taken(source, raw, content_type)
        # Nothing that says something disappears.
        assert alerts or not raw.strip()


TORN = (
    '"',
    "\\",
    "\n",
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "{{x}}",
    "\x00",
    "é",
    "'",
    '"x" ',
    "C:\\",
    "//",
)


@st.composite
def torn_samples(draw: st.DrawFn) -> tuple[str, bytes]:
    """The text of a sample as a careless template or a bad line leaves it."""
    file = draw(st.sampled_from(sorted(SAMPLES.iterdir())))
    text = file.read_text()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(text)))
        gone = draw(st.sampled_from([0, 0, 1, 1, 5, 100]))
        text = text[:at] + draw(st.sampled_from(TORN)) + text[at + gone :]
    encoding = draw(st.sampled_from(["utf-8", "utf-8", "cp1252", "utf-16"]))
    raw = text.encode(encoding, "replace")
    return file.stem.partition("__")[0], raw[: draw(st.sampled_from([None, None, len(raw) // 2]))]


@settings(max_examples=examples(120), suppress_health_check=[HealthCheck.too_slow])
@given(drawn=torn_samples())
def test_a_torn_body_is_never_silence(drawn: tuple[str, bytes]) -> None:
    source, raw = drawn
    for door in (source, "generic"):
        assert taken(door, raw)


@pytest.mark.skipif(not BODIES.is_dir(), reason=f"there are no bodies in {BODIES}")
@settings(max_examples=examples(30), suppress_health_check=[HealthCheck.too_slow])
@given(drawn=st.data())
def test_a_torn_body_of_a_real_monitor_is_never_silence(drawn: st.DataObject) -> None:
    file = drawn.draw(st.sampled_from(sorted(BODIES.glob("*.json"))))
    text = file.read_text()
    at = drawn.draw(st.integers(0, len(text)))
    torn = text[:at] + drawn.draw(st.sampled_from(TORN)) + text[at + 1 :]
    source = file.stem.partition("__")[0]
    for door in (source if source in SOURCES else "grafana", "generic"):
        assert taken(door, torn.encode())


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
