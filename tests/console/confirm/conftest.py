"""The service desk, whose messages to reporters have links, and its API."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from temporalio.testing import WorkflowEnvironment

from standfast.notification.rendering import Links
from standfast.policy_file.source import PolicySource
from tests.api.conftest import Api, open_api
from tests.console.confirm.asking import PUBLIC, links_of
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import Desk, open_desk


@pytest.fixture
async def desk(env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path) -> AsyncIterator[Desk]:
    """The service desk, whose messages to reporters have links."""
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    links = links_of(tmp_path).links
    async with open_desk(env, policy, sink, tmp_path, links=Links(reporter=links)) as desk:
        yield desk


@pytest.fixture
async def api(desk: Desk) -> AsyncIterator[Api]:
    async with open_api(desk, public_url=PUBLIC) as api:
        yield api
