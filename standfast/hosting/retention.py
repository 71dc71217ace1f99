"""Builds the daily job that erases what the policy no longer keeps."""

from temporalio.client import Client

from standfast.encryption.payload_codec import PayloadEncryption
from standfast.erasure.erasing import Eraser
from standfast.erasure.retention import Retention
from standfast.hosting.settings import Settings
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore


def build_eraser(client: Client, settings: Settings, records: RecordStore) -> Eraser:
    """What erases, on a machine with these settings."""
    return Eraser(client, records, settings.data_dir / "attachments")


def retention(
    client: Client, settings: Settings, policy: PolicySource, records: RecordStore
) -> Retention:
    """The job of a worker."""
    codec = client.data_converter.payload_codec
    encryption = codec if isinstance(codec, PayloadEncryption) else None
    return Retention(policy.current, records, build_eraser(client, settings, records), encryption)
