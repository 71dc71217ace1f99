"""The plugin that client, worker and replayer share."""

import dataclasses

from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import CompositePayloadConverter, DataConverter
from temporalio.plugin import SimplePlugin
from temporalio.worker import WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

from standfast.encryption.failures import EncryptedFailures
from standfast.encryption.payload_codec import PayloadEncryption

_PASSED_THROUGH = ("activities", "standfast")
"""The pure domain, and activities that workflows only name: re-importing them for every workflow
would double its cost and protect nothing."""


def pass_through(runner: WorkflowRunner | None) -> WorkflowRunner:
    """The runner with our pure modules shared by all workflows."""
    if not isinstance(runner, SandboxedWorkflowRunner):
        # Whoever switched the sandbox off (a debugger does) has nothing to pass through.
        return runner or SandboxedWorkflowRunner()
    restrictions = runner.restrictions.with_passthrough_modules(*_PASSED_THROUGH)
    return dataclasses.replace(runner, restrictions=restrictions)


class PayloadConverter(CompositePayloadConverter):
    """Temporal's converter for pydantic models, made once in a process.

    The SDK makes a converter for each workflow task, and each would make its adapters for our types
    anew.
    """

    # Not many: a test in the sandbox has classes of its own for each workflow, which would pile up.
    _SHARED = tuple(PydanticPayloadConverter(max_cached_type_adapters=128).converters.values())

    def __init__(self) -> None:
        super().__init__(*self._SHARED)


DATA_CONVERTER = DataConverter(payload_converter_class=PayloadConverter)
"""How payloads are read and written where nothing is encrypted: in most tests."""


def data_converter(encryption: PayloadEncryption | None) -> DataConverter:
    """How payloads are read and written: in the service, in tests and in replays."""
    if encryption is None:
        return DATA_CONVERTER
    if not encryption.encrypts:
        return dataclasses.replace(DATA_CONVERTER, payload_codec=encryption)
    return dataclasses.replace(
        DATA_CONVERTER, payload_codec=encryption, failure_converter_class=EncryptedFailures
    )


def standfast_plugin(encryption: PayloadEncryption | None = None) -> SimplePlugin:
    """The plugin for `Client.connect`, `Worker` and `Replayer`.

    A worker takes it from its client; give it to one of the two only.
    """
    return SimplePlugin(
        "standfast", data_converter=data_converter(encryption), workflow_runner=pass_through
    )
