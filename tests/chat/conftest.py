"""A workspace of Slack and a record store for each test."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from standfast.policy import Policy
from standfast.policy_file.loading import load_policy
from standfast.records.store import RecordStore
from tests.chat.room import Room
from tests.chat.slack_server import Slack, running
from tests.empty_records import empty_records
from tests.policy.small import SMALL


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with running() as slack:
        yield slack


@pytest.fixture
def url(tmp_path: Path) -> str:
    return empty_records(tmp_path / "records.db")


@pytest.fixture
def records(url: str) -> Iterator[RecordStore]:
    store = RecordStore(url)
    yield store
    store.close()


@pytest.fixture(scope="session")
def policy_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Anna is at the desk."""
    file = tmp_path_factory.mktemp("policy") / "policy.yaml"
    file.write_text(
        SMALL.replace("    name: Anna\n", "    name: Anna\n    addresses: [anna@tiny.example]\n")
    )
    return file


@pytest.fixture(scope="session")
def small_policy(policy_file: Path) -> Policy:
    return load_policy(policy_file)


@pytest.fixture
def room(slack: Slack, records: RecordStore, small_policy: Policy) -> Room:
    """Incidents are shown in the channel of all."""
    return Room(slack, records, small_policy)
