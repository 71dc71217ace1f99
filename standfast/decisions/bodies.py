"""Reads the body of a webhook, and opens its envelopes.

JSON by the standard parser first. What that refuses is read as a form, as JSON that can be mended,
or as words. So no alert is lost for its form, and whatever was mended or left out is noted.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from urllib.parse import parse_qsl

from pydantic import JsonValue

from standfast.decisions.body_text import body_text
from standfast.decisions.json_paths import Scope
from standfast.decisions.lenient_json import read_lenient
from standfast.policy.sources import Envelope

FORM = "application/x-www-form-urlencoded"
_PARTS = "multipart/form-data"

_MOST_FIELDS = 1_000
"""Of a form; what sends alerts has a handful."""

_LONGEST_HEADER = 2_000
_BOUNDARY = re.compile(r';\s{0,9}boundary=(?:"([^"]{1,200})"|([^\s;,"]{1,200}))', re.IGNORECASE)
_END_OF_HEAD = re.compile(rb"\r?\n\r?\n")
_FIELD_NAME = re.compile(r'[;\s]name=(?:"([^"]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
_FILE_NAME = re.compile(r"[;\s]filename\*?=", re.IGNORECASE)

_MOST_COMMAS = 500_000
"""Commas of a text that is read: so its values take a bounded memory. An alert has a few dozen."""

_MOST_LAYERS = 3
"""How often JSON may be written as a text of JSON."""

_MOST_VALUES = 10_000
"""Of JSON values one after the other; what follows is left out."""

_MOST_BYTES_SHOWN = 40
_MOST_CONTROLS = 0.05
"""The part of a text that may be control characters."""

_LONGEST_INT = 300
"""Digits of a whole number; a longer one stays the text that it is."""

_FIELD_WITH_JSON = re.compile(r"[\w.-]{1,100}=(?=[\[{])")
_BETWEEN = re.compile(r"[\s,;\x00\x1e]*")
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|[\[\]{},]', re.DOTALL)
_SEPARATORS = re.compile(r"[\s_.:/-]+")
_LONGEST_NAME = 200
_BEHIND_A_LIST = re.compile(r"\]\s*,\s*(?=\")")
_MOST_TRIED = 500
_LONGEST_END = 50_000
_CLOSES = {"[": "]", "{": "}"}
_CONTROLS = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f\x7f\ufffd]")


@dataclass(frozen=True)
class Body:
    """A body that was read.

    value: what it holds; where it is neither JSON nor a form, its words.
    note: what was mended in it, empty for one that is right.
    not_json: why it is no JSON, where `value` is its words, or its first bytes.
    left_out: what is not in `value`, since there was too much of it.
    """

    value: JsonValue
    note: str = ""
    not_json: str = ""
    left_out: str = ""


def read_body(
    raw: bytes,
    content_type: str = "",
    query: str = "",
    *,
    cut_off_at: int | None = None,
    end: bytes = b"",
) -> Body:
    """The bytes of a request as JSON. A form becomes a mapping of its fields. Never raises.

    JSON that is sent with the content type of a form is read as JSON: such senders exist.

    query: counts as a form where there is no body.
    cut_off_at: the bytes after which the body was cut off, where more followed.
    end: the last of what followed: what stands there around the alerts counts for all of them.
    """
    text, odd, packed = body_text(raw, content_type)
    left_out = f"it is larger than {cut_off_at:,} bytes" if cut_off_at else ""
    if packed and not left_out:
        left_out = "it is incomplete, or too large unpacked"
    last = end.decode("utf-8", "replace")
    while text.count(",") > _MOST_COMMAS:
        last = last or text[-_LONGEST_END:]
        text = text[: len(text) // 2]
        left_out = f"it holds more than {_MOST_COMMAS:,} values"
    if not text.strip():
        return Body(_form(query, FORM) if query else "", left_out=left_out)
    try:
        value, mended = _json_of(text, cut_off=bool(left_out))
    except ValueError as error:
        fields = _parts(raw, content_type) or _form(text, content_type)
        if fields:
            return Body(_of_form(fields), note=odd, left_out=left_out)
        if _is_binary(text):  # packed in a way that is not read here, or encrypted
            shown: JsonValue = {"bytes": raw[:_MOST_BYTES_SHOWN].hex(" ")}
            return Body(shown, not_json="the body is not text", left_out=left_out)
        return Body(text, note=odd, not_json=f"the body is not JSON: {error}", left_out=left_out)
    if last and isinstance(value, dict):
        value = {**_fields_at_the_end(last), **value}
    return Body(value, "; ".join(filter(None, (odd, mended))), left_out=left_out)


def _is_binary(text: str) -> bool:
    beginning = text[:1_000]
    found = len(_CONTROLS.findall(beginning))
    return found > 1 and found > _MOST_CONTROLS * len(beginning)


def opened(envelopes: Sequence[Envelope], body: JsonValue, most: int) -> list[JsonValue]:
    """The first bodies, at most so many, inside `body`'s envelopes; without any it is the one."""
    bodies = [body]
    for envelope in envelopes:
        inside = (_open(envelope, entry) for each in bodies for entry in _each(envelope, each))
        bodies = list(islice(inside, most))
    return bodies


def _each(envelope: Envelope, body: JsonValue) -> Iterator[JsonValue]:
    entries = Scope(body, body).value(envelope.each) if envelope.each else None
    if not isinstance(entries, list) or not entries:
        yield body
        return
    kept = {}
    if isinstance(body, dict):
        kept = {name: body[name] for name in envelope.keep if name in body}
    for entry in entries:
        yield {**kept, **entry} if kept and isinstance(entry, dict) else entry


def _open(envelope: Envelope, body: JsonValue) -> JsonValue:
    if isinstance(body, dict):
        if envelope.plain_names:
            body = _plainly_named(body)
        if envelope.lift or envelope.look_into:
            body = _lifted(envelope, body)
    inside = Scope(body, body).value(envelope.open) if envelope.open else None
    if isinstance(inside, str):
        try:
            inside = _json_of(inside)[0]
        except ValueError:
            return body  # words, not JSON: a mapping may still know what they mean
    return inside if isinstance(inside, dict | list) else body


def _plainly_named(body: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """With names such as `alertname` for `Alert_Name`. Of several alike the first counts."""
    named: dict[str, JsonValue] = {}
    for name, value in body.items():
        named.setdefault(_SEPARATORS.sub("", name[:_LONGEST_NAME]).casefold(), value)
    return named


def _lifted(envelope: Envelope, body: dict[str, JsonValue]) -> dict[str, JsonValue]:
    """With the fields of its inner mappings beside its own, where it has none of that name."""
    whole = dict(body)
    for name in (*envelope.lift, *envelope.look_into):
        inner = _of_field(whole.get(name))
        if not isinstance(inner, dict):
            continue
        if name in envelope.lift:
            del whole[name]
        for field, value in (_plainly_named(inner) if envelope.plain_names else inner).items():
            if whole.get(field) in (None, ""):
                whole[field] = value
    return whole


def _json_of(text: str, *, cut_off: bool = False) -> tuple[JsonValue, str]:
    """The JSON in `text`, and what was mended. ValueError: there is none, with the place."""
    value, mended = _unlayered(text, cut_off=cut_off)
    for _ in range(_MOST_LAYERS):
        if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "[", '"'):
            break
        try:
            value, more = _unlayered(value, cut_off=cut_off)
        except ValueError:
            break
        mended = mended or more
    return value, mended


def _unlayered(text: str, *, cut_off: bool) -> tuple[JsonValue, str]:
    try:
        strict: JsonValue = json.loads(text)
    except RecursionError:
        wrong = "it is nested too deeply"
    except ValueError as error:
        wrong = "a number is too long" if "digit" in str(error) else str(error)
    else:
        return strict, ""
    note = f"the body is not valid JSON ({wrong}), and was read as far as possible"
    for attempt in (_values, _closed) if cut_off else (_values,):
        value = attempt(text)
        if value is not None:
            return value, "" if cut_off else note
    try:
        return read_lenient(text), note
    except ValueError:
        raise ValueError(wrong) from None


def _whole(digits: str) -> int | str:
    return int(digits) if len(digits) <= _LONGEST_INT else digits


_DECODER = json.JSONDecoder(strict=False, parse_int=_whole)
"""Takes raw line breaks in texts, and numbers of any length."""


def _values(text: str) -> JsonValue:
    """The object or list, or the list of those that stand one after the other; else None."""
    at = 0
    found: list[JsonValue] = []
    while len(found) < _MOST_VALUES:
        between = _BETWEEN.match(text, at)
        at = between.end() if between else at
        if at >= len(text):
            break
        try:
            value, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            break
        if not isinstance(value, dict | list):
            break
        found.append(value)
    return found[0] if len(found) == 1 else found or None


def _closed(text: str) -> JsonValue:
    """The JSON of a text that was cut off, without its last, incomplete entry; else None."""
    open_: list[str] = []
    cut, closing = 0, ""
    fewest = 0  # brackets around an entry of a list: those are the alerts
    for found in _TOKEN.finditer(text):
        mark = found[0]
        if mark in _CLOSES:
            open_.append(mark)
        elif mark in ("]", "}"):
            del open_[-1:]
        elif mark == "," and open_:
            in_list = open_[-1] == "["
            if not fewest or (in_list and len(open_) <= fewest):
                fewest = len(open_) if in_list else 0
                cut = found.start()
                closing = "".join(_CLOSES[bracket] for bracket in reversed(open_))
    try:
        value: JsonValue = _DECODER.decode(text[:cut] + closing)
    except (ValueError, RecursionError):
        return None
    return value


def _fields_at_the_end(text: str) -> dict[str, JsonValue]:
    """The fields behind the last list of the whole body, such as the group of its alerts."""
    for found in islice(_BEHIND_A_LIST.finditer(text), _MOST_TRIED):
        try:
            fields = _DECODER.decode(f"{{{text[found.end() :]}")
        except (ValueError, RecursionError):
            continue
        return fields if isinstance(fields, dict) else {}
    return {}


def _form(text: str, content_type: str) -> dict[str, JsonValue]:
    named = _FIELD_WITH_JSON.match(text.lstrip())
    if named:  # JSON that nobody encoded for a form
        name, _, value = text.strip().partition("=")
        return {name: value}
    begins_like_one = text[:1].isalpha() and "=" in text[:100] and not set(text[:100]) & set(" <{")
    if not begins_like_one and not content_type.lower().startswith(FORM):
        return {}
    try:
        return dict(parse_qsl(text.strip(), max_num_fields=_MOST_FIELDS))
    except ValueError:
        return {}


def _parts(raw: bytes, content_type: str) -> dict[str, JsonValue]:
    """The fields of a form in parts, without its files."""
    boundary = _BOUNDARY.search(content_type[:_LONGEST_HEADER])
    if not content_type.lower().startswith(_PARTS) or not boundary:
        return {}
    mark = re.escape((boundary[1] or boundary[2]).strip().encode("latin-1", "replace"))
    pieces = re.split(b"\\r?\\n--" + mark, b"\n" + raw, maxsplit=_MOST_FIELDS + 1)
    fields: dict[str, JsonValue] = {}
    for piece in pieces[1 : _MOST_FIELDS + 1]:
        end = _END_OF_HEAD.search(piece, 0, _LONGEST_HEADER)
        if piece.startswith(b"--") or not end:
            continue
        head = piece[: end.start()].decode("utf-8", "replace")
        name = _FIELD_NAME.search(head)
        if name and not _FILE_NAME.search(head):
            fields[name[1] or name[2]] = body_text(piece[end.end() :]).text
    return fields


def _of_form(fields: dict[str, JsonValue]) -> JsonValue:
    """The fields; one that holds JSON opened, and alone it is the body."""
    opened = {name: _of_field(value) for name, value in fields.items()}
    if len(opened) == 1:
        (value,) = opened.values()
        if isinstance(value, dict | list):
            return value
    return opened


def _of_field(value: JsonValue) -> JsonValue:
    if not isinstance(value, str) or value.lstrip()[:1] not in ("{", "["):
        return value
    try:
        return _json_of(value)[0]
    except ValueError:
        return value
