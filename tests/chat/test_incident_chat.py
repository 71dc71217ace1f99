"""What a chat refuses of one part of an incident keeps no other part back, and is said."""

import asyncio
import json
import time
from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any, cast

import pytest
from prometheus_client.exposition import generate_latest

from standfast.api.health import Metrics, look_at_chats
from standfast.chat.people import ChatPeople
from standfast.chat.provider import SeenReply
from standfast.chat.threads import Doors, Threads
from standfast.console.chats import shown_in_chats
from standfast.hosting.doctor.chats import chats
from standfast.hosting.doctor.check import Check, Installation
from standfast.hosting.settings import Settings
from standfast.incidents.roles import Role
from standfast.policy import Policy
from standfast.records.store import RecordStore
from tests.chat.room import Blind, Room
from tests.chat.slack_server import Slack, says
from tests.policy.small import SMALL

ANNA = {"acknowledged_by": "anna"}


async def test_doctor_and_metrics_say_how_a_chat_stands(
    room: Room, tmp_path: Path, url: str
) -> None:
    rules = room.policy.chat.model_dump(mode="json", exclude_none=True)
    policy = tmp_path / "policy.yaml"
    policy.write_text(SMALL + json.dumps({"chat": rules})[1:-1])
    settings = Settings(data_dir=tmp_path, policy=policy)

    async def seen() -> tuple[Check, str]:
        (check,) = await chats(Installation(settings, room.records, None, ""))
        metrics = Metrics()
        look_at_chats(room.policy, room.records, metrics)
        lines = generate_latest(metrics.registry).decode().splitlines()
        return check, " ".join(line for line in lines if line.startswith("standfast_chat_"))

    check, measured = await seen()
    assert (check.ok, check.what) == (False, "no process keeps it up to date")
    assert 'standfast_chat_kept{chat="slack"} 0.0' in measured

    room.slack.fail["chat.postMessage"] = ["token_revoked"]
    room.stands()
    await room.keeper.step()
    check, measured = await seen()
    assert "INC-AAAAAAAAAA, message: chat_postMessage: token_revoked" in check.what
    assert 'standfast_chat_behind{chat="slack"} 1.0' in measured

    room.another_process()
    await room.keeper.step()
    check, measured = await seen()
    assert (check.ok, check.what) == (True, "is kept up to date")
    assert 'standfast_chat_kept{chat="slack"} 1.0' in measured


class Troubled(Blind):
    """Slack, whose threads cannot be read at first, for a reason that nobody has thought of."""

    def __init__(self, room: Room) -> None:
        chat = room.policy.chat.slack
        assert chat
        super().__init__(chat, "xoxb-1", "xapp-1")
        self.looks: list[float] = []
        self.read = asyncio.Event()

    async def thread(self, channel: str, message: str) -> Sequence[SeenReply]:
        self.looks.append(time.monotonic())
        if len(self.looks) < 4:
            raise ValueError("nobody has thought of this")
        self.read.set()
        return ()


async def test_a_thread_that_could_not_be_read_is_read_again_by_itself_later_each_time(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("standfast.chat.threads._AGAIN", timedelta(seconds=0.01))
    room.stands()
    await room.keeper.step()
    provider, nothing = Troubled(room), cast(Any, None)
    people = ChatPeople(provider, lambda: room.policy)
    threads = Threads(provider, room.records, people, Doors(nothing, nothing, nothing, nothing))
    await threads.read_all_again()
    task = asyncio.create_task(threads.run(pace=0))
    await asyncio.wait_for(provider.read.wait(), 30)
    task.cancel()
    rests = [after - before for before, after in pairwise(provider.looks)]
    assert len(rests) == 3
    assert all(rest >= 0.009 * 2**tries for tries, rest in enumerate(rests))


@pytest.mark.parametrize("error", ["missing_scope", "name_taken", 503])
async def test_without_its_own_channel_the_message_is_shown(
    slack: Slack, records: RecordStore, small_policy: Policy, error: str | int
) -> None:
    room = Room(slack, records, small_policy, own_channel=["P2"])
    slack.fail["conversations.create"] = [error] * 3
    room.stands()
    await room.keeper.step()
    (message,) = slack.top()
    assert "Talk" not in says(message)


async def test_without_a_topic_people_are_invited_and_it_is_said(
    slack: Slack, records: RecordStore, small_policy: Policy
) -> None:
    slack.user("U0ANNA", "anna@tiny.example")
    room = Room(slack, records, small_policy, own_channel=["P2"])
    slack.fail["conversations.setTopic"] = ["missing_scope"]
    room.stands(**ANNA)
    await room.keeper.step()
    (own,) = (each for each in slack.channels.values() if each["name"].startswith("inc-"))
    assert own["members"] == {"U0BOT", "U0ANNA"}
    (step,) = (s for s in records.chat_steps.of("INC-AAAAAAAAAA", 1) if s.kind == "channel")
    assert "lacks a scope" in step.detail


@pytest.mark.parametrize("error", [429, "missing_scope"])
async def test_a_channel_that_cannot_be_archived_now_is_later_or_it_is_said(
    slack: Slack,
    records: RecordStore,
    small_policy: Policy,
    monkeypatch: pytest.MonkeyPatch,
    error: str | int,
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("standfast.chat.keeper.Keeper._now", lambda _: clock[0])
    room = Room(slack, records, small_policy, own_channel=["P2"])
    view = room.stands()
    await room.keeper.step()
    slack.fail["conversations.archive"] = [error]
    room.ends(view)
    for _ in range(2):
        await room.keeper.step()
        clock[0] += 2
    (own,) = (each for each in slack.channels.values() if each["name"].startswith("inc-"))
    assert own["is_archived"] == (error == 429)
    (step,) = (s for s in records.chat_steps.of(view.incident_id, 1) if s.kind == "channel")
    assert (step.over, bool(step.detail)) == (True, error != 429)
    assert slack.calls.count("conversations.archive") == (2 if error == 429 else 1)


async def test_a_channel_that_was_archived_is_waited_for_and_said(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("standfast.chat.keeper.Keeper._now", lambda _: clock[0])
    view = room.stands()
    await room.keeper.step()
    room.slack.fail["chat.update"] = ["is_archived"]
    view = room.stands(**ANNA)
    await room.keeper.step()
    (said,) = await shown_in_chats(room.records, view, Role.RESPONDER)
    assert "the channel was archived" in said.words
    clock[0] += 301
    await room.keeper.step()
    assert "*Has it*: Anna" in says(room.slack.top()[0])
    (said,) = await shown_in_chats(room.records, view, Role.RESPONDER)
    assert said.words == "Shown in Slack"


async def test_what_closed_before_it_could_be_shown_is_not_shown_any_more(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("standfast.chat.keeper.Keeper._now", lambda _: clock[0])
    room.slack.fail["chat.postMessage"] = ["token_revoked"]
    view = room.stands()
    await room.keeper.step()
    room.ends(view)
    clock[0] += 60
    await room.keeper.step()
    assert room.slack.top() == []
    assert room.records.chat_steps.left_behind("slack") == []
