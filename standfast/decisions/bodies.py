"""Parses the body of a webhook as JSON, and opens its envelopes."""

import json
from collections.abc import Iterator, Sequence
from urllib.parse import parse_qsl

from pydantic import JsonValue

from standfast.decisions.json_paths import Scope
from standfast.incidents.alert import CannotMap
from standfast.policy.sources import Envelope

FORM = "application/x-www-form-urlencoded"

_MOST_FIELDS = 1_000
"""Of a form; what sends alerts has a handful."""


def read_body(raw: bytes, content_type: str = "") -> JsonValue:
    """The bytes of a request as JSON. A form becomes a mapping of its fields.

    JSON that is sent with the content type of a form is read as JSON: such senders exist.

    Raises:
        CannotMap: it is neither; the text says where it stops being JSON.
    """
    text = raw.decode("utf-8-sig", "replace")
    try:
        return _json(text)
    except ValueError as error:
        fields = _form(text, content_type)
        if fields:
            return fields
        raise CannotMap(f"the body is not JSON: {error}") from None


def opened(envelopes: Sequence[Envelope], body: JsonValue) -> list[JsonValue]:
    """The bodies inside `body`'s envelopes; where it has none, it is the one body itself."""
    bodies = [body]
    for envelope in envelopes:
        bodies = [_open(envelope, entry) for each in bodies for entry in _each(envelope, each)]
    return bodies


def _each(envelope: Envelope, body: JsonValue) -> Iterator[JsonValue]:
    entries = Scope(body, body).value(envelope.each) if envelope.each else None
    yield from entries if isinstance(entries, list) else [body]


def _open(envelope: Envelope, body: JsonValue) -> JsonValue:
    inside = Scope(body, body).value(envelope.open) if envelope.open else None
    if isinstance(inside, str):
        try:
            inside = _json(inside)
        except ValueError:
            return body  # words, not JSON: a mapping may still know what they mean
    return inside if isinstance(inside, dict | list) else body


def _json(text: str) -> JsonValue:
    try:
        value: JsonValue = json.loads(text)
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return value


def _form(text: str, content_type: str) -> dict[str, JsonValue]:
    begins_like_one = text[:1].isalpha() and "=" in text[:100] and not set(text[:100]) & set(" <{")
    if not begins_like_one and not content_type.lower().startswith(FORM):
        return {}
    try:
        return dict(parse_qsl(text.strip(), max_num_fields=_MOST_FIELDS))
    except ValueError:
        return {}
