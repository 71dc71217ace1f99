"""Keeps aside what came with a message: files of their own, never opened or run.

What of them is shown, `incidents.attachment.type_of` says.
"""

import hashlib
import os
import re
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from standfast.incidents.attachment import HASH, kept_line
from standfast.incidents.ids import is_incident_id
from standfast.mail.mail import Attachment
from standfast.messages.normal_form import normal_form
from standfast.policy.mail import MOST_KEPT, AttachmentLimits

_UNSAFE = re.compile(r"[^\w.+=-]+")
_LONGEST_NAME, _LONGEST_ENDING = 120, 12
_LONGEST_SHOWN = 80


class Kept(NamedTuple):
    """What became of the attachments of a message: a line for each, for people.

    lines: of those that are kept: all are told, since nobody gets a file that no text names.
    refused: of the others.
    """

    lines: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()

    @property
    def text(self) -> str:
        """As a paragraph of a description or comment; "" where there were none."""
        if not self.lines and not self.refused:
            return ""
        told = self.refused[: max(0, MOST_KEPT - len(self.lines))]
        more = len(self.refused) - len(told)
        last = [f"- and {more} more, not kept"] if more else []
        return "\n".join(("Attachments:", *self.lines, *told, *last))


def keep(
    attachments: Sequence[Attachment], directory: Path, incident_id: str, limits: AttachmentLimits
) -> Kept:
    """Store attachments in `directory`/`incident_id`, within the limits; it blocks.

    The same attachment is stored once. A file that cannot be written is listed with the reason,
    like one that is too large: the message is handled all the same.
    """
    if not is_incident_id(incident_id):
        raise ValueError(f"{incident_id!r} is not the id of an incident")
    place = directory / incident_id
    lines: list[str] = []
    refused: list[str] = []
    together, number, there = 0, 0, _size_of(place)
    for attachment in attachments:
        size = len(attachment.content)
        problem = attachment.problem or _refusal(number, size, together, there, limits)
        if not problem:
            name = (
                f"{hashlib.sha256(attachment.content).hexdigest()[:HASH]}-{safe(attachment.name)}"
            )
            try:
                there += size if _write(place, name, attachment.content) else 0
            except OSError as error:
                problem = f"cannot be written: {error.strerror or type(error).__name__}"
            else:
                number, together = number + 1, together + size
                lines.append(kept_line(_shown(attachment.name), _words(size), name))
        if problem:
            refused.append(f"- {_shown(attachment.name)} ({_words(size)}), not kept: {problem}")
    return Kept(tuple(lines), tuple(refused))


def safe(name: str) -> str:
    """A safe file name: no path, short, no characters with a meaning in a shell.

    >>> safe("../../etc/passwd")
    'passwd'
    """
    last = normal_form("NFC", name[-1_000:]).replace("\\", "/").rsplit("/", 1)[-1]
    clean = _UNSAFE.sub("_", last).strip("._ ") or "unnamed"
    stem, dot, ending = clean.rpartition(".")
    if not dot or len(ending) > _LONGEST_ENDING:
        stem, ending = clean, ""
    room = _LONGEST_NAME - len(ending.encode()) - 1
    stem = stem.encode()[: max(room, 1)].decode("utf-8", "ignore").strip("._ ") or "unnamed"
    return f"{stem}.{ending}" if ending else stem


def _refusal(number: int, size: int, together: int, there: int, limits: AttachmentLimits) -> str:
    if number >= limits.max_count:
        return f"only {limits.max_count} of a message are kept"
    if size > limits.max_bytes:
        return f"it is larger than {_words(limits.max_bytes)}"
    if together + size > limits.max_bytes_per_message:
        return f"with the others it is more than {_words(limits.max_bytes_per_message)}"
    if there + size > limits.max_bytes_per_incident:
        return f"the incident has {_words(there)} of them already"
    return ""


def _write(place: Path, name: str, content: bytes) -> bool:
    """Write a file atomically; False where it exists already, complete."""
    target = place / name
    if target.exists():
        return False
    place.mkdir(mode=0o700, parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(dir=place, prefix=".new-")
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        Path(temporary).replace(target)
    except OSError:
        Path(temporary).unlink(missing_ok=True)
        raise
    return True


def _size_of(place: Path) -> int:
    try:
        return sum(entry.stat().st_size for entry in place.iterdir())
    except (FileNotFoundError, NotADirectoryError):
        return 0


def _shown(name: str) -> str:
    return name if len(name) <= _LONGEST_SHOWN else f"{name[:50]}…{name[-25:]}"


def _words(size: int) -> str:
    for unit, step in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= step:
            return f"{size / step:.3g} {unit}"
    return f"{size} bytes"
