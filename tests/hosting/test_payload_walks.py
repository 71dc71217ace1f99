"""The SDK's walks through payloads: left out where they do nothing, and only there."""

import base64
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import temporalio.bridge.worker as bridge
from temporalio import activity, workflow
from temporalio.api.common.v1 import Payload
from temporalio.bridge.proto.workflow_completion import WorkflowActivationCompletion
from temporalio.client import Client
from temporalio.converter import PayloadCodec
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import UnsandboxedWorkflowRunner, Worker

from standfast.hosting.payload_walks import skip_idle_walks
from standfast.hosting.plugin import DATA_CONVERTER


class Wrapping(PayloadCodec):
    """Makes every payload unreadable, and readable again."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [
            Payload(
                metadata={"encoding": b"wrapped"}, data=base64.b64encode(each.SerializeToString())
            )
            for each in payloads
        ]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return [Payload.FromString(base64.b64decode(each.data)) for each in payloads]


@activity.defn
async def twice(word: str) -> str:
    return word * 2


@workflow.defn
class Echo:
    @workflow.run
    async def run(self, word: str) -> str:
        return await workflow.execute_activity(
            twice, word, start_to_close_timeout=timedelta(seconds=30)
        )


async def test_with_a_codec_nothing_goes_out_in_clear(env: WorkflowEnvironment) -> None:
    skip_idle_walks()
    codec = replace(DATA_CONVERTER, payload_codec=Wrapping())
    client = Client(env.client.service_client, namespace="default", data_converter=codec)
    async with Worker(
        client,
        task_queue="wrapped",
        workflows=[Echo],
        activities=[twice],
        workflow_runner=UnsandboxedWorkflowRunner(),
    ):
        handle = await client.start_workflow(
            Echo.run, "knock", id="echo-of-a-codec", task_queue="wrapped"
        )
        assert await handle.result() == "knockknock"
    assert "knock" not in (await handle.fetch_history()).to_json()


async def test_without_one_payloads_are_left_as_they_are() -> None:
    skip_idle_walks()
    completion = WorkflowActivationCompletion()
    command = completion.successful.commands.add().schedule_activity
    said = command.arguments.add(metadata={"encoding": b"json/plain"}, data=b'"knock"')
    await bridge.encode_completion(
        completion, DATA_CONVERTER, encode_headers=False, storage_concurrency_limit=1
    )
    assert list(command.arguments) == [said]
    assert command.arguments[0] is said


async def test_it_is_done_once() -> None:
    skip_idle_walks()
    walk = bridge.decode_activation
    skip_idle_walks()
    assert bridge.decode_activation is walk
