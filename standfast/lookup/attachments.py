"""Attachments of incidents on this machine, as they may be shown or saved."""

from pathlib import Path
from typing import NamedTuple

from standfast.incidents.attachment import LOOKED_AT, TEXT, attachments_in, type_of
from standfast.incidents.ids import is_incident_id
from standfast.incidents.record import IncidentView

LONGEST_SHOWN = 20_000
"""Characters of a text that a page shows."""


class KeptFile(NamedTuple):
    """An attachment as it is kept. media_type: by which it may be shown, else DOWNLOAD."""

    name: str
    title: str
    path: Path
    size: int
    media_type: str
    beginning: bytes

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
    """The attachments that a view names and that are on this machine; it blocks.

    directory: that of the attachments of all incidents.
    """
    found = (_kept(directory, view.incident_id, each.name) for each in attachments_in(view))
    return [each for each in found if each]


def kept_file(directory: Path, view: IncidentView, name: str) -> KeptFile | None:
    """The attachment of that name, if the view names it and it is on this machine; it blocks."""
    if name not in {each.name for each in attachments_in(view)}:
        return None
    return _kept(directory, view.incident_id, name)


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
