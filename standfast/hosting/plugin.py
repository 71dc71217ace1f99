"""The plugin that client, worker and replayer share."""

import dataclasses

from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.plugin import SimplePlugin
from temporalio.worker import WorkflowRunner
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner

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


def standfast_plugin() -> SimplePlugin:
    """The plugin for `Client.connect`, `Worker` and `Replayer`.

    A worker takes it from its client; give it to one of the two only.
    """
    return SimplePlugin(
        "standfast", data_converter=pydantic_data_converter, workflow_runner=pass_through
    )
