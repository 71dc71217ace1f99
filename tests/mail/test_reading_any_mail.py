"""Whatever comes as mail, reading and judging it ends without an error."""

import base64
import random
import re
import time
from datetime import datetime
from pathlib import Path

from compressed_rtf import compress
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standfast.incidents.report import Report
from standfast.mail.filter import judge
from standfast.mail.html_text import text_of_html
from standfast.mail.parts import LONGEST_TEXT
from standfast.mail.quoting import own_words, strip_quotes
from standfast.mail.reading import read
from standfast.mail.reports import fingerprint, own_key, report_of
from standfast.mail.threading import ids_named
from standfast.mail.verdict import only_agrees, verdict_in
from standfast.policy.mail import MailRules
from tests.examples import examples
from tests.mail.messages import message
from tests.mail.replies import REPLIES
from tests.mail.test_handling_shared_messages import FOLDER
from tests.mail.test_reading_wrapped import (
    INSIDE,
    RTF,
    attached,
    attribute,
    properties,
    signed,
    winmail,
)

RULES = MailRules()
NOW = datetime.fromisoformat("2026-11-24T12:00:00+00:00")

NAMES = st.sampled_from(
    (
        *(
            "From",
            "To",
            "Subject",
            "Date",
            "Message-ID",
            "References",
            "In-Reply-To",
            "Content-Type",
        ),
        *("Content-Disposition", "Content-Transfer-Encoding", "MIME-Version", "Return-Path", "X-Y"),
    )
)
PIECES = st.sampled_from(
    (
        *(
            "=?utf-8?q?=C3?=",
            "=?idna?b?eA==?=",
            "=?unicode_escape?q?=5Cz?=",
            "<",
            ">",
            '"',
            "(",
            "\\",
        ),
        *(
            "multipart/mixed; boundary=b",
            "message/rfc822",
            "text/html",
            "; charset=",
            "idna",
            "utf-7",
        ),
        *(
            "base64",
            "quoted-printable",
            "x-uuencode",
            "attachment; filename*0*=utf-8''%",
            "\r",
            "\0",
        ),
        *("a@b.example", "@", ",", ":", ";", "\r\n ", "--b", "INC-7F3K2QXWM4", "Mon, 1 Jan 2026"),
    )
)
VALUES = st.lists(PIECES | st.text(max_size=8), max_size=8).map("".join)
HEADERS = st.lists(st.tuples(NAMES, VALUES), max_size=8)
BODIES = st.lists(PIECES | st.text(max_size=20) | st.just("\r\n"), max_size=12).map("\r\n".join)


LINES = st.sampled_from(
    tuple(dict.fromkeys(line for one in REPLIES[::9] for line in one.text.split("\n")))
) | st.text(max_size=20)
_LONGEST_READING = 5.0
"""Seconds of CPU; a machine that is busy takes a few for the worst."""


def handled(raw: bytes) -> Report | None:
    """What would be reported, by every step that looks at the text of a message."""
    began = time.process_time()
    mail = read(raw)
    assert len(mail.text) <= LONGEST_TEXT
    assert sum(len(one.content) for one in mail.attachments) <= 8 * len(raw) + 4 * LONGEST_TEXT
    fingerprint(mail, NOW).encode("ascii")
    ids_named(mail)
    own = strip_quotes(mail.text)
    verdict_in(own, RULES)
    only_agrees(own, RULES)
    own_words(mail)
    judgement = judge(mail, RULES)
    assert judgement.reason
    assert time.process_time() - began < _LONGEST_READING
    if judgement.kind:
        return None
    return report_of(mail, RULES, NOW, own_key(b"secret", mail, NOW), "Attachments:\n- x" * 1_000)


@settings(max_examples=examples(400), suppress_health_check=[HealthCheck.too_slow])
@given(HEADERS, BODIES)
def test_any_headers(headers: list[tuple[str, str]], body: str) -> None:
    head = "\r\n".join(f"{name}: {value}" for name, value in headers)
    handled(f"{head}\r\n\r\n{body}".encode("utf-8", "surrogatepass"))


KINDS = st.sampled_from(
    (
        *("text/plain", "text/html", "text", "message/rfc822", "message/delivery-status"),
        *("application/pkcs7-mime", "application/octet-stream; name=smime.p7m", "image/png"),
        *("application/ms-tnef", "application/x; name=winmail.dat", "=?x?", "", "a/b; name==?x?="),
    )
)
CHARSETS = st.sampled_from(
    (
        "",
        "; charset=utf-8",
        "; charset=iso-2022-jp",
        "; charset=utf-7",
        "; charset=hz",
        "; charset=x",
    )
)
ENCODINGS = st.sampled_from(("", "base64", "quoted-printable", "x-uuencode", "8bit;", "none"))
CONTENTS = st.sampled_from((signed(INSIDE), winmail(attached(b"a", b"b")), RTF))
LEAVES = st.tuples(KINDS, CHARSETS, ENCODINGS, st.binary(max_size=60) | CONTENTS)
MULTIPARTS = st.sampled_from(
    (
        *(
            "multipart/mixed; boundary=",
            "multipart/alternative; boundary=",
            "multipart/x boundary=",
        ),
        *("multipart/signed; boundary=", "multipart/encrypted; boundary=", "multipart/mixed; b="),
    )
)
Leaf = tuple[str, str, str, bytes]


def _leaf(leaf: Leaf) -> bytes:
    kind, charset, encoding, content = leaf
    coded = base64.encodebytes(content) if encoding == "base64" else content
    head = f"Content-Type: {kind}{charset}\nContent-Transfer-Encoding: {encoding}\n\n"
    return head.encode() + coded


def _multipart(found: tuple[str, str, list[bytes], bool]) -> bytes:
    kind, boundary, parts, closes = found
    head = f"Content-Type: {kind}{boundary}\n\npreamble\n".encode()
    body = b"".join(b"--" + boundary.encode() + b"\n" + part + b"\n" for part in parts)
    return head + body + (b"--" + boundary.encode() + b"--\n" if closes else b"")


PARTS = st.recursive(
    LEAVES.map(_leaf),
    lambda below: st.tuples(
        MULTIPARTS, st.sampled_from(("b", "b:", "c")), st.lists(below, max_size=4), st.booleans()
    ).map(_multipart),
    max_leaves=8,
)


@settings(max_examples=examples(120), suppress_health_check=[HealthCheck.too_slow])
@given(PARTS)
def test_any_structure(part: bytes) -> None:
    handled(b"From: a@b.example\nSubject: x\n" + part)


@settings(max_examples=examples(120))
@given(st.lists(LINES, max_size=12).map("\n".join))
def test_any_reply(text: str) -> None:
    own = strip_quotes(text)
    assert own == "" or own.split()[0] in text
    assert bool(own) == bool(text.strip())


@settings(max_examples=examples(300))
@given(st.binary(max_size=2_000))
def test_any_bytes(raw: bytes) -> None:
    handled(raw)
    handled(b"From: a@b.example\nSubject: " + raw)
    handled(b"From: a@b.example\nContent-Type: text/html\n\n" + raw)


@settings(max_examples=examples(200))
@given(st.text(max_size=500))
def test_any_html(html: str) -> None:
    text = text_of_html(f"<div>{html}</div>")
    assert not re.search(r"<(?:script|style)\b", text) or "&lt" in html


def _samples() -> list[bytes]:
    """Messages to spoil: our own, and those of the folder where there is one."""
    mixed = message("Nothing opens.", message_id="<1@x.example>")
    mixed.add_alternative("<p>Nothing <b>opens</b>.</p>", subtype="html")
    mixed.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="ä b.png")
    mixed.add_attachment(message("inside"))
    sealed = message("See inside.")
    sealed.add_attachment(signed(INSIDE), maintype="application", subtype="pkcs7-mime")
    file = winmail(attribute(1, 0x9003, properties((0x102, 0x1009, compress(RTF)))))
    sealed.add_attachment(file, maintype="application", subtype="ms-tnef")
    replies = [one.text.encode() for one in REPLIES[::9]]
    heads = [b"From: a@b.example\nContent-Type: text/%s\n\n" % kind for kind in (b"plain", b"html")]
    ours = [
        mixed.as_bytes(),
        sealed.as_bytes(),
        *(head + text for head in heads for text in replies),
    ]
    return [*ours, *map(Path.read_bytes, sorted(FOLDER.iterdir()) if FOLDER.is_dir() else [])]


SAMPLES = _samples()


@settings(max_examples=examples(400))
@given(st.sampled_from(SAMPLES), st.randoms(use_true_random=False))
def test_messages_that_were_spoilt_on_their_way(sample: bytes, chance: random.Random) -> None:
    raw = bytearray(sample)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(raw) + 1)
        match chance.randrange(6):
            case 0:
                raw[at:at] = bytes([chance.randrange(256)])
            case 1:
                del raw[at : at + chance.randint(1, 30)]
            case 2:
                other = chance.choice(SAMPLES)
                cut = chance.randrange(len(other) + 1)
                raw[at:at] = other[cut : cut + chance.randint(1, 200)]
            case 3:
                raw[at : at + 1] = bytes(
                    [raw[at] ^ (1 << chance.randrange(8))] if at < len(raw) else b""
                )
            case 4:
                line = raw[raw.rfind(b"\n", 0, at) + 1 : raw.find(b"\n", at) + 1]
                raw[at:at] = line * chance.randint(1, 50)
            case _:
                raw[at : at + 1] = chance.choice([b"\n", b"\r", b"\r\n\r\n", b"\0", b"=?", b"\xff"])
    handled(bytes(raw))
