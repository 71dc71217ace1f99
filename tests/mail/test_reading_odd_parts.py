"""Parts whose headers or encoding are not as the standard has them, and pictures in the text."""

import base64
import time

import pytest

from standfast.mail.data_urls import without_pictures
from standfast.mail.reading import read
from tests.mail.messages import RITA

CODED = "Content-Transfer-Encoding:"
PART = "Content-Type: text/plain\n\nThe lift is stuck.\n"


def mixed(kind: str, boundary: str, close: str = "--") -> bytes:
    """A message of a text and a file."""
    file = "Content-Type: text/csv; name=a.csv\n\n1,2\n"
    body = f"--{boundary}\n{PART}--{boundary}\n{file}--{boundary}{close}\n"
    return f"From: {RITA}\nContent-Type: {kind}\n\n{body}".encode()


@pytest.mark.parametrize(
    ("kind", "boundary"),
    [
        (
            "multipart/mixed; boundary=----=_Part_5028_7368284.1115579351471",
            "----=_Part_5028_7368284.1115579351471",
        ),
        ("multipart/mixed; boundary=a:b?c/d", "a:b?c/d"),
        ("multipart/mixed; boundary=(x)", "(x)"),
        ("multipart/mixed; boundary=b charset=utf-8", "b"),
        ("multipart/mixed boundary=b", "b"),
        ('multipart/mixed; boundary="b ', "b"),
        ("multipart/mixed; boundary='b'", "b"),
        ('multipart/mixed; BOUNDARY = "b"', "b"),
        ("multipart/mixed; boundary*0=b; boundary*1=c", "bc"),
        ("multipart/mixed; boundary*=us-ascii'en'b%2Bc", "b+c"),
        ('multipart/mixed;\n\tboundary="b"; type="text/plain"', "b"),
        ('multipart/mixed; boundary="-"', "-"),
        ('Multipart/Mixed; boundary="--==_mimepart_1"', "--==_mimepart_1"),
        ("multipart; boundary=b", "b"),
        ("multipart/; boundary=b", "b"),
        ('multipart/mixed; boundary="another"', "b"),
        ("multipart/mixed", "b"),
        ("multipart/mixed; boundary=", "----b"),
    ],
)
@pytest.mark.parametrize("close", ["--", "-- ", ""])
def test_parts_are_found_however_their_boundary_is_written(
    kind: str, boundary: str, close: str
) -> None:
    """mikel/mail attachment_with_unquoted_name, Webklex/php-imap#544."""
    found = read(mixed(kind, boundary, close))
    assert found.text == "The lift is stuck."
    assert [one.name for one in found.attachments][:1] == ["a.csv"]


@pytest.mark.parametrize(
    ("headers", "name"),
    [
        (
            "Content-Type: application/pdf; name==?utf-8?B?VGhpcyBpcyBhIHRlc3QucGRm?=",
            "This is a test.pdf",
        ),
        (
            'Content-Disposition: attachment; filename="=?utf-8?B?w6Q=?= =?utf-8?B?LnBkZg==?="',
            "ä.pdf",
        ),
        (
            'Content-Disposition: attachment; filename="=?utf-8?B?YcM=?=\n =?utf-8?B?pC5wZGY=?="',
            "aä.pdf",
        ),
        ("Content-Disposition: attachment; filename=Hulick, Sam Fee.pdf", "Hulick, Sam Fee.pdf"),
        ('Content-Disposition: attachment; filename="a;b.pdf"', "a;b.pdf"),
        (r'Content-Disposition: attachment; filename="a \"b\".pdf"', 'a "b".pdf'),
        ('Content-Disposition: attachment; filename="unclosed.pdf', "unclosed.pdf"),
        ("Content-Disposition: attachment; filename*=utf-8''%C3%A4.pdf", "ä.pdf"),
        ("Content-Disposition: attachment; filename*=UTF-8''a%20b.pdf; filename=x", "a b.pdf"),
        ("Content-Disposition: attachment; filename*0*=utf-8''%C3; filename*1*=%A4.pdf", "ä.pdf"),
        ("Content-Disposition: attachment; filename*1=b.pdf; filename*0=a", "ab.pdf"),
        ("Content-Disposition: attachment; filename*=gb2312''%B9%FA.pdf", "国.pdf"),
        ("Content-Disposition: attachment; filename=größe.pdf", "größe.pdf"),
        ("Content-Disposition: attachment\nContent-Type: application/pdf; name=a.pdf", "a.pdf"),
        ("Content-Type: pdf; name=a.pdf", "a.pdf"),
        ("Content-Type: =?utf-8?Q?plain/text?=; name=a.pdf", "a.pdf"),
        ("Content-Disposition: attachment", "part-1.plain"),
    ],
)
def test_names_of_files(headers: str, name: str) -> None:
    """zammad/zammad#6141, mat-sz/letterparser#13, mikel/mail base64_encoded_name."""
    found = read(f"From: {RITA}\n{headers}\n\n%PDF".encode())
    assert [(one.name, one.content) for one in found.attachments] == [(name, b"%PDF")]


@pytest.mark.parametrize(
    ("headers", "body", "text"),
    [
        ("Content-Type: text", "words", "words"),
        ("Content-Type: html", "<p>words</p>", "words"),
        ("Content-Type: TEXT/HTML;", "<p>words</p>", "words"),
        ("Content-Type: ;;;", "words", "words"),
        ("Content-Type: text/plain charset=iso-8859-1", "words", "words"),
        ("Content-Transfer-Encoding: base64;", "d29yZHM=", "words"),
        ("Content-Transfer-Encoding: BASE64 ", "d29\nyZHM", "words"),
        (
            "Content-Transfer-Encoding: base64",
            "d29y\nZHM=\n_____\nhelp mailing list",
            "words\n_____\nhelp mailing list",
        ),
        ("Content-Transfer-Encoding: base64", "d28=cmRz", "words"),
        ("Content-Transfer-Encoding: base64", "d29y*ZHM=", "words"),
        ("Content-Transfer-Encoding: quoted-printable", "w=6Frds =", "words"),
        ("Content-Transfer-Encoding: quoted-printable", "f=C3=BCr =\n100=% =XY=", "für 100=% =XY"),
        ("Content-Transfer-Encoding: quoted-printable;", "f=c3=bcr", "für"),
        ("Content-Transfer-Encoding: none", "words", "words"),
        ("Content-Transfer-Encoding:", "words", "words"),
    ],
)
def test_texts(headers: str, body: str, text: str) -> None:
    found = read(f"From: {RITA}\n{headers}\n\n{body}\n".encode())
    assert (found.text, found.attachments) == (text, ())


def parts(kind: str, *found: str) -> bytes:
    """A multipart of these parts."""
    body = "".join(f"--b\n{part}\n" for part in found)
    return f"From: {RITA}\nContent-Type: {kind}; boundary=b\n\n{body}--b--\n".encode()


HTML = "Content-Type: text/html\n\n<p>The lift is stuck.</p>"
LOGO = "Content-Type: image/png; name=logo.png\nContent-ID: <logo>\n\nPNG"


@pytest.mark.parametrize(
    ("raw", "names"),
    [
        (parts("multipart/signed", PART, "Content-Type: application/pgp-signature\n\nx"), []),
        (parts("multipart/signed", PART, "Content-Type: application/pkcs7-signature\n\nx"), []),
        (
            parts(
                "multipart/alternative",
                "Content-Type: text/plain\n\nYour program shows no HTML. Use a browser.",
                HTML,
            ),
            [],
        ),
        (parts("multipart/alternative", PART, "Content-Type: text/x-amp-html\n\nx", HTML), []),
        (parts("multipart/alternative", "Content-Type: text/plain\n\n \n", HTML), []),
        (parts("multipart/mixed", HTML.replace("html", "html; name=body.html", 1)), ["body.html"]),
        (parts("multipart/related", HTML, LOGO), ["logo.png"]),
        (parts("multipart/mixed", PART, "Content-Type: text/plain; name=a.log\n\nx"), ["a.log"]),
    ],
)
def test_the_text_and_what_is_beside_it(raw: bytes, names: list[str]) -> None:
    found = read(raw)
    assert found.text == "The lift is stuck."
    assert [one.name for one in found.attachments] == names
    assert [one.is_inline for one in found.attachments] == [name == "logo.png" for name in names]


def test_logos_come_after_what_somebody_attached() -> None:
    file = "Content-Type: text/plain; name=a.log\n\nx"
    found = read(parts("multipart/mixed", PART, LOGO, file))
    assert [one.name for one in found.attachments] == ["a.log", "logo.png"]


def test_too_many_parts_are_left_out_and_that_is_said() -> None:
    found = read(parts("multipart/mixed", *[PART] * 600))
    assert found.text.endswith("too deep: what follows is left out]")


def test_a_message_inside_may_be_in_base64() -> None:
    inside = base64.encodebytes(f"From: a@x.example\nSubject: Lift\n{PART}".encode()).decode()
    found = read(
        parts("multipart/mixed", f"Content-Type: message/rfc822\n{CODED} base64\n\n{inside}")
    )
    assert found.text == "From: a@x.example\nSubject: Lift\n\nThe lift is stuck."
    assert b"Subject: Lift" in found.attachments[0].content


PICTURE = b"\x89PNG" + b"x" * 3_000_000
URL = f"data:image/png;base64,{base64.b64encode(PICTURE).decode()}"
LINES = base64.encodebytes(PICTURE[:9_000]).decode()


@pytest.mark.parametrize(
    ("kind", "body", "text"),
    [
        ("html", f'<p><img src="{URL}"></p><p>Label printer.</p>', "Label printer."),
        ("html", f"<p><img src='{URL}' alt=x></p><p>Label printer.</p>", "Label printer."),
        ("html", f"<p><img src={URL}></p><p>Label printer.</p>", "Label printer."),
        ("html", f'<div style="background: url({URL})">Label printer.</div>', "Label printer."),
        ("html", f'<img src="{URL}"><img src="{URL}">Label printer.', "Label printer."),
        ("plain", f"[{URL}]\n\nLabel printer.", "[[image/png]]\n\nLabel printer."),
        ("plain", f"![]({URL}) Label printer.", "![]([image/png]) Label printer."),
        (
            "plain",
            f"data:image/png;base64,{LINES}\nLabel printer.",
            "[image/png]\n\nLabel printer.",
        ),
        ("plain", "data:text/plain,short stays", "data:text/plain,short stays"),
    ],
)
def test_pictures_of_megabytes_before_the_words(kind: str, body: str, text: str) -> None:
    head = f"From: {RITA}\nContent-Type: text/{kind}\n\n"
    found = read(f"{head}{body}".encode())
    assert found.text == text
    assert {one.kind for one in found.attachments} <= {"image/png"}
    assert all(PICTURE.startswith(one.content) for one in found.attachments)


@pytest.mark.parametrize(
    "text",
    [
        '"data:a/b,' * 300_000,
        "data:a/b;" * 300_000,
        "data:a/b,\n" * 300_000,
        '"data:a/b,' + " " * 10**6,
    ],
)
def test_what_only_begins_like_a_picture_takes_no_time(text: str) -> None:
    began = time.process_time()
    without_pictures(text, is_html=True)
    assert time.process_time() - began < 3
