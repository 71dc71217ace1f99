"""An incident's key as it is kept. Imports no database library, so anybody may have one."""

from typing import NamedTuple


class StoredKey(NamedTuple):
    """A key that is `wrapped` by the key `ring_key` of the key ring; None once thrown away."""

    incident_id: str
    key_id: str
    ring_key: str
    wrapped: bytes | None
