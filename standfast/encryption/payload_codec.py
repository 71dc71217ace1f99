"""The payload codec: encrypts what goes to Temporal, and decrypts what comes from there.

Each payload names the key that it needs and the workflow that it belongs to, and is bound to both:
an incident, or its review, which has the incident's key.
Payloads that are not encrypted pass as they are: those of earlier versions, and what people send
with the `temporal` command.
"""

from collections.abc import Sequence

from temporalio.api.common.v1 import Payload
from temporalio.converter import (
    PayloadCodec,
    SerializationContext,
    WithSerializationContext,
)

from standfast.encryption.errors import EncryptionError
from standfast.encryption.incident_keys import IncidentKeys
from standfast.encryption.key_ring import KeyRing, seal, unseal
from standfast.incidents.ids import incident_of_workflow

ENCODING = b"binary/encrypted"
_ENCODING = "encoding"
_INCIDENT = "incident"
_INCIDENT_KEY = "incident-key"
_RING_KEY = "ring-key"


class PayloadEncryption(PayloadCodec, WithSerializationContext):
    """AES-256-GCM by the key of an incident; by the key ring for what belongs to none."""

    def __init__(
        self, ring: KeyRing, keys: IncidentKeys, *, encrypts: bool = True, workflow_id: str = ""
    ) -> None:
        """`encrypts` is False where encryption is off: what is encrypted is still read."""
        self.ring = ring
        self.keys = keys
        self.encrypts = encrypts
        self._workflow_id = workflow_id

    def with_context(self, context: SerializationContext) -> "PayloadEncryption":
        """The codec for the payloads of one workflow."""
        workflow_id = getattr(context, "workflow_id", None) or ""
        if workflow_id == self._workflow_id:
            return self
        return PayloadEncryption(
            self.ring, self.keys, encrypts=self.encrypts, workflow_id=workflow_id
        )

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Encrypt each that says something."""
        if not self.encrypts:
            return list(payloads)
        return [await self._encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """Decrypt each that is encrypted.

        Raises:
            EncryptionError: one cannot be decrypted; says which key it needs and what to do.
        """
        return [await self._decrypted(payload) for payload in payloads]

    async def _encrypted(self, payload: Payload) -> Payload:
        if not payload.data or is_encrypted(payload):
            return payload
        owner = self._workflow_id
        incident = incident_of_workflow(owner)
        own = await self.keys.to_encrypt(incident) if incident else None
        if own:
            kind, key_id, cipher = _INCIDENT_KEY, own.key_id, own.cipher
        else:
            kind, key_id = _RING_KEY, self.ring.current
            cipher = self.ring.cipher(key_id)
        return Payload(
            metadata={_ENCODING: ENCODING, _INCIDENT: owner.encode(), kind: key_id.encode()},
            data=seal(cipher, payload.SerializeToString(), _bound_to(owner, key_id)),
        )

    async def _decrypted(self, payload: Payload) -> Payload:
        if not is_encrypted(payload):
            return payload
        owner = _text(payload, _INCIDENT)
        if self._workflow_id and owner != self._workflow_id:
            raise EncryptionError(
                f"an encrypted payload of {owner or 'no incident'} was found in "
                f"{self._workflow_id}: it was moved there"
            )
        what = f"a payload of {owner or 'no incident'}"
        key_id = _text(payload, _INCIDENT_KEY)
        if key_id:
            cipher = (await self.keys.to_decrypt(incident_of(payload), key_id)).cipher
        else:
            key_id = _text(payload, _RING_KEY)
            cipher = self.ring.cipher(key_id)
        return Payload.FromString(unseal(cipher, payload.data, _bound_to(owner, key_id), what))


def is_encrypted(payload: Payload) -> bool:
    """Whether a payload was encrypted here."""
    return payload.metadata.get(_ENCODING) == ENCODING


def incident_of(payload: Payload) -> str:
    """The id of the incident that an encrypted payload belongs to, itself or its review; of what is
    none, the id of its workflow.
    """
    owner = _text(payload, _INCIDENT)
    return incident_of_workflow(owner) or owner


def _text(payload: Payload, name: str) -> str:
    return payload.metadata.get(name, b"").decode(errors="replace")


def _bound_to(owner: str, key_id: str) -> bytes:
    return f"standfast payload {key_id} {owner}".encode()
