"""What is unpacked of an archive that somebody made to do harm: nothing."""

import hashlib
import io
import json
import tarfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standfast.backup.archive import unpack
from standfast.backup.errors import NotRestored

KEY = b"a key"


def plain(name: str, content: bytes = KEY) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.size = len(content)
    return info, content


def special(name: str, kind: bytes, to: str = "") -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, to
    return info, b""


def manifest(*names: str, size: int = len(KEY), digest: str = "") -> tuple[tarfile.TarInfo, bytes]:
    sha256 = digest or hashlib.sha256(KEY).hexdigest()
    document = {
        "format": 1,
        "version": "0.1.0",
        "migration": "",
        "taken_at": "2026-11-29T12:00:00Z",
        "host": "here",
        "data_dir": "/data",
        "policy_file": "",
        "members": [{"name": name, "size": size, "sha256": sha256} for name in names],
    }
    return plain("manifest.json", json.dumps(document).encode())


def archive(file: Path, *members: tuple[tarfile.TarInfo, bytes]) -> Path:
    with tarfile.open(file, "w") as tar:
        for info, content in members:
            tar.addfile(info, io.BytesIO(content))
    return file


def outside(place: Path) -> list[str]:
    """All that is there but the archive and the empty directory to unpack in."""
    return sorted(each.name for each in place.rglob("*") if each.name not in ("x.tar", "into"))


def unpacked(file: Path) -> None:
    (file.parent / "into").mkdir(exist_ok=True)
    unpack(file, file.parent / "into", lambda _: None)


Members = Callable[[], list[tuple[tarfile.TarInfo, bytes]]]


@pytest.mark.parametrize(
    ("members", "words"),
    [
        (lambda: [plain("data/a")], "has no manifest.json, and so is not whole"),
        (lambda: [plain("data/../../a"), manifest("data/../../a")], "no name that a backup uses"),
        (lambda: [plain("/etc/a"), manifest("/etc/a")], "no name that a backup uses"),
        (lambda: [plain("data\\..\\a"), manifest("data\\..\\a")], "no name that a backup uses"),
        (lambda: [plain("elsewhere/a"), manifest("elsewhere/a")], "no name that a backup uses"),
        (lambda: [special("data/a", tarfile.SYMTYPE, "/etc"), manifest("data/a")], "is a link"),
        (lambda: [special("data/a", tarfile.LNKTYPE, "/etc/x"), manifest("data/a")], "is a link"),
        (lambda: [special("data/a", tarfile.CHRTYPE), manifest("data/a")], "is a link, a device"),
        (lambda: [special("data/a", tarfile.FIFOTYPE), manifest("data/a")], "is a link, a device"),
        (lambda: [special("data/a", tarfile.DIRTYPE), manifest()], "or a folder"),
        (lambda: [plain("data/a"), plain("data/a"), manifest("data/a")], "is in it twice"),
        (lambda: [plain("data/a"), plain("data/b"), manifest("data/a")], "'data/b' is not as"),
        (lambda: [plain("data/a"), manifest("data/a", "data/b")], "'data/b' is not as"),
        (lambda: [plain("data/a"), manifest("data/a", "data/a")], "names a file twice"),
        (lambda: [plain("data/a"), manifest("data/a", size=10**15)], "'data/a' is not as"),
        (lambda: [plain("data/a"), manifest("data/a", digest="0" * 64)], "not as it was written"),
        (
            lambda: [plain("data/a"), plain("data/a/b"), manifest("data/a", "data/a/b")],
            "is a file and a folder",
        ),
        (lambda: [plain("manifest.json", b"{}")], "has 8 mistakes"),
        (lambda: [special("data/a", tarfile.GNUTYPE_SPARSE), manifest("data/a")], "is a link"),
        (lambda: [special("x", tarfile.XGLTYPE), manifest()], "is a link"),
        (lambda: [(plain("data/" + "a" * 20_000)), manifest()], "is too large"),
        (lambda: [plain("data/" + "a" * 2_000), manifest()], "no name that a backup uses"),
    ],
)
def test_what_no_backup_holds_is_refused(tmp_path: Path, members: Members, words: str) -> None:
    with pytest.raises(NotRestored, match=words):
        unpacked(archive(tmp_path / "x.tar", *members()))
    # A member whose digest is wrong is known when it is unpacked; the restore removes it then.
    assert outside(tmp_path) in ([], ["a", "data"])


def test_a_size_that_is_not_there_fills_no_disk(tmp_path: Path) -> None:
    info, _ = plain("data/a")
    info.size = 10**15
    file = tmp_path / "x.tar"
    listed, content = manifest("data/a", size=10**15)
    file.write_bytes(
        listed.tobuf() + content.ljust(-(-len(content) // 512) * 512, b"\0") + info.tobuf() + KEY
    )
    with pytest.raises(NotRestored):
        unpacked(file)
    assert outside(tmp_path) == []


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(at=st.integers(0, 4_000), byte=st.integers(0, 255), cut=st.integers(0, 12_000))
def test_damage_is_refused_and_said(tmp_path: Path, at: int, byte: int, cut: int) -> None:
    file = archive(tmp_path / "x.tar", plain("data/a"), manifest("data/a"))
    damaged = bytearray(file.read_bytes())
    damaged[at % len(damaged)] = byte
    file.write_bytes(damaged[:cut])
    into = tmp_path / "into"
    for each in sorted(into.rglob("*"), reverse=True):
        each.rmdir() if each.is_dir() else each.unlink()
    with suppress(NotRestored):
        unpacked(file)
        assert (into / "data" / "a").read_bytes() == KEY
