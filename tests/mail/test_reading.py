"""What is read out of a message, however odd it is."""

import base64
import time
from email.message import EmailMessage

import pytest

from standfast.mail.html_text import text_of_html
from standfast.mail.mail import Envelope
from standfast.mail.reading import read
from tests.mail.messages import HELP, RITA, message, raw


def typed(charset: str, body: bytes, kind: str = "text/plain") -> bytes:
    """A message whose body is in that charset, or says so."""
    head = f"From: {RITA}\r\nContent-Type: {kind}; charset={charset}\r\n"
    return head.encode() + b"Content-Transfer-Encoding: 8bit\r\n\r\n" + body


@pytest.mark.parametrize(
    ("charset", "body", "text"),
    [
        ("utf-8", "für".encode(), "für"),
        ("us-ascii", "für".encode(), "für"),
        ("iso-8859-1", b"f\xfcr \x80", "für €"),
        ("Shift_JIS", "障害".encode("shift_jis"), "障害"),
        ("ks_c_5601-1987", "스티해".encode("cp949"), "스티해"),
        ("big5", "當機".encode("big5"), "當機"),
        ("koi8-r", "сбой".encode("koi8-r"), "сбой"),
        ('"no-such-charset"', "für".encode(), "für"),
        ("unicode_escape", rb"a\u0041 \z", r"a\u0041 \z"),
        ("undefined", b"f\xfcr", "für"),
        ("zip", b"x", "x"),
        ("utf-8", b"half \xc3", "half \ufffd"),
        ("x" * 5_000, b"x", "x"),
    ],
)
def test_charsets_lie_and_never_fail(charset: str, body: bytes, text: str) -> None:
    assert read(typed(charset, body)).text == text


@pytest.mark.parametrize(
    ("head", "sender", "subject"),
    [
        (b"From: R <r@x.example>\nSubject: a\n", "r@x.example", "a"),
        (b"From : R <r@x.example>\nSubject  : a\n", "r@x.example", "a"),
        (b"Subject: a\nwhatever this is\nFrom: r@X.example\n", "r@x.example", "a"),
        (b"From me Mon May  2 16:07:05 2005\nSubject: a\nFrom: r@x.example\n", "r@x.example", "a"),
        ("From: Jürg <jürg@bücher.example>\nSubject: ä\n".encode(), "jürg@bücher.example", "ä"),
        (b"From: Big Bug bb@bug.example\nSubject: =?NONE?B?VEVTVA=?=\n", "bb@bug.example", "TEST"),
        (b"From: =?utf-8?q?=\nSubject: =?iso-8859-1?q?f=FCr?=\n", "=?utf-8?q?=", "für"),
        (b"Sender: s@x.example\nSubject: a\n b\n", "s@x.example", "a b"),
        (b"From: <>\nSubject: " + b"=?utf-8?b?w4Q=?= " * 2 + b"\n", "", "ÄÄ"),
        (b"From: r@x.example\nSubject: a\rBcc: all@x.example\n", "r@x.example", "a"),
    ],
)
def test_headers_that_no_standard_allows(head: bytes, sender: str, subject: str) -> None:
    found = read(head + b"\nbody\n")
    assert (found.sender, found.subject) == (sender, subject)
    assert found.text == "body"


def test_a_text_that_looks_like_headers_loses_nothing() -> None:
    found = read("From: Сергей\nДобрый день.\n\nПока".encode())
    assert (found.sender, found.text) == ("Сергей", "Добрый день.\n\nПока")
    assert not read(b"<html><body>From: somebody</body></html>").is_mail


def test_ids_of_messages_lose_what_does_not_belong_to_them() -> None:
    found = read(
        b"Message-ID  : <1234   @   local(blah)  .machine .example>\nIn-Reply-To: <b@x> (of today)"
        b"\nReferences: <a@x>\nReferences: <b@x>,<c\n @x>\n\n"
    )
    assert found.message_id == "1234@local.machine.example"
    assert found.answers == ("b@x", "c@x", "a@x")


def test_the_envelope_counts_for_more_than_what_is_written() -> None:
    written = b"Return-Path: <r@x.example>\nTo: a@x.example\nSubject: x\n\n"
    found = read(written, Envelope("", ("help+INC-AAAAAAAAAA@x.example",)))
    assert found.return_path == ""
    assert found.recipients == ("help+inc-aaaaaaaaaa@x.example", "a@x.example")
    assert read(written).return_path == "r@x.example"
    assert read(b"Subject: x\n\n").return_path is None


def test_plain_text_is_preferred_and_html_becomes_text() -> None:
    both = message("plain words")
    both.add_alternative("<p>marked words</p>", subtype="html")
    assert read(both.as_bytes()).text == "plain words"
    html = EmailMessage()
    html["From"] = RITA
    html.set_content("<p>marked <b>words</b></p>", subtype="html")
    assert read(html.as_bytes()).text == "marked words"


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>a<p>b", "a\n\nb"),
        ("a<br>b<div>c</div>d", "a\nb\nc\nd"),
        ("<style>p{}</style><script>alert(1)</script><title>t</title>x", "x"),
        ("a<blockquote>b<br>c</blockquote>d", "a\n> b\n> c\nd"),
        ("<ul><li>a<li>b</ul>", "- a\n- b"),
        ("<pre>a\n  b</pre>", "a\n  b"),
        ('<a href="https://x.example/y">here</a>', "here <https://x.example/y>"),
        ('<a href="https://x.example/">https://x.example</a>', "https://x.example"),
        ('<a href="javascript:alert(1)">here</a>', "here"),
        ("&lt;script&gt; &amp; co", "<script> & co"),
        ("<img src=x onerror=alert(1)>x", "x"),
        ("<!-- gone -->x", "x"),
    ],
)
def test_html_as_a_person_reads_it(html: str, text: str) -> None:
    assert text_of_html(html) == text


@pytest.mark.parametrize(
    "html",
    ["<div>" * 200_000, "<ul><li>" * 100_000, "<b>" * 300_000, "<" * 500_000, "<a href=" * 90_000],
)
def test_html_that_is_meant_to_take_long_does_not(html: str) -> None:
    began = time.process_time()
    text_of_html(html)
    assert time.process_time() - began < 3


def test_attachments_of_every_kind() -> None:
    mail = message("see below")
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="bild für.png")
    mail.add_attachment("a,b", subtype="csv", filename="../../etc/passwd")
    mail.add_attachment(message("inside", subject="Inner"))
    mail.add_attachment(b"", maintype="application", subtype="pdf", filename="empty.pdf")
    found = read(mail.as_bytes())
    assert found.text == "see below"
    kinds = [(one.name, one.kind) for one in found.attachments]
    assert kinds == [
        ("bild für.png", "image/png"),
        ("../../etc/passwd", "text/csv"),
        ("message-3.eml", "message/rfc822"),
        ("empty.pdf", "application/pdf"),
    ]
    assert found.attachments[0].content == b"\x89PNG"
    assert b"Subject: Inner" in found.attachments[2].content


def test_uuencode() -> None:
    coded = (
        raw("x")
        .replace(b"7bit", b"x-uuencode")
        .replace(b"\n\nx\n", b"\n\nbegin 644 f\n#86)C\n`\nend\n")
    )
    assert read(coded).text == "abc"


def nested(depth: int) -> bytes:
    parts = [f"Content-Type: multipart/mixed; boundary=b{n}\n\n--b{n}\n" for n in range(depth)]
    return f"From: {RITA}\nSubject: deep\n{''.join(parts)}Content-Type: text/plain\n\nx".encode()


@pytest.mark.parametrize(
    "bad",
    [
        nested(20),
        nested(3_000),
        b"From: " + b"(" * 50_000 + b"\nSubject: x\n\nx",
        b"From: " + b'"a" <a@x.example>, ' * 20_000 + b"\nSubject: x\n\nx",
        b"From: a@x.example\nSubject: " + b"=?utf-8?q?=41?= " * 20_000 + b"\n\nx",
        b"From: a@x.example\nSubject: x\nReferences: " + b"<a@x> " * 50_000 + b"\n\nx",
        b"From: a@x.example\nSubject: x\n" + b"X-Y: z\n" * 50_000 + b"\nx",
        b'From: a@x.example\nContent-Type: text/plain; name="' + b"n" * 10_000_000 + b'"\n\nx',
        b"From: a@x.example\nContent-Type: multipart/mixed; boundary=b\n\n"
        + b"--b\nContent-Type: message/rfc822\n\nSubject: y\n\nz\n" * 3_000,
        b"From: a@x.example\n\n" + b"x" * 5_000_000,
        b"From: a@x.example\nContent-Transfer-Encoding: base64\n\n"
        + base64.b64encode(b"x" * 9_999),
        b"\r" * 100_000,
        b"\x00" * 100_000,
        b"",
        b":",
        b"From:\nContent-Type: multipart/alternative\n\n",
        b"From: a@x.example\nContent-Type: multipart/report; boundary=\n\n<p>x</p>",
        b"Content-Type: text/plain; charset*=utf-8'%ff%\nFrom: a@x.example\n\nx",
        b"Content-Disposition: attachment; filename*0*=x''%; filename*1=b\nFrom: a@x.example\n\nx",
        b"Date: Mon, 99 Foo 99999 99:99:99 +9999\nFrom: a@x.example\n\nx",
    ],
)
def test_what_is_meant_to_break_it_does_not(bad: bytes) -> None:
    began = time.process_time()
    found = read(bad)
    assert time.process_time() - began < 10
    assert len(found.text) <= 200_000


def test_the_date_is_a_moment_or_nothing() -> None:
    at = read(raw(date="Mon, 23 Nov 2026 10:00:00 +0100")).date
    assert at
    assert at.isoformat() == "2026-11-23T09:00:00+00:00"
    for broken in ("yesterday", "Sat, 20 Sep 2008 20:04:30 +0300 (", ""):
        found = read(f"To: {HELP}\nDate: {broken}\n\n".encode()).date
        assert found is None or found.year == 2008
