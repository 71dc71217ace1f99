"""What older programs write into the text itself: uuencoded files, and PGP."""

import binascii
import re
from typing import NamedTuple

ENCRYPTED = "is encrypted (PGP) and cannot be read here"

_MOST_FILES = 20
_BEGIN = re.compile(r"begin(?:-base64)? [0-7]{3,4} (\S.{0,200})")
_CODED = re.compile(r"[ -`]{1,90}")

_SIGNED = re.compile(
    r"^-----BEGIN PGP SIGNED MESSAGE-----[ \t]*\n(?:[A-Za-z-]{1,30}: .{0,200}\n)*[ \t]*\n",
    re.MULTILINE,
)
_SIGNATURE = re.compile(
    r"^-----BEGIN PGP SIGNATURE-----[ \t]*\n(?:.{0,200}\n){0,200}?"
    r"-----END PGP SIGNATURE-----[ \t]*$",
    re.MULTILINE,
)
_BLOCK = re.compile(
    r"^-----BEGIN PGP (MESSAGE|PUBLIC KEY BLOCK)-----[ \t]*\n"
    r"(?:.{0,200}\n){0,20000}?-----END PGP \1-----[ \t]*$",
    re.MULTILINE,
)


class CodedFile(NamedTuple):
    """A file that was written into a text."""

    name: str
    content: bytes


class WithoutFiles(NamedTuple):
    """A text whose uuencoded files were taken out."""

    text: str
    files: tuple[CodedFile, ...]


def without_pgp(text: str) -> str:
    """A signed text without what PGP put around it; a few words for what is encrypted."""
    if "-----BEGIN PGP " not in text:
        return text
    signed = _SIGNED.sub("", text)
    if signed != text:
        signed = re.sub(r"^- ", "", signed, flags=re.MULTILINE)
    words = {"MESSAGE": f"[a part of the message that {ENCRYPTED}]", "PUBLIC KEY BLOCK": ""}
    return _BLOCK.sub(lambda match: words[match[1]], _SIGNATURE.sub("", signed))


def without_files(text: str) -> WithoutFiles:
    """Take out files that were uuencoded; what only looks like one stays."""
    if not re.search(r"^begin(?:-base64)? [0-7]", text, re.MULTILINE):
        return WithoutFiles(text, ())
    lines = text.split("\n")
    kept: list[str] = []
    files: list[CodedFile] = []
    number = 0
    while number < len(lines):
        begins = _BEGIN.fullmatch(lines[number].rstrip())
        end = _end_of_file(lines, number + 1) if begins and len(files) < _MOST_FILES else 0
        if begins and end:
            coded = lines[number + 1 : end]
            files.append(CodedFile(begins[1].strip(), uudecode("\n".join(coded).encode())))
            number = end + 1
        else:
            kept.append(lines[number])
            number += 1
    return WithoutFiles("\n".join(kept), tuple(files))


def uudecode(coded: bytes) -> bytes:
    """The bytes in uuencoded lines, `begin` and `end` left out; broken lines are skipped."""
    content = bytearray()
    for line in coded.splitlines():
        row = line.rstrip(b"\r\n")
        if not row or row.startswith(b"begin ") or row == b"end":
            continue
        length = (row[0] - 32) & 63
        try:
            content += binascii.a2b_uu(row[: 1 + (length * 4 + 5) // 3])
        except binascii.Error:
            continue
    return bytes(content)


def _end_of_file(lines: list[str], begin: int) -> int:
    """The line `end` of the file whose content begins here; 0 where there is none."""
    for number in range(begin, len(lines)):
        line = lines[number].rstrip("\r")
        if line.strip() == "end":
            return number if number > begin else 0
        if line.strip() and not _CODED.fullmatch(line):
            return 0
    return 0
