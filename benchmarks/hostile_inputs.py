"""The worst inputs that each door takes: one row each, built when it is sent, at most 2 MB.

A row is added where a new kind of text is read. What an input exploits is in its name.
"""

import base64
import gzip
import json
from collections.abc import Callable
from typing import NamedTuple

MOST_BYTES = 2_000_000

REPORT, ACTION, SOURCE, ALERTS, EVENTS = "report", "action", "source", "alerts", "events"
MAIL, SMTP, SIGN_IN, CONNECTIONS = "mail", "smtp", "sign-in", "connections"


class Input(NamedTuple):
    """What is sent through which door.

    kind: its content type. connections: how many send it at one moment, and read no answer.
    """

    door: str
    what: str
    build: Callable[[], bytes]
    kind: str = "application/json"
    connections: int = 0

    @property
    def bytes(self) -> int:
        """How many are sent in all."""
        return len(self.build()) * max(1, self.connections)


def _full(piece: bytes, before: bytes = b"", after: bytes = b"", most: int = MOST_BYTES) -> bytes:
    """`piece` again and again, as often as it fits between the two."""
    room = most - len(before) - len(after)
    return before + piece * (room // len(piece)) + after


def _marks(letters: int) -> str:
    """One letter with so many marks, each in the wrong order before the next."""
    return "a" + "\u0315\u0300" * (letters // 2)


def _report(**fields: object) -> bytes:
    return json.dumps({"title": "Wiki crashed", **fields}, ensure_ascii=False).encode()


_FROM = b"From: rita@storyville.example\r\nTo: help@storyville.example\r\nSubject: Wiki crashed\r\n"
_TEXT = _FROM + b"Content-Type: text/plain; charset=utf-8\r\n\r\n"
_HTML = _FROM + b"Content-Type: text/html; charset=utf-8\r\n\r\n"
_PARTS = _FROM + b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n"


def _nested(parts: int) -> bytes:
    return _PARTS + b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (at, at + 1)
        for at in range(parts)
    )


def _packed(kind: bytes, content: bytes) -> bytes:
    head = b"Content-Type: " + kind + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    return _FROM + head + base64.encodebytes(content)


def _burst(connections: int, what: str, first: str, *headers: str, rest: bytes = b"") -> Input:
    """So many connections, each of which sends this request, or its beginning."""
    head = "\r\n".join((f"{first} HTTP/1.1", "Host: 127.0.0.1", *headers)).encode()
    return Input(CONNECTIONS, what, lambda: head + rest, connections=connections)


_END = b"\r\n\r\n"
_PIPELINED = b"GET /none HTTP/1.1\r\nHost: 127.0.0.1" + _END

_FORM = "application/x-www-form-urlencoded"
_FORM_IN_PARTS = "multipart/form-data; boundary=a"

INPUTS = (
    Input(REPORT, "19,000 marks on a letter", lambda: _report(description=_marks(19_000))),
    Input(REPORT, "2 MB of marks", lambda: _report(description=_marks(980_000))),
    Input(REPORT, "nested lists", lambda: _full(b"[")),
    Input(REPORT, "a number without end", lambda: _full(b"1", b'{"title": ', b"}")),
    Input(
        REPORT,
        "150,000 unknown fields",
        lambda: json.dumps({f"f{n}": 1 for n in range(150_000)}).encode(),
    ),
    Input(REPORT, "labels", lambda: _report(labels={f"l{n}": "x" for n in range(100_000)})),
    Input(ACTION, "2 MB of marks", lambda: json.dumps({"text": _marks(330_000)}).encode()),
    Input(SOURCE, "nested lists", lambda: _full(b"[")),
    Input(SOURCE, "quotation marks", lambda: _full(b'"', b'{"a": "')),
    Input(SOURCE, "packed quotation marks", lambda: gzip.compress(b'{"a": "' + b'"' * 9_900_000)),
    Input(SOURCE, "packed marks", lambda: gzip.compress(_report(message=_marks(2_000_000)))),
    Input(SOURCE, "a long number", lambda: _full(b"1", b'{"title": ', b"}")),
    Input(
        SOURCE,
        "a form of many parts",
        lambda: _full(b"--a\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n"),
        _FORM_IN_PARTS,
    ),
    Input(
        SOURCE,
        "a form with a million parameters",
        lambda: _full(b";a=1", b"--a\r\nContent-Disposition: form-data", b"\r\n\r\nx\r\n--a--"),
        _FORM_IN_PARTS,
    ),
    Input(
        SOURCE, "what looks like secrets", lambda: _full(b"api", b'{"title": "a", "x": "', b'"}')
    ),
    Input(ALERTS, "alerts", lambda: b"[" + b",".join([b'{"labels":{"a":"b"}}'] * 90_000) + b"]"),
    Input(ALERTS, "20 kB of alerts", lambda: _full(b'{"labels":{"a":"b"}},', b"[", b"{}]", 20_000)),
    Input(
        ALERTS,
        "alerts that all differ",
        lambda: b"[" + b",".join(b'{"labels":{"a":"%d"}}' % n for n in range(80_000)) + b"]",
    ),
    Input(
        EVENTS, "marks", lambda: _report(routing_key="x" * 32, payload={"summary": _marks(600_000)})
    ),
    Input(MAIL, "350 kB of nested parts", lambda: _nested(5_800)),
    Input(MAIL, "nested parts of one boundary", lambda: _full(_PARTS[-46:], _PARTS)),
    Input(MAIL, "many parts", lambda: _full(b"--b0\r\n\r\nx\r\n", _PARTS)),
    Input(MAIL, "headers", lambda: _full(b"a:b\r\n", _FROM, b"\r\nx")),
    Input(MAIL, "quotation marks in From", lambda: b"From: " + b'"' * 9_900 + b"\r\n\r\nx"),
    Input(
        MAIL,
        "many long From",
        lambda: _full(b"From: " + b'"(<=?' * 1_900 + b"\r\n", b"", b"\r\nx"),
    ),
    Input(MAIL, "2 MB of marks", lambda: _full("\u0315\u0300".encode(), _TEXT)),
    Input(MAIL, "HTML paragraphs", lambda: _full(b"<p>x", _HTML)),
    Input(MAIL, "HTML tables", lambda: _full(b"<table><tr><td>", _HTML)),
    Input(
        MAIL,
        "signed within signed",
        lambda: _packed(b"application/pkcs7-mime", b"\x24\x80" * 700_000),
    ),
    Input(
        MAIL,
        "TNEF",
        lambda: _packed(
            b"application/ms-tnef",
            b"\x78\x9f\x3e\x22\1\0" + b"\1\x06\x90\x08\0\4\0\0\0\0\0\0\0\0\0" * 90_000,
        ),
    ),
    Input(SMTP, "350 kB of nested parts", lambda: _nested(5_800)),
    Input(SMTP, "a million empty lines", lambda: _full(b"\r\n", _TEXT)),
    Input(SMTP, "a line without end", lambda: _full(b"x", _TEXT)),
    Input(SIGN_IN, "a form of a million fields", lambda: _full(b"a&"), _FORM),
    Input(
        SIGN_IN,
        "a form of many parts",
        lambda: _full(b"--a\r\nContent-Disposition: form-data; name=a\r\n\r\nx\r\n"),
        _FORM_IN_PARTS,
    ),
    Input(CONNECTIONS, "a head without end", lambda: _full(b"a: b\r\n", b"GET / HTTP/1.1\r\n")),
    _burst(3_000, "connections that ask nothing", "GET /"),
    _burst(3_000, "half heads", "POST /api/incidents", rest=b"\r\n"),
    _burst(3_000, "half posts", "POST /api/incidents", "Content-Length: 100", rest=_END + b"{"),
    _burst(
        3_000,
        "half posts with a wrong token",
        "POST /api/incidents",
        "Authorization: Bearer sft_none",
        "Content-Length: 100",
        rest=_END + b"{",
    ),
    _burst(
        3_000,
        "wrong keys",
        "POST /intake/generic",
        "Authorization: Bearer sft_none",
        "Content-Length: 2",
        rest=_END + b"{}",
    ),
    _burst(3_000, "pages that are not there", "GET /none", rest=_END),
    _burst(3_000, "sign-in pages", "GET /sign-in", rest=_END),
    _burst(3_000, "what is not HTTP", "GET none", rest=_END),
    _burst(1_000, "fifteen requests each", "GET /none", rest=_END + _PIPELINED * 14),
)
