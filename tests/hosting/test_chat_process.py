"""The process of the chats: it listens, refuses what is forged, and follows the policy."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from standfast.hosting import chat_process
from standfast.hosting.errors import HostingError
from standfast.hosting.settings import Settings
from standfast.policy_file.source import PolicySource
from tests.chat.slack.signing import SECRET, as_form, signed
from tests.chat.slack_server import GENERAL, TEAM, Slack, running
from tests.policy.small import SMALL
from tests.stories.desk import until

CHAT = f"""\
chat:
  slack:
    workspace: {TEAM}
    bot_token: secret:BOT
    signing_secret: secret:SIGN
    channel: {GENERAL}
    api: """


@pytest.fixture
async def slack() -> AsyncIterator[Slack]:
    async with running() as slack:
        yield slack


@pytest.fixture
def settings(tmp_path: Path, slack: Slack) -> Settings:
    policy = tmp_path / "policy.yaml"
    policy.write_text(SMALL + CHAT + slack.api)
    return Settings(data_dir=tmp_path / "data", policy=policy, chat_port=0)


async def test_it_listens_until_the_policy_names_no_chat(
    settings: Settings,
    slack: Slack,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("STANDFAST_SECRET_BOT", "xoxb-1")
    monkeypatch.setenv("STANDFAST_SECRET_SIGN", SECRET)
    monkeypatch.setattr(chat_process, "_POLICY_IS_READ_EVERY", 0.05)
    policy = PolicySource(settings.policy)
    said = ""

    async def port() -> str | None:
        nonlocal said
        said += capsys.readouterr().out
        found = re.search(r"Called by chats at port (\d+)", said)
        return found[1] if found else None

    async with chat_process.chats_of(settings, policy) as place:
        told = asyncio.create_task(asyncio.Event().wait())
        work = asyncio.create_task(chat_process._work(settings, policy, place, told))  # type: ignore[arg-type]
        address = f"http://127.0.0.1:{await until('it listens', port)}/chat/slack"
        body = as_form({"type": "view_closed", "team": {"id": TEAM}, "user": {"id": "U0ANA"}})
        async with httpx.AsyncClient(trust_env=False) as client:
            assert (await client.post(address, content=body)).status_code == 401
            forged = signed(body, secret="not Slack's")
            assert (await client.post(address, content=body, headers=forged)).status_code == 401
            answer = await client.post(address, content=body, headers=signed(body))
            assert answer.status_code == 404, "understood, and nothing to do"
            assert (await client.get(address)).status_code == 405
        settings.policy.write_text(SMALL)
        await asyncio.wait_for(work, 30)
        told.cancel()


async def test_without_its_secret_it_says_which(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("STANDFAST_SECRET_BOT", raising=False)
    policy = PolicySource(settings.policy)
    with pytest.raises(HostingError, match="STANDFAST_SECRET_BOT is not set where the chats"):
        chat_process._providers(policy.current().chat)
