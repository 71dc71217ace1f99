"""The manifest of a backup: what is in it, and of which instance and moment."""

from pydantic import Field

from standfast.hosting.embedded_server import DATABASE
from standfast.messages.message import InUtc, Message

MANIFEST = "manifest.json"
"""The last member of the archive: one that was cut off has none."""

DATA = "data"
"""The folder of the archive with what belongs into the data directory."""

POLICY = "policy"
"""The folder with the files of the policy, under the parts of their paths that differ."""

POLICY_FOLDER = "restored-policy"
"""Where in the data directory those are put by a restore: they are yours to put in place."""

TEMPORAL, RECORDS = DATABASE, "records.db"
"""The databases in that folder, and in a data directory that they are restored to."""

FORMAT = 1
"""Counts the forms that an archive has had; older code refuses a newer one."""


class Member(Message):
    """A file of the archive; `size` in bytes, `sha256` in hexadecimal."""

    name: str
    size: int = Field(ge=0)
    sha256: str = Field(pattern="[0-9a-f]{64}")


class Manifest(Message):
    """What a backup says of itself.

    version: of the Standfast that made it.
    migration: at which the records are; empty where they are not in it.
    taken_at: the moment that all of it shows.
    policy_file: where the policy was; empty where it was the shipped one.
    """

    format: int
    version: str
    migration: str
    taken_at: InUtc
    host: str
    data_dir: str
    policy_file: str
    members: tuple[Member, ...]

    @property
    def size(self) -> int:
        """Bytes of all members."""
        return sum(member.size for member in self.members)

    @property
    def has_temporal(self) -> bool:
        """Whether the database of the embedded Temporal server is in it."""
        return f"{DATA}/{TEMPORAL}" in self.names

    @property
    def has_records(self) -> bool:
        """Whether the records are in it; else they are in PostgreSQL."""
        return f"{DATA}/{RECORDS}" in self.names

    @property
    def names(self) -> frozenset[str]:
        """The names of all members."""
        return frozenset(member.name for member in self.members)
