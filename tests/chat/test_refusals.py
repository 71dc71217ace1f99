"""What a chat refuses of one part of an incident keeps no other part back, and is said."""

import pytest

from standfast.console.chats import shown_in_chats
from standfast.incidents.roles import Role
from standfast.policy import Policy
from standfast.records.store import RecordStore
from tests.chat.room import Room
from tests.chat.slack_server import Slack, says

ANNA = {"acknowledged_by": "anna"}


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
