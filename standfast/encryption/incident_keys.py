"""The keys of incidents as a process has them: from its memory, the record store, or a local copy.

Nothing waits for the record store that has a key in memory or a copy of it. A new incident whose
key cannot be kept is encrypted by the key ring itself, so that no report is lost.
"""

import asyncio
import logging
import secrets
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeVar

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from standfast.encryption.errors import EncryptionError, KeyThrownAway, KeyUnavailable
from standfast.encryption.key_ring import KEY_BYTES, KeyRing, seal, unseal
from standfast.encryption.local_copies import LocalCopies
from standfast.records.errors import RecordsUnavailable
from standfast.records.stored_key import StoredKey

if TYPE_CHECKING:
    from standfast.records.incident_keys import IncidentKeys as StoredKeys

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")

CONFIRMED_FOR = timedelta(minutes=1)
"""How long a key counts as not erased without asking the record store. An erasure throws keys away
only when every process has asked again."""

_PATIENCE = 3.0
"""Seconds that a report waits for the record store before its incident does without a key."""

_STORE_RETRY_AFTER = 5.0
"""Seconds without the store after it failed: each try may take until its timeout."""

_MOST_IN_MEMORY = 20_000
"""Keys; about 10 MB."""


class KeyAccess(Protocol):
    """How the keys in the record store are reached."""

    async def read(self, work: "Callable[[StoredKeys], Answer]") -> Answer:
        """Run what only reads. Raises RecordsUnavailable."""

    async def write(self, work: "Callable[[StoredKeys], Answer]") -> Answer:
        """Run what may write. Raises RecordsUnavailable."""


class IncidentKey(NamedTuple):
    """A key in memory. `confirmed_at`, by the monotonic clock: when the store last had it."""

    key_id: str
    cipher: AESGCM
    confirmed_at: float


class IncidentKeys:
    """Finds and makes the keys of incidents; for any event loop, one at a time."""

    def __init__(
        self,
        ring: KeyRing,
        access: KeyAccess,
        copies: LocalCopies | None = None,
        confirmed_for: timedelta = CONFIRMED_FOR,
    ) -> None:
        self._ring = ring
        self._access = access
        self._copies = copies
        self._confirmed_for = confirmed_for.total_seconds()
        self._known: OrderedDict[tuple[str, str], IncidentKey] = OrderedDict()
        self._current: OrderedDict[str, str] = OrderedDict()
        self._store_retry_at = 0.0

    async def to_encrypt(self, incident_id: str) -> IncidentKey | None:
        """The key that encrypts for an incident, made if it has none.

        None while the record store cannot confirm one: the key ring itself encrypts then.

        Raises:
            MissingKey: its key is wrapped by a key that is not on the ring.
        """
        known = self._known.get((incident_id, self._current.get(incident_id, "")))
        if known and self._is_confirmed(known):
            return known
        fresh = self._new(incident_id)
        try:
            stored = await self._asked(self._access.write(lambda keys: keys.current_or(fresh)))
        except RecordsUnavailable as away:
            _log.warning(
                "%s is encrypted by key %s of the key ring, not by a key of its own: %s",
                incident_id,
                self._ring.current,
                away,
            )
            return None
        return await self._remember(stored, encrypts=True)

    async def to_decrypt(self, incident_id: str, key_id: str) -> IncidentKey:
        """A key of an incident by its id.

        Raises:
            KeyThrownAway: the incident was erased.
            KeyUnavailable: the record store is away, and there is no copy.
            MissingKey: it is wrapped by a key that is not on the ring.
            EncryptionError: nobody has it any more.
        """
        known = self._known.get((incident_id, key_id))
        if known and self._is_confirmed(known):
            return known
        try:
            stored = await self._asked(
                self._access.read(lambda keys: keys.get(incident_id, key_id))
            )
        except RecordsUnavailable as away:
            if known:
                return known
            if copy := self._copy(incident_id, key_id):
                return self._unwrapped(copy, confirmed_at=float("-inf"))
            raise KeyUnavailable(
                f"the key {key_id} of {incident_id} is in the record store: {away}; what waits "
                "goes on by itself when it answers again"
            ) from None
        if stored is None:
            return await self._put_back(incident_id, key_id, known)
        if stored.wrapped is None:
            self.forget(incident_id, key_id)
            raise KeyThrownAway(f"{incident_id} was erased, and its key {key_id} thrown away")
        return await self._remember(stored)

    def forget(self, incident_id: str, key_id: str) -> None:
        """Forget a key that was thrown away, and drop its copy."""
        self._known.pop((incident_id, key_id), None)
        if self._current.get(incident_id) == key_id:
            self._current.pop(incident_id, None)
        if self._copies:
            self._copies.drop(incident_id, key_id)

    def wrapped_anew(self, stored: StoredKey) -> StoredKey:
        """The same key, wrapped by the current key of the ring.

        Raises:
            EncryptionError: it cannot be unwrapped.
        """
        return self._wrap(stored.incident_id, stored.key_id, self._plain(stored))

    async def _asked(self, answer: Awaitable[Answer]) -> Answer:
        """Its answer within our patience, or RecordsUnavailable at once while it just failed."""
        if time.monotonic() < self._store_retry_at:
            if asyncio.iscoroutine(answer):
                answer.close()
            raise RecordsUnavailable("the record store did not answer a moment ago")
        try:
            return await asyncio.wait_for(answer, _PATIENCE)
        except TimeoutError:
            self._store_retry_at = time.monotonic() + _STORE_RETRY_AFTER
            raise RecordsUnavailable(
                f"the record store did not answer within {_PATIENCE:g} s"
            ) from None
        except RecordsUnavailable:
            self._store_retry_at = time.monotonic() + _STORE_RETRY_AFTER
            raise

    async def _put_back(
        self, incident_id: str, key_id: str, known: IncidentKey | None
    ) -> IncidentKey:
        """A key that the store has lost, from our copy."""
        copy = self._copy(incident_id, key_id)
        if copy is None:
            if known:  # made in a transaction that we cannot see yet
                return known
            raise EncryptionError(
                f"the record store has no key {key_id} of {incident_id}: restore the copy of the "
                "record store that belongs to this Temporal server"
            )
        await self._access.write(lambda keys: keys.put_back(copy))
        _log.warning("the record store had lost the key %s of %s: put back", key_id, incident_id)
        return self._unwrapped(copy, confirmed_at=time.monotonic())

    async def _remember(self, stored: StoredKey, *, encrypts: bool = False) -> IncidentKey:
        before = self._known.get((stored.incident_id, stored.key_id))
        key = (
            before._replace(confirmed_at=time.monotonic())
            if before
            else self._unwrapped(stored, confirmed_at=time.monotonic())
        )
        self._known[stored.incident_id, stored.key_id] = key
        if encrypts:
            self._current[stored.incident_id] = stored.key_id
        for memory in (self._known, self._current):
            while len(memory) > _MOST_IN_MEMORY:
                memory.popitem(last=False)
        if before is None and self._copies:
            await asyncio.to_thread(self._copies.keep, stored)
        return key

    def _is_confirmed(self, key: IncidentKey) -> bool:
        return time.monotonic() - key.confirmed_at < self._confirmed_for

    def _copy(self, incident_id: str, key_id: str) -> StoredKey | None:
        return self._copies.get(incident_id, key_id) if self._copies else None

    def _new(self, incident_id: str) -> StoredKey:
        return self._wrap(incident_id, secrets.token_hex(4), secrets.token_bytes(KEY_BYTES))

    def _wrap(self, incident_id: str, key_id: str, key: bytes) -> StoredKey:
        ring_key = self._ring.current
        sealed = seal(self._ring.cipher(ring_key), key, _bound_to(incident_id, key_id))
        return StoredKey(incident_id, key_id, ring_key, sealed)

    def _plain(self, stored: StoredKey) -> bytes:
        what = f"the key {stored.key_id} of {stored.incident_id}"
        bound_to = _bound_to(stored.incident_id, stored.key_id)
        return unseal(self._ring.cipher(stored.ring_key), stored.wrapped or b"", bound_to, what)

    def _unwrapped(self, stored: StoredKey, confirmed_at: float) -> IncidentKey:
        return IncidentKey(stored.key_id, AESGCM(self._plain(stored)), confirmed_at)


def _bound_to(incident_id: str, key_id: str) -> bytes:
    return f"key {key_id} of {incident_id}".encode()
