"""Whatever comes as mail, reading and judging it ends without an error."""

import random
import re
from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standfast.incidents.report import Report
from standfast.mail.filter import judge
from standfast.mail.html_text import text_of_html
from standfast.mail.quoting import strip_quotes
from standfast.mail.reading import read
from standfast.mail.reports import fingerprint, own_key, report_of
from standfast.mail.threading import ids_named
from standfast.mail.verdict import only_agrees, verdict_in
from standfast.policy.mail import MailRules
from tests.examples import examples
from tests.mail.messages import message
from tests.mail.test_handling_shared_messages import FOLDER

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


def handled(raw: bytes) -> Report | None:
    """What would be reported, by every step that looks at the text of a message."""
    mail = read(raw)
    fingerprint(mail, NOW).encode("ascii")
    ids_named(mail)
    own = strip_quotes(mail.text)
    verdict_in(own, RULES)
    only_agrees(own, RULES)
    judgement = judge(mail, RULES)
    assert judgement.reason
    if judgement.kind:
        return None
    return report_of(mail, RULES, NOW, own_key(mail, NOW), "Attachments:\n- x" * 1_000)


@settings(max_examples=examples(400), suppress_health_check=[HealthCheck.too_slow])
@given(HEADERS, BODIES)
def test_any_headers(headers: list[tuple[str, str]], body: str) -> None:
    head = "\r\n".join(f"{name}: {value}" for name, value in headers)
    handled(f"{head}\r\n\r\n{body}".encode("utf-8", "surrogatepass"))


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
    found = sorted(FOLDER.iterdir()) if FOLDER.is_dir() else []
    return [mixed.as_bytes(), *map(Path.read_bytes, found)]


SAMPLES = _samples()


@settings(max_examples=examples(400))
@given(st.sampled_from(SAMPLES), st.randoms(use_true_random=False))
def test_messages_that_were_spoilt_on_their_way(sample: bytes, chance: random.Random) -> None:
    raw = bytearray(sample)
    for _ in range(chance.randint(1, 12)):
        at = chance.randrange(len(raw) + 1)
        match chance.randrange(4):
            case 0:
                raw[at:at] = bytes([chance.randrange(256)])
            case 1:
                del raw[at : at + chance.randint(1, 30)]
            case 2:
                other = chance.choice(SAMPLES)
                cut = chance.randrange(len(other) + 1)
                raw[at:at] = other[cut : cut + chance.randint(1, 200)]
            case _:
                raw[at : at + 1] = chance.choice([b"\n", b"\r", b"\r\n\r\n", b"\0", b"=?", b"\xff"])
    handled(bytes(raw))
