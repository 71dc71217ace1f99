"""Attachments of incidents on this machine, as they may be shown or saved."""

import hashlib
from pathlib import Path
from typing import NamedTuple

from standfast.incidents.attachment import DOWNLOAD, HASH, LOOKED_AT, TEXT, attachments_in, type_of
from standfast.incidents.ids import is_incident_id
from standfast.incidents.record import IncidentView

LONGEST_SHOWN = 20_000
"""Characters of a text that a page shows."""


class NotAsItCame(Exception):  # noqa: N818
    """The file of an attachment is not what came any more: changed by somebody, or damaged."""


class KeptFile(NamedTuple):
    """An attachment as it is kept. media_type: by which it may be shown, else DOWNLOAD.

    is_here: False for one that a text names and that is not on this machine.
    """

    name: str
    title: str
    path: Path
    size: int
    media_type: str
    beginning: bytes
    is_here: bool = True

    @property
    def text(self) -> str:
        """What a page shows of a text; empty for all else."""
        if self.media_type != TEXT:
            return ""
        return self.beginning.decode(errors="ignore")[:LONGEST_SHOWN]

    @property
    def is_cut(self) -> bool:
        """Whether it goes on after what a page shows."""
        return self.size > len(self.text.encode())


def kept_files(directory: Path, view: IncidentView) -> list[KeptFile]:
    """The attachments that a view names; it blocks.

    directory: that of the attachments of all incidents.
    """
    return [
        _kept(directory, view.incident_id, each.name)
        or KeptFile(each.name, each.title, directory, 0, DOWNLOAD, b"", is_here=False)
        for each in attachments_in(view)
    ]


def kept_file(directory: Path, view: IncidentView, name: str) -> KeptFile | None:
    """The attachment of that name, if the view names it and it is on this machine; it blocks.

    Raises:
        NotAsItCame: the file has changed since.
    """
    if name not in {each.name for each in attachments_in(view)}:
        return None
    file = _kept(directory, view.incident_id, name)
    if file and not _is_as_it_came(file):
        raise NotAsItCame(name)
    return file


def _is_as_it_came(file: KeptFile) -> bool:
    """By the hash with which its name begins."""
    try:
        with file.path.open("rb") as content:
            found = hashlib.file_digest(content, "sha256").hexdigest()
    except OSError:
        return False
    return file.name.startswith(found[:HASH])


def _kept(directory: Path, incident_id: str, name: str) -> KeptFile | None:
    if not is_incident_id(incident_id):
        return None
    path = directory / incident_id / name
    try:
        if path.is_symlink() or not path.is_file():
            return None
        with path.open("rb") as file:
            beginning = file.read(LOOKED_AT)
        size = path.stat().st_size
    except OSError:  # erased meanwhile, or not readable for us
        return None
    title = name.partition("-")[2]
    return KeptFile(name, title, path, size, type_of(beginning), beginning)
