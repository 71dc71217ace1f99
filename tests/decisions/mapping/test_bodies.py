"""The bytes of a body, in any encoding, packing and form, and what is too much of them."""

import gzip
import json
import time
import zlib
from typing import Any

import pytest
from pydantic import JsonValue

from standfast.decisions.bodies import Body, read_body

BODY: dict[str, JsonValue] = {"title": "Größe überschritten", "n": 1}
TEXT = json.dumps(BODY, ensure_ascii=False)


@pytest.mark.parametrize(
    "raw",
    [
        *(TEXT.encode(encoding) for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le")),
        *(TEXT.encode(encoding) for encoding in ("utf-16-be", "utf-32")),
        pytest.param(gzip.compress(TEXT.encode()), id="adnanh/webhook#303"),
        zlib.compress(TEXT.encode()),
        pytest.param(json.dumps(json.dumps(TEXT)).encode(), id="louislam/uptime-kuma#7060"),
    ],
)
def test_the_same_body_in_any_encoding_and_packing(raw: bytes) -> None:
    assert read_body(raw) == Body(BODY)


def test_bytes_that_are_no_utf_8() -> None:
    body = read_body(TEXT.encode("cp1252"))
    assert body.value == BODY
    assert body.note == "some of its bytes are not UTF-8, and were read as Windows-1252"
    named = read_body('{"t": "障害"}'.encode("shift-jis"), "application/json; charset=Shift_JIS")
    assert named == Body({"t": "障害"})
    mixed = read_body(b'{"t": "\xc3\xa9 and \xe9"}', "application/json; charset=zip")
    assert mixed.value == {"t": "é and é"}


FORM = "application/x-www-form-urlencoded"


@pytest.mark.parametrize(
    ("raw", "content_type", "value"),
    [
        ("title=Disk+full&id=5", "", {"title": "Disk full", "id": "5"}),
        ("a b=Disk&c=d", FORM, {"a b": "Disk", "c": "d"}),
        ('{"a": "b=c"}', FORM, {"a": "b=c"}),
        ("payload=%7B%22a%22%3A1%7D", FORM, {"a": 1}),
        ('payload={"a": "x&y"}', "", {"a": "x&y"}),
        ("who=me&payload=%5B1%5D", FORM, {"who": "me", "payload": [1]}),
        ("payload=%7Bno", FORM, {"payload": "{no"}),
        ('{"a": 1}\n{"b": 2}\n', "", [{"a": 1}, {"b": 2}]),
        ('{"a": 1}; sent by cron', "", {"a": 1}),
        ('{"a": 1, "a": 2}', "", {"a": 2}),
        ("Disk full on db1\nsince 8", "text/plain", "Disk full on db1\nsince 8"),
        ('{"n": ' + "9" * 9_000 + "}", "", {"n": "9" * 9_000}),
    ],
)
def test_forms_and_sequences(raw: str, content_type: str, value: Any) -> None:
    assert read_body(raw.encode(), content_type).value == value


def test_a_form_in_parts() -> None:
    raw = (
        b'--x\r\nContent-Disposition: form-data; name="title"\r\n\r\nDisk full\r\n'
        b'--x\r\nContent-Disposition: form-data; name="f"; filename="a.png"\r\n\r\nPNG\r\n--x--'
    )
    assert read_body(raw, "multipart/form-data; boundary=x").value == {"title": "Disk full"} | {}


def test_the_address_counts_where_there_is_no_body() -> None:
    assert read_body(b"", query="title=Disk+full&state=ok").value == {
        "title": "Disk full",
        "state": "ok",
    }
    assert read_body(b"{}", query="title=Disk").value == {}


def test_what_is_nested_too_deeply_is_left_out() -> None:
    body = read_body(b'{"t": "x", "d": ' + b"[" * 99_999 + b"]" * 99_999 + b', "k": 1}')
    assert isinstance(body.value, dict)
    assert (body.value["t"], body.value["k"]) == ("x", 1)
    assert "nested too deeply" in body.note


def test_of_a_body_that_was_cut_off_the_whole_entries_are_read() -> None:
    alerts = [{"labels": {"a": f"p{n}", "l": ["x", "y"]}, "d": 'é\\"]}'} for n in range(50)]
    text = json.dumps({"status": "firing", "tags": ["a", "b"], "alerts": alerts}).encode()
    for length in range(len(text) // 2, len(text), 37):
        body = read_body(text[:length], cut_off_at=length)
        assert isinstance(body.value, dict)
        found = body.value["alerts"]
        assert isinstance(found, list)
        assert found == alerts[: len(found)]
        assert len(found) >= 50 * length // len(text) - 2
        assert body.left_out == f"it is larger than {length:,} bytes"
        assert not body.note


def test_what_stands_behind_the_alerts_counts_where_those_were_cut_off() -> None:
    """Alertmanager writes the group's key behind thousands of alerts."""
    alerts = [{"labels": {"pod": f"p{n}"}, "of": ["x"], "more": 1} for n in range(50)]
    rest = {"groupLabels": {"a": ["]", '],"'], "b": 1}, "groupKey": "g", "truncatedAlerts": 0}
    text = json.dumps({"status": "firing", "alerts": alerts, **rest}).encode()
    body = read_body(text[:1_000], cut_off_at=1_000, end=text[-500:])
    assert isinstance(body.value, dict)
    assert {**body.value, "alerts": 0} == {"status": "firing", "alerts": 0, **rest}
    assert body.value["alerts"] == alerts[: len(body.value["alerts"])]  # type: ignore[arg-type]
    values = read_body(b'{"alerts": [' + b"{}," * 600_000 + b'{}], "groupKey": "g"}')
    assert isinstance(values.value, dict)
    assert values.value["groupKey"] == "g"


def test_a_body_that_is_too_large_unpacked_is_read_in_part() -> None:
    text = json.dumps([{"title": "x" * 1_000} for _ in range(11_000)])
    body = read_body(gzip.compress(text.encode()))
    assert isinstance(body.value, list)
    assert 9_000 < len(body.value) < 11_000
    assert "too large unpacked" in body.left_out


@pytest.mark.parametrize("piece", [";a=1", ";a*0*=1", "\r\nX-A: 1"])
def test_the_heads_of_a_form_in_parts_cost_no_more_than_their_length(piece: str) -> None:
    """The library takes the square of the number of parameters: 48 seconds for these."""
    head = "Content-Disposition: form-data; name=a" + piece * 250_000
    body = f"--a\r\n{head}\r\n\r\nx\r\n--a--".encode()
    began = time.process_time()
    read_body(body, "multipart/form-data; boundary=a")
    assert time.process_time() - began < 1.0
