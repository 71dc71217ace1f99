"""What is kept of what comes with mail, and where: never outside its place."""

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.mail.attachments import keep, safe
from standfast.mail.mail import Attachment
from standfast.mail.reports import LONGEST_COMMENT, with_limit
from standfast.policy.mail import AttachmentLimits
from tests.mail.conftest import MailRoom
from tests.mail.messages import message, raw

INCIDENT = "INC-7F3K2QXWM4"


def some(*sizes: int) -> list[Attachment]:
    return [
        Attachment(f"f{number}.bin", "application/octet-stream", bytes([number]) * size)
        for number, size in enumerate(sizes)
    ]


@pytest.mark.parametrize(
    ("name", "kept_as"),
    [
        ("report.pdf", "report.pdf"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/", "unnamed"),
        ("..", "unnamed"),
        (".bashrc", "bashrc"),
        ("a b;rm -rf $HOME`x`.sh", "a_b_rm_-rf_HOME_x.sh"),
        ("てすと.txt", "てすと.txt"),
        ("a\x00b\n.txt", "a_b.txt"),
        ("x" * 10_000_000 + ".png", "x" * 116 + ".png"),
        ("", "unnamed"),
    ],
)
def test_names(name: str, kept_as: str) -> None:
    assert safe(name) == kept_as


@given(st.text(max_size=300))
def test_any_name_is_one_short_name(name: str) -> None:
    kept_as = safe(name)
    assert kept_as == Path(kept_as).name
    assert kept_as not in (".", "..")
    assert 0 < len(os.fsencode(kept_as)) <= 130
    assert not kept_as.startswith(".")


def test_each_limit_is_told(tmp_path: Path) -> None:
    limits = AttachmentLimits(
        max_count=3, max_bytes=100, max_bytes_per_message=150, max_bytes_per_incident=1_000
    )
    kept = keep(some(60, 101, 60, 60, 20, 5), tmp_path, INCIDENT, limits)
    assert [line.partition("), ")[2].partition(" as ")[0] for line in kept.lines] == ["kept"] * 3
    assert [line.partition("), ")[2] for line in kept.refused] == [
        "not kept: it is larger than 100 bytes",
        "not kept: with the others it is more than 150 bytes",
        "not kept: only 3 of a message are kept",
    ]
    assert len(list((tmp_path / INCIDENT).iterdir())) == 3


def test_every_file_that_is_kept_is_named_however_many_came(tmp_path: Path) -> None:
    many = [
        Attachment(f"{number:03} {'x' * 200}.bin", "text/plain", b"x" * number)
        for number in range(1, 90)
    ]
    kept = keep(many[:5] + many[60:], tmp_path, INCIDENT, AttachmentLimits(max_bytes=70))
    text = with_limit("words " * 5_000, kept.text, LONGEST_COMMENT)
    assert len(text) <= LONGEST_COMMENT
    files = {path.name for path in (tmp_path / INCIDENT).iterdir()}
    assert {line.rpartition(" kept as ")[2] for line in text.splitlines() if "kept as" in line} == {
        *files,
        "whole-text.txt]",
    }
    assert len(files) == 15
    assert text.endswith("- and 14 more, not kept")
    short = with_limit("fixed", kept.text, 1_000).splitlines()
    assert short[-1] == "- and more"
    assert files.issuperset(line.rpartition(" kept as ")[2] for line in short[3:-1])


def test_an_incident_has_room_for_so_much(tmp_path: Path) -> None:
    limits = AttachmentLimits(max_bytes_per_incident=100)
    assert "kept as" in keep(some(90), tmp_path, INCIDENT, limits).text
    told = keep(some(0, 20), tmp_path, INCIDENT, limits)
    assert told.refused[0].endswith("not kept: the incident has 90 bytes of them already")


def test_the_same_is_kept_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    for _ in range(2):
        keep(some(10), tmp_path / "attachments", INCIDENT, AttachmentLimits())
    [file] = (tmp_path / "attachments" / INCIDENT).iterdir()
    assert file.read_bytes() == b"\x00" * 10
    assert file.stat().st_mode & 0o777 == 0o600
    assert file.parent.stat().st_mode & 0o777 == 0o700


def test_a_disk_that_takes_nothing_is_told(tmp_path: Path) -> None:
    (tmp_path / "attachments").write_text("a file")
    told = keep(some(10), tmp_path / "attachments", INCIDENT, AttachmentLimits())
    assert "not kept: cannot be written: " in told.text


def test_only_an_incident_has_a_place(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="is not the id of an incident"):
        keep(some(1), tmp_path, "../elsewhere", AttachmentLimits())


async def test_the_report_says_what_was_kept(room: MailRoom) -> None:
    room.desk.amend(mail={"attachments": {"max_bytes": 1_000}})
    mail = message("See the picture.", message_id="<a@x.example>")
    mail.add_attachment(b"\x89PNG", maintype="image", subtype="png", filename="../shot 1.png")
    mail.add_attachment(b"0" * 2_000, maintype="video", subtype="mp4", filename="film.mp4")
    ticket = await room.opens(mail.as_bytes().replace(b"a@x", ticket_free()))
    [file] = room.kept(ticket.id)
    assert file.read_bytes() == b"\x89PNG"
    assert (await ticket.view()).report.description == (
        "See the picture.\n\nAttachments:\n"
        f"- ../shot 1.png (4 bytes), kept as {file.name}\n"
        "- film.mp4 (2 kB), not kept: it is larger than 1 kB"
    )


async def test_a_text_that_is_too_long_is_kept_whole(room: MailRoom) -> None:
    long = "word " * 8_000
    ticket = await room.opens(raw(long, message_id=f"<{ticket_free().decode()}.example>"))
    description = (await ticket.view()).report.description
    assert "[the rest is cut off here; all of it is kept as whole-text.txt]" in description
    assert len(description) <= 20_000
    [file] = room.kept(ticket.id)
    assert file.read_text().split() == long.split()


def ticket_free() -> bytes:
    """Part of a message id that no other test has."""
    return b"a" + os.urandom(8).hex().encode() + b"@x"
