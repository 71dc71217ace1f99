"""Runs a service's tests: each by the `probe` of the module that its kind is named after."""

from collections.abc import Awaitable, Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from standfast.incidents.observation import Observation
from standfast.policy.system_tests import SystemTest
from standfast.probes.context import ProbeContext

Runner = Callable[[Any, ProbeContext], Awaitable[Observation]]
"""Looks once, as the test of its kind says, and tells what it saw."""


async def run(test: SystemTest, directory: Path, hosts: tuple[str, ...]) -> Observation:
    """Run one test within its time limit.

    directory: where a command runs.
    hosts: the policy's list of what may be connected to.
    """
    probe = runner_of(test.kind)
    return await probe(test.details, ProbeContext(test.within, hosts, directory))


def runner_of(kind: str) -> Runner:
    """What runs the tests of a kind. That each has one is held by tests/probes."""
    probe: Runner = import_module(f"standfast.probes.{kind}").probe
    return probe
