"""What all tests share: one real Temporal server on virtual time, a desk for each story."""

import contextlib
import shutil
import signal
import sys
from collections.abc import AsyncIterator, Generator, Iterator
from itertools import chain
from pathlib import Path

import pytest
from temporalio.runtime import Runtime
from temporalio.testing import TimeSkippingConfig, WorkflowEnvironment

from standfast.hosting.embedded_server import REPORT_PROBLEMS_SOON
from standfast.hosting.hard_exit import hard_exit
from standfast.hosting.loading import no_garbage_collection
from standfast.hosting.namespace import register_search_attributes
from standfast.hosting.plugin import standfast_plugin
from standfast.policy_file.source import PolicySource
from tests.examples import load_profiles
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import Desk, open_desk

load_profiles()

exit_code = pytest.StashKey[int]()


def pytest_configure(config: pytest.Config) -> None:
    """Have Ctrl-C reach what tests start, also where we run in the background of a script.

    Such a shell has its programs ignore SIGINT, and they hand that on to all that they start.
    """
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """Keep the exit code for the very end; of wrong usage pytest has yet to tell."""
    if exitstatus != pytest.ExitCode.USAGE_ERROR:
        session.config.stash[exit_code] = int(exitstatus)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, object, object]:
    """Collect the tests, all of which stay: see `no_garbage_collection`."""
    with no_garbage_collection():
        return (yield)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files that take long come first, so that no worker is left alone with one in the end."""
    items.sort(key=lambda item: item.get_closest_marker("long") is None)


@pytest.hookimpl(trylast=True)
def pytest_unconfigure(config: pytest.Config) -> None:
    """End without taking Python down, as every process of ours does; xdist ends its own."""
    if exit_code in config.stash and not hasattr(config, "workerinput"):
        hard_exit(config.stash[exit_code])


@contextlib.asynccontextmanager
async def virtual_time(
    runtime: Runtime | None = None, *configured: str
) -> AsyncIterator[WorkflowEnvironment]:
    """The real server, where `fast_forward` winds one workflow's clock on.

    configured: what else its dynamic configuration says, as key=value.
    """
    temporal = shutil.which("temporal", path=str(Path(sys.executable).parent))
    async with await WorkflowEnvironment.start_time_skipping_v2(
        ts_config=TimeSkippingConfig(enabled=False, max_session_skip_count=100_000),
        plugins=[standfast_plugin()],
        runtime=runtime,
        dev_server_existing_path=temporal,
        dev_server_log_level="error",
        dev_server_extra_args=[
            "--dynamic-config-value",
            "frontend.WorkflowTimeSkippingEnabled=true",
            "--dynamic-config-value",
            'history.timerProcessorMaxTimeShift="1ms"',
            "--dynamic-config-value",
            REPORT_PROBLEMS_SOON,
            *chain.from_iterable(("--dynamic-config-value", each) for each in configured),
        ],
    ) as env:
        await register_search_attributes(env.client)
        yield env


@pytest.fixture(scope="session")
async def env() -> AsyncIterator[WorkflowEnvironment]:
    """One server for all tests."""
    async with virtual_time() as env:
        yield env


@pytest.fixture
def sink() -> Iterator[HttpSink]:
    """Where everybody's messages arrive."""
    with HttpSink() as sink:
        yield sink


@pytest.fixture
async def desk(
    request: pytest.FixtureRequest, env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> AsyncIterator[Desk]:
    """The service desk of Storyville; of a module that says so, in Temporal's sandbox."""
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    sandboxed = request.node.get_closest_marker("sandboxed") is not None
    async with open_desk(env, policy, sink, tmp_path, sandboxed=sandboxed) as desk:
        yield desk
