"""Commands on a machine that has an address and a token, and nothing else of Standfast's."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from standfast.commands.app import run as run_command
from standfast.incidents.roles import Role
from tests.api.conftest import Api, api
from tests.commands.ended import Ended
from tests.web.serving import served

__all__ = ["api"]


@dataclass
class Elsewhere:
    """Types commands on another machine; `where` is the address of the API."""

    api: Api
    where: str
    capsys: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch

    async def run(self, *words: str, role: Role = Role.RESPONDER, name: str = "") -> Ended:
        """Run a command with the token of somebody of that role."""
        token = self.api.token(role, name)
        ended = await self.with_token(token, *words)
        assert token not in ended.out + ended.err
        return ended

    async def with_token(self, token: str, *words: str) -> Ended:
        """Run a command with this token."""
        self.monkeypatch.setenv("STANDFAST_URL", self.where)
        self.monkeypatch.setenv("STANDFAST_TOKEN", token)
        return await self._run(*words)

    async def here(self, *words: str) -> Ended:
        """Run the same command on the server's own machine."""
        desk = self.api.desk
        with self.monkeypatch.context() as machine:
            machine.delenv("STANDFAST_URL", raising=False)
            machine.delenv("STANDFAST_TOKEN", raising=False)
            machine.setenv("TEMPORAL_ADDRESS", desk.client.service_client.config.target_host)
            machine.setenv("STANDFAST_TASK_QUEUE", desk.task_queue)
            machine.setenv("STANDFAST_DATA_DIR", str(desk.place))
            machine.setenv("STANDFAST_POLICY", str(desk.policy.path))
            return await self._run(*words)

    async def _run(self, *words: str) -> Ended:
        code = await asyncio.to_thread(run_command, words)
        captured = self.capsys.readouterr()
        return Ended(code, captured.out, captured.err)


@pytest.fixture
async def elsewhere(
    api: Api, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> AsyncIterator[Elsewhere]:
    """A machine from which nothing but the API can be reached."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:9")
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(tmp_path / "nothing"))
    monkeypatch.setenv("STANDFAST_POLICY", str(tmp_path / "none.yaml"))
    async with served(api) as (_, where):
        yield Elsewhere(api, where, capsys, monkeypatch)
