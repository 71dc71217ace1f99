"""The message of a failure in Temporal, which may be encrypted."""

from temporalio.api.failure.v1 import Failure
from temporalio.client import Client
from temporalio.converter import WorkflowSerializationContext

from standfast.encryption.errors import EncryptionError


async def message_of(client: Client, incident_id: str, failure: Failure) -> str:
    """What a failure of an incident's run says; why it cannot be read where it cannot."""
    if not failure.HasField("encoded_attributes"):
        return failure.message
    converter = client.data_converter.with_context(
        WorkflowSerializationContext(client.namespace, incident_id)
    )
    try:
        [said] = await converter.decode([failure.encoded_attributes])
    except EncryptionError as unread:
        return f"its message is encrypted: {unread}"
    return str(said.get("message", "")) if isinstance(said, dict) else failure.message
