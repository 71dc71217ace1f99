"""The file of a backup: a tar archive with a manifest, and how it is read without believing it.

Whoever gives somebody a backup must not be able to write beside the place where it is unpacked, to
plant a link or a device, or to fill the disk. So a member is a plain file with a plain name, and
only what the manifest lists, with that size and that digest, is taken.
"""

import hashlib
import io
import os
import stat
import tarfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Protocol, Self

from pydantic import ValidationError

from standfast.backup.errors import NotRestored
from standfast.backup.manifest import DATA, FORMAT, MANIFEST, POLICY, Manifest, Member

LARGEST_MANIFEST = 64_000_000
"""Bytes: some 400,000 files."""

_LONGEST_NAME = 1_000
_LARGEST_PAX = 10_000
"""Bytes of what precedes a member with a long name or a large size."""

_CHUNK = 1_000_000

_DAMAGE = (tarfile.TarError, EOFError, MemoryError, OverflowError, RecursionError, ValueError)
"""What reading an archive raises that is damaged, or made to do harm."""


class _Source(Protocol):
    """What bytes are read from."""

    def read(self, size: int, /) -> bytes:
        """At most so many."""


class Writer:
    """Writes an archive, one file after the other."""

    def __init__(self, tar: tarfile.TarFile) -> None:
        self._tar = tar
        self.members: list[Member] = []

    def add(self, name: str, file: Path) -> None:
        """Add a file as long as it is now; what is appended to it meanwhile is left out.

        Raises:
            OSError: it is away, is no plain file, or became shorter.
        """
        descriptor = os.open(file, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
        with os.fdopen(descriptor, "rb") as opened:
            found = os.fstat(descriptor)
            if not stat.S_ISREG(found.st_mode):
                raise OSError(None, "is not a plain file", str(file))
            self._add(name, opened, found.st_size, found.st_mtime)

    def finish(self, manifest: Manifest) -> None:
        """Add the manifest, after which nothing is added."""
        written = manifest.model_dump_json(indent=1).encode() + b"\n"
        info = _info(MANIFEST, len(written), manifest.taken_at.timestamp())
        self._tar.addfile(info, io.BytesIO(written))

    def _add(self, name: str, source: IO[bytes], size: int, changed: float) -> None:
        digesting = _Digesting(source)
        self._tar.addfile(_info(name, size, changed), digesting)  # type: ignore[arg-type]
        self.members.append(Member(name=name, size=size, sha256=digesting.digest.hexdigest()))


@contextmanager
def writing(file: IO[bytes]) -> Iterator[Writer]:
    """Write an archive into an open, empty file."""
    with tarfile.open(fileobj=file, mode="w", format=tarfile.PAX_FORMAT) as tar:
        yield Writer(tar)


def unpack(file: Path, into: Path, check: Callable[[Manifest], None]) -> Manifest:
    """Unpack all members into an empty directory; what is in there then is as it was backed up.

    check: refuses a manifest by an exception, before anything is written.

    Raises:
        NotRestored: it is no backup, or is damaged, or holds what no backup holds.
        OSError: it cannot be read, or what is in it cannot be written.
    """
    try:
        with tarfile.open(file, mode="r:", tarinfo=_Header) as tar:
            found = _members(tar)
            manifest = _manifest(tar, found)
            _compare(manifest, found)
            check(manifest)
            for member in manifest.members:
                _extract(tar, found[member.name], member, into)
            return manifest
    except _DAMAGE as damage:
        raise NotRestored(
            f"{file} is no backup that can be read, or is damaged ({damage}): take another one"
        ) from None


def _info(name: str, size: int, changed: float) -> tarfile.TarInfo:
    info = tarfile.TarInfo(name)
    info.size, info.mtime, info.mode = size, int(changed), 0o600
    return info


def _members(tar: tarfile.TarFile) -> dict[str, tarfile.TarInfo]:
    """Every member by its name; ValueError for one that no backup holds."""
    found: dict[str, tarfile.TarInfo] = {}
    for info in _headers(tar):
        if info.issparse():
            raise ValueError(f"{info.name!r} has holes")
        if not is_plain(info.name):
            raise ValueError(f"{info.name!r} is no name that a backup uses")
        if info.name in found:
            raise ValueError(f"{info.name!r} is in it twice")
        found[info.name] = info
    return found


def _headers(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    try:
        yield from tar
    except OSError as error:  # a size that leads beyond what a file can be
        raise ValueError(error.strerror) from None


def is_plain(name: str) -> bool:
    """Whether it is the manifest, or lies in one of the folders, whoever reads the name.

    >>> is_plain("data/signing.key"), is_plain("data/../../signing.key")
    (True, False)
    """
    if name == MANIFEST:
        return True
    folder, _, rest = name.partition("/")
    parts = rest.split("/")
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return (
        folder in (DATA, POLICY)
        and len(name) <= _LONGEST_NAME
        and "\\" not in name
        and "\0" not in name
        and not any(part in ("", ".", "..") for part in parts)
    )


def _manifest(tar: tarfile.TarFile, found: dict[str, tarfile.TarInfo]) -> Manifest:
    if MANIFEST not in found:
        raise ValueError(f"it has no {MANIFEST}, and so is not whole")
    if found[MANIFEST].size > LARGEST_MANIFEST:
        raise ValueError(f"its {MANIFEST} is too large")
    source = tar.extractfile(found.pop(MANIFEST))
    written = source.read() if source else b""
    try:
        return Manifest.model_validate_json(written)
    except ValidationError as error:
        raise ValueError(f"its {MANIFEST} has {error.error_count()} mistakes") from None


def _compare(manifest: Manifest, found: dict[str, tarfile.TarInfo]) -> None:
    if manifest.format > FORMAT:
        raise NotRestored(
            f"a newer Standfast ({manifest.version}) made this backup: restore it with that one"
        )
    listed = {member.name: member.size for member in manifest.members}
    if len(listed) != len(manifest.members):
        raise ValueError(f"its {MANIFEST} names a file twice")
    there = {name: info.size for name, info in found.items()}
    differ = sorted(name for name, _ in listed.items() ^ there.items())
    if differ:
        raise ValueError(f"{differ[0]!r} is not as its {MANIFEST} has it")
    # A name that is a file and a folder at once would be refused by the system only half-way.
    folders = {str(parent) for name in listed for parent in Path(name).parents}
    if clash := sorted(folders & listed.keys()):
        raise ValueError(f"{clash[0]!r} is a file and a folder in it")


def _extract(tar: tarfile.TarFile, info: tarfile.TarInfo, member: Member, into: Path) -> None:
    target = into / member.name
    for folder in reversed(Path(member.name).parents):  # each for its owner alone
        (into / folder).mkdir(mode=0o700, exist_ok=True)
    source = tar.extractfile(info)
    if source is None:
        raise ValueError(f"{info.name!r} cannot be read")
    digesting = _Digesting(source)
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with source, os.fdopen(descriptor, "wb") as written:
        while some := digesting.read(_CHUNK):
            written.write(some)
        written.flush()
        os.fsync(descriptor)
    if digesting.digest.hexdigest() != member.sha256:
        raise ValueError(f"{info.name!r} is not as it was written")


class _Header(tarfile.TarInfo):
    """A header, of which only those kinds are read on that a backup uses."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        """Raises ValueError before what a header announces is read into memory."""
        header = super().frombuf(buf, encoding, errors)
        if header.type == tarfile.XHDTYPE:
            if header.size > _LARGEST_PAX:
                raise ValueError(f"{header.name!r} is too large")
        elif header.type not in tarfile.REGULAR_TYPES or header.type == tarfile.GNUTYPE_SPARSE:
            raise ValueError(f"{header.name!r} is a link, a device or a folder")
        return header


class _Digesting:
    """Reads from something, and has the SHA-256 of what was read."""

    def __init__(self, source: _Source) -> None:
        self._source = source
        self.digest = hashlib.sha256()

    def read(self, size: int) -> bytes:
        some = self._source.read(size)
        self.digest.update(some)
        return some
