"""Text that is wrapped in something else: signed S/MIME, PGP, `winmail.dat`, a message inside."""

import struct
import zlib
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import cache

import pytest
from asn1crypto import cms
from compressed_rtf import compress
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import pkcs7

from standfast.mail.mail import Mail
from standfast.mail.reading import read
from standfast.mail.tnef import SIGNATURE
from tests.mail.messages import RITA, message

WORDS = "The ERP shows wrong stock since 6:30, für alle."
INSIDE = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{WORDS}\r\n".encode()


@cache
def _identity() -> tuple[rsa.RSAPrivateKey, x509.Certificate]:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Sven")])
    now = datetime(2026, 11, 29, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
    return key, made.sign(key, hashes.SHA256())


def signed(content: bytes) -> bytes:
    """Content in a signature of its own, as Outlook signs "not in clear text"."""
    key, certificate = _identity()
    builder = pkcs7.PKCS7SignatureBuilder().set_data(content)
    builder = builder.add_signer(certificate, key, hashes.SHA256())
    return builder.sign(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


def encrypted(content: bytes) -> bytes:
    """Content for somebody else."""
    builder = pkcs7.PKCS7EnvelopeBuilder().set_data(content).add_recipient(_identity()[1])
    return builder.encrypt(serialization.Encoding.DER, [pkcs7.PKCS7Options.Binary])


def streamed(*chunks: bytes) -> bytes:
    """A signature whose lengths are not known before, as programs that stream write it."""
    oid = b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07"
    pieces = b"".join(b"\x04" + bytes([len(chunk)]) + chunk for chunk in chunks)
    data = b"\x30\x80" + oid + b"\x01\xa0\x80\x24\x80" + pieces + b"\0" * 6
    whole = b"\x30\x80\x02\x01\x01\x31\x00" + data + b"\x31\x00" + b"\0" * 2
    return b"\x30\x80" + oid + b"\x02\xa0\x80" + whole + b"\0" * 4


def packed(content: bytes) -> bytes:
    """Compressed S/MIME."""
    inside = {"content_type": "data", "content": zlib.compress(content)}
    algorithm = {"algorithm": "zlib"}
    data = {"version": "v0", "compression_algorithm": algorithm, "encap_content_info": inside}
    made: bytes = cms.ContentInfo({"content_type": "compressed_data", "content": data}).dump()
    return made


def with_part(content: bytes, kind: str, name: str = "smime.p7m") -> Mail:
    """A message that is one part of that kind, after reading."""
    mail = EmailMessage()
    mail["From"] = RITA
    mail["Subject"] = "Wrong stock"
    main, _, sub = kind.partition("/")
    mail.set_content(content, maintype=main, subtype=sub.partition(";")[0], filename=name or None)
    if ";" in kind:
        parameter, _, value = kind.partition(";")[2].strip().partition("=")
        mail.set_param(parameter, value)
    return read(mail.as_bytes())


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        ("application/pkcs7-mime; smime-type=signed-data", "smime.p7m"),
        ("application/x-pkcs7-mime", "smime.p7m"),
        ("application/pkcs7-mime", ""),
        ("application/pkcs7-mime; smime-type=enveloped-data", "smime.p7m"),
        ("application/octet-stream", "smime.p7m"),
        ("application/octet-stream", "SMIME.P7M"),
    ],
)
def test_signed_text_is_read_whatever_its_part_says_it_is(kind: str, name: str) -> None:
    """zammad/zammad#6376, #4742, freescout-help-desk/freescout#2540, osTicket/osTicket#6806."""
    found = with_part(signed(INSIDE), kind, name)
    assert found.text == WORDS
    assert found.attachments == ()


@pytest.mark.parametrize(
    "content",
    [
        streamed(INSIDE[:40], INSIDE[40:]),
        signed(signed_again := b"Content-Type: application/pkcs7-mime\r\n\r\n" + signed(INSIDE)),
        signed(b"Content-Type: text/html\r\n\r\n<p>" + WORDS.encode() + b"</p>"),
        signed(WORDS.encode()),
        packed(INSIDE),
    ],
    ids=["streamed", "signed twice", "html", "without headers", "compressed"],
)
def test_signed_in_other_ways(content: bytes) -> None:
    assert signed_again
    assert with_part(content, "application/pkcs7-mime").text == WORDS


def test_what_was_attached_before_signing_is_an_attachment() -> None:
    inside = message(WORDS)
    inside.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="erp.png")
    found = with_part(signed(inside.as_bytes()), "application/pkcs7-mime")
    assert found.text == WORDS
    assert [one.name for one in found.attachments] == ["erp.png"]


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (encrypted(INSIDE), "is encrypted (S/MIME) and cannot be read here"),
        (b"no ASN.1 at all", "is an S/MIME part that cannot be read (ValueError)"),
        (signed(INSIDE)[:200], "is an S/MIME part that cannot be read (ValueError)"),
        (b"\x30\x80" * 50_000, "is an S/MIME part that cannot be read (ValueError)"),
        (packed(b""), "is only a signature"),
    ],
)
def test_what_cannot_be_read_says_so_and_is_kept(content: bytes, says: str) -> None:
    found = with_part(content, "application/pkcs7-mime")
    assert found.text == f"[a part of the message that {says}]"
    assert [(one.name, one.content) for one in found.attachments] == [("smime.p7m", content)]


def test_a_signed_document_is_an_attachment_and_no_text() -> None:
    found = with_part(signed(b"%PDF"), "application/pkcs7-mime", "invoice.pdf.p7m")
    assert (found.text, [one.name for one in found.attachments]) == ("", ["invoice.pdf.p7m"])


def test_a_bomb_in_a_signature_stays_small() -> None:
    bomb = packed(b"Content-Type: text/plain\r\n\r\n" + b"\0" * 100_000_000)
    assert len(bomb) < 150_000
    found = with_part(bomb, "application/pkcs7-mime")
    assert len(found.text) <= 200_000
    nested = INSIDE
    for _ in range(12):
        nested = b"Content-Type: application/pkcs7-mime\r\n\r\n" + signed(nested)
    assert "lies too deep" in read(b"From: r@x.example\r\n" + nested).text


def test_parts_within_parts_in_a_signature_do_no_harm() -> None:
    deep = b"".join(
        b"Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n" % (n, n) for n in range(3_000)
    )
    assert with_part(signed(deep), "application/pkcs7-mime").is_mail


def test_pgp_leaves_the_words_it_signed() -> None:
    text = (
        "Hello,\n-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nIt is down.\n- -- \nRita\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n=abcd\n-----END PGP SIGNATURE-----\n"
    )
    assert read(message(text).as_bytes()).text == "Hello,\nIt is down.\n-- \nRita"
    coded = "Help:\n\n-----BEGIN PGP MESSAGE-----\n\nhQEMA\n=abcd\n-----END PGP MESSAGE-----\n"
    assert read(message(coded).as_bytes()).text == (
        "Help:\n\n[a part of the message that is encrypted (PGP) and cannot be read here]"
    )
    both = b"From: r@x.example\nContent-Type: multipart/encrypted; boundary=b\n\n"
    both += b"--b\nContent-Type: application/pgp-encrypted\n\nVersion: 1\n"
    both += b"--b\nContent-Type: application/octet-stream; name=encrypted.asc\n\nx\n--b--\n"
    found = read(both)
    assert found.text == "[a part of the message that is encrypted (PGP) and cannot be read here]"
    assert [one.name for one in found.attachments] == ["encrypted.asc"]


def test_files_that_are_written_into_the_text() -> None:
    text = "The log:\n\nbegin 644 router.log\n#86)C\n`\nend\n\nbegin 644 of what is no file\nThanks"
    found = read(message(text).as_bytes())
    assert found.text == "The log:\n\n\nbegin 644 of what is no file\nThanks"
    assert [(one.name, one.content) for one in found.attachments] == [("router.log", b"abc")]


# winmail.dat


def attribute(level: int, name: int, content: bytes) -> bytes:
    """An attribute of a TNEF file."""
    head = struct.pack("<BHHI", level, name, 6, len(content))
    return head + content + struct.pack("<H", sum(content) & 0xFFFF)


def properties(*found: tuple[int, int, bytes]) -> bytes:
    """Properties of a message or attachment: type, number, content."""
    written = (
        struct.pack("<HHII", kind, number, 1, len(content)) + content + b"\0" * (-len(content) % 4)
        for kind, number, content in found
    )
    return struct.pack("<I", len(found)) + b"".join(written)


def winmail(*attributes: bytes) -> bytes:
    """A TNEF file."""
    page = attribute(1, 0x9007, struct.pack("<II", 1252, 0))
    return SIGNATURE + b"\x01\x00" + page + b"".join(attributes)


def attached(name: bytes, content: bytes) -> bytes:
    """An attachment in a TNEF file."""
    begin = attribute(2, 0x9002, b"\0" * 14)
    return begin + attribute(2, 0x8010, name + b"\0") + attribute(2, 0x800F, content)


RTF = (
    rb"{\rtf1\ansi\ansicpg1252\fromhtml1{\fonttbl{\f0\fswiss Arial;}}{\*\htmltag64 <p>}"
    rb"Nothing opens since f\'fcnf.{\*\htmltag72 </p>}\par}"
)


@pytest.mark.parametrize(
    "body",
    [
        attribute(1, 0x800C, "Nothing opens since fünf.\0".encode("cp1252")),
        attribute(
            1, 0x9003, properties((0x1F, 0x1000, "Nothing opens since fünf.\0".encode("utf-16-le")))
        ),
        attribute(1, 0x9003, properties((0x102, 0x1013, "<p>Nothing opens since fünf.".encode()))),
        attribute(1, 0x9003, properties((0x102, 0x1009, compress(RTF)))),
    ],
    ids=["body", "text", "html", "rtf"],
)
@pytest.mark.parametrize("kind", ["application/ms-tnef", "application/octet-stream"])
def test_winmail_dat_is_opened(body: bytes, kind: str) -> None:
    """zammad/zammad#2403, roundcube/roundcubemail#7119, ikvk/imap_tools#195."""
    found = with_part(winmail(body, attached(b"plan.pdf", b"%PDF")), kind, "winmail.dat")
    assert found.text == "Nothing opens since fünf."
    assert [(one.name, one.content) for one in found.attachments] == [("plan.pdf", b"%PDF")]


def test_the_text_of_the_message_counts_for_more_than_that_in_winmail_dat() -> None:
    mail = message("The words.")
    inside = winmail(attribute(1, 0x800C, b"The same words.\0"), attached(b"a.txt", b"a"))
    mail.add_attachment(inside, maintype="application", subtype="ms-tnef", filename="winmail.dat")
    found = read(mail.as_bytes())
    assert (found.text, [one.name for one in found.attachments]) == ("The words.", ["a.txt"])


def test_a_message_in_winmail_dat() -> None:
    inner = winmail(attribute(1, 0x800C, b"Inner words\0"), attached(b"deep.txt", b"d"))
    props = properties((0x0D, 0x3701, b"\x07" * 16 + inner), (0x1E, 0x3001, b"FW: Lift\0"))
    outer = winmail(attribute(2, 0x9002, b"\0" * 14), attribute(2, 0x9005, props))
    found = with_part(outer, "application/ms-tnef", "winmail.dat")
    names = [(one.name, one.content) for one in found.attachments]
    assert names == [("FW: Lift.txt", b"Inner words"), ("deep.txt", b"d")]


@pytest.mark.parametrize(
    "content",
    [
        b"no TNEF",
        SIGNATURE,
        winmail(attribute(1, 0x9003, struct.pack("<IHHI", 1, 0x1002, 0x3000, 0xFFFFFFFF))),
        winmail(attribute(1, 0x9003, struct.pack("<IHHI", 2**32 - 1, 0x1E, 0x1000, 2**32 - 1))),
        winmail(attribute(1, 0x9003, properties((0x102, 0x1009, b"\xff" * 500)))),
        winmail(attribute(1, 0x800C, b""))[:-3],
    ],
)
def test_a_winmail_dat_that_cannot_be_read_is_kept(content: bytes) -> None:
    found = with_part(content, "application/ms-tnef", "winmail.dat")
    assert found.text == ""
    assert [one.name for one in found.attachments] == ["winmail.dat"]


def test_a_message_that_only_forwards_another_has_its_text() -> None:
    outer = EmailMessage()
    outer["From"] = RITA
    outer["Subject"] = "Fwd: Lift"
    outer.add_attachment(message("The lift is stuck.", subject="Lift", sender="a@x.example"))
    found = read(outer.as_bytes())
    assert found.text == "From: a@x.example\nSubject: Lift\n\nThe lift is stuck."
    assert [one.kind for one in found.attachments] == ["message/rfc822"]
