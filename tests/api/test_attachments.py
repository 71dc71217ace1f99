"""Attachments: for whoever sees the text that names them; shown only where nothing can happen."""

from collections.abc import Sequence
from pathlib import Path

import pytest

from standfast.api.security import HEADERS
from standfast.incidents.attachment import LOOKED_AT, attachments_in, type_of
from standfast.incidents.record import IncidentView
from standfast.incidents.report import Report
from standfast.incidents.roles import Role
from standfast.mail.attachments import keep
from standfast.mail.mail import Attachment
from standfast.policy.mail import AttachmentLimits
from tests.api.test_visible import OneIncident, somebody
from tests.console.house import Browser, open_house
from tests.records.samples import entry, incident

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
ONE = "INC-7F3K2QXWM4"

KINDS: list[tuple[str, bytes, str]] = [
    ("a picture", PNG, "image/png"),
    ("a photo", b"\xff\xd8\xff\xe0..", "image/jpeg"),
    ("a cartoon", b"GIF87a..", "image/gif"),
    ("a small picture", b"RIFF\x10\0\0\0WEBPVP8 ", "image/webp"),
    ("a sound", b"RIFF\x10\0\0\0WAVEfmt ", "application/octet-stream"),
    ("a log", "09:14 größer als 7\r\n\t\x1b[31mred".encode(), "text/plain"),
    ("a long log", ("ü" * LOOKED_AT).encode()[1 : LOOKED_AT + 1], "application/octet-stream"),
    ("a cut letter", b"a" + ("ü" * LOOKED_AT).encode()[: LOOKED_AT - 1], "text/plain"),
    (
        "a page",
        b"\xef\xbb\xbf \n<!doctype html><script>alert(1)</script>",
        "application/octet-stream",
    ),
    ("a drawing", b"<svg onload='alert(1)'/>", "application/octet-stream"),
    ("a document", b"%PDF-1.7 text only", "application/octet-stream"),
    ("Latin-1", "größer".encode("latin-1"), "application/octet-stream"),
    ("a program", b"MZ\x90\0", "application/octet-stream"),
    ("nothing", b"", "application/octet-stream"),
]


@pytest.mark.parametrize(("content", "kind"), [c[1:] for c in KINDS], ids=[c[0] for c in KINDS])
def test_what_is_in_it_says_how_it_may_be_shown(content: bytes, kind: str) -> None:
    assert type_of(content[:LOOKED_AT]) == kind


def kept(place: Path, *files: tuple[str, bytes]) -> str:
    """Kept as if a mail had brought them; the words of its text."""
    attached = [Attachment(name, "text/html", content) for name, content in files]
    return keep(attached, place / "attachments", ONE, AttachmentLimits()).text


def named(text: str) -> list[str]:
    view = incident(ONE).model_copy(update={"report": Report(title="x", description=text)})
    return [each.name for each in attachments_in(view)]


def an_incident(description: str, comments: Sequence[str]) -> IncidentView:
    """One of rita, with comments of ana's that are not for her."""
    said = [
        entry(number).model_copy(update={"detail": text})
        for number, text in enumerate(comments, start=1)
    ]
    report = Report(title="It smokes", description=description, reporter="rita")
    return incident(ONE, report=report, reporters=("rita",), timeline=tuple(said))


async def of(visitor: Browser, path: str) -> tuple[int, str, str]:
    """Status, type and disposition of an answer, which is the same by token and in the console."""
    told = []
    for door in ("", "/api"):
        answer = await visitor.get(f"{door}/incidents/{ONE}/attachments/{path}")
        headers = answer.headers
        assert headers["x-content-type-options"] == "nosniff"
        disposition = headers.get("content-disposition", "").partition(";")[0]
        if answer.status_code != 200:
            told.append((answer.status_code, "", disposition))
            continue
        policy = headers["content-security-policy"]
        assert policy.startswith("default-src 'none'")
        assert "; sandbox;" in policy
        assert headers["cache-control"] == HEADERS["Cache-Control"]
        told.append((200, headers["content-type"], disposition))
    assert told[0] == told[1]
    return told[0]


async def test_whoever_sees_the_text_that_names_it_gets_it(tmp_path: Path) -> None:
    hers = kept(tmp_path, ("shot.png", PNG), ("run.html", b"<script>alert(1)</script>"))
    others = kept(tmp_path, ("trace.log", b"09:14 <b>it stopped</b>"))
    nobodys = kept(tmp_path, ("older.txt", b"of another episode"))
    view = an_incident(hers, [others])
    (picture, page), [trace], [older] = named(hers), named(others), named(nobodys)
    saved = (200, "application/octet-stream", "attachment")
    nothing = (404, "", "")
    async with (
        open_house(tmp_path, knows=OneIncident(view)) as house,
        somebody(house, Role.RESPONDER, "ana") as ana,
        somebody(house, Role.REPORTER, "rita") as rita,
        somebody(house, Role.REPORTER, "mia") as mia,
    ):
        assert await of(ana, picture) == (200, "image/png", "inline")
        assert await of(ana, page) == saved
        assert await of(ana, trace) == (200, "text/plain; charset=utf-8", "inline")
        assert await of(rita, page) == saved
        assert await of(rita, trace) == nothing
        assert await of(mia, page) == nothing
        for path in (older, "..%2F..%2Frecords.db", "0" * 16 + "-records.db"):
            assert await of(ana, path) == nothing, path
        shown = (await ana.get(f"/incidents/{ONE}")).text.partition('id="attachments"')[2]
        assert shown.count("<img ") == 1
        assert "09:14 &lt;b&gt;it stopped&lt;/b&gt;" in shown
        known = (await ana.get(f"/api/incidents/{ONE}")).json()["attachments"]
        assert [each["name"] for each in known] == [picture, page, trace]
        assert [each["title"] for each in known] == ["shot.png", "run.html", "trace.log"]
        place = tmp_path / "attachments" / ONE
        (place / picture).unlink()
        assert await of(ana, picture) == nothing
        assert "not on this machine" in (await ana.get(f"/incidents/{ONE}")).text
        (place / trace).write_bytes(b"09:14 all was well")
        assert await of(ana, trace) == nothing
        told = await ana.get(f"/api/incidents/{ONE}/attachments/{trace}")
        assert "is not what came any more" in told.json()["detail"]
