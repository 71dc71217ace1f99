"""A chat is kept up to date: one message an incident, whatever dies or is away."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from standfast.console.chats import InChat, shown_in_chats
from standfast.incidents.addition import Addition, AdditionKind
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView
from standfast.incidents.roles import Role
from standfast.lookup.delivery_trails import in_words, trails_of
from standfast.policy import Policy
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.chat_steps import StepState
from standfast.records.store import RecordStore
from tests.chat.room import Room
from tests.chat.slack_server import GENERAL, Slack, labels, says
from tests.console.views import NOW, TO_RESOLVE

ANNA = {"acknowledged_by": "anna"}


def comment(number: int, text: str, **more: object) -> dict[str, object]:
    entry = {"number": number, "at": NOW, "box": Box.RESOLVE, "event": "comment", "actor": "anna"}
    return {**entry, "detail": text, **more}


async def test_one_message_says_how_it_stands_from_the_first_page_to_the_end(room: Room) -> None:
    page = comment(1, "through sms", event="page_sent", person="anna")
    room.stands(timeline=(page,))
    await room.keeper.step()
    (message,) = room.slack.top()
    assert "P2 Wiki crashed (INC-AAAAAAAAAA)" in says(message)
    assert "*Nobody has it yet*: Paged: Anna" in says(message)
    assert labels(message) == ["Acknowledge", "Resolve", "Escalate", "Not me: next", "Open"]

    view = room.stands(**ANNA)
    await room.keeper.step()
    assert "*Has it*: Anna" in says(message)
    assert "Acknowledge" not in labels(message)

    room.ends(view)
    await room.keeper.step()
    assert labels(message) == ["Open"]
    assert room.slack.top() == [message]
    assert room.records.chat_steps.messages("slack") == []


async def test_nothing_is_asked_of_slack_while_nothing_changes(room: Room) -> None:
    room.stands()
    await room.keeper.step()
    room.slack.calls.clear()
    await room.keeper.step()
    room.another_process()  # knows nothing, and finds that all is as it should be
    await room.keeper.step()
    assert room.slack.calls == []


async def test_the_keeper_looks_at_no_run_and_one_process_writes_at_a_time(room: Room) -> None:
    room.stands()
    await room.keeper.step()
    second = room.new_keeper()
    room.stands(**ANNA)
    room.slack.calls.clear()
    await second.step()
    assert room.slack.calls == []
    await room.keeper.step()
    assert room.slack.calls == ["chat.update"]


async def test_where_nobody_can_look_unknown_is_said_and_nothing_made_twice(room: Room) -> None:
    room.provider.blind = True
    view = room.stands()
    await room.is_killed(room.slack, "post", "after")
    for _ in range(2):
        await room.keeper.step()
    (step,) = room.records.chat_steps.of(view.incident_id, 1)
    assert (step.state, step.made) == (StepState.UNKNOWN, "")
    assert step.detail == "whether it has arrived is not known: this chat tells nobody"
    assert len(room.slack.top()) == 1


async def test_the_console_leads_to_the_message_or_says_what_is_not_known(room: Room) -> None:
    view = room.stands()
    await room.keeper.step()
    (message,) = room.slack.top()
    path = f"archives/{GENERAL}/p{message['ts'].replace('.', '')}"
    shown = await shown_in_chats(room.records, view, Role.RESPONDER)
    assert shown == [InChat("Shown in Slack", f"https://s.example/{path}")]
    assert await shown_in_chats(room.records, view, Role.REPORTER) == []

    room.provider.blind = True
    view = room.stands(incident_id="INC-BBBBBBBBBB")
    await room.is_killed(room.slack, "post", "after")
    await room.keeper.step()
    words = "The message in Slack: whether it has arrived is not known: this chat tells nobody"
    assert await shown_in_chats(room.records, view, Role.RESPONDER) == [InChat(words)]


async def test_the_delivery_trail_names_the_message_and_who_answered_it(room: Room) -> None:
    room.slack.fail["chat.postMessage"] = ["not_in_channel"]
    view = room.stands()
    await room.keeper.step()
    [refused] = await trails_of(room.records, view)
    words = in_words(refused, UTC)
    assert words.startswith(f"the channel {GENERAL}: not sent through slack ")
    assert "invite the app to the channel" in words

    room.another_process()
    pressed = comment(1, "", event="acknowledged", via="slack")
    view = room.stands(timeline=(pressed, comment(2, "On it", via="slack")), **ANNA)
    await room.keeper.step()
    [trail] = await trails_of(room.records, view)
    assert [each.state for each in trail.steps] == ["sent", "answered"]
    assert trail.steps[0].detail.startswith(f"https://s.example/archives/{GENERAL}/")
    assert trail.steps[1].detail == "anna: acknowledged"

    room.provider.blind = True
    view = room.stands(incident_id="INC-BBBBBBBBBB")
    await room.is_killed(room.slack, "post", "after")
    await room.keeper.step()
    [unknown] = await trails_of(room.records, view)
    assert "whether it has arrived is not known" in in_words(unknown, UTC)


async def test_in_a_storm_what_is_more_urgent_overtakes(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]

    def ticks(_: object) -> float:
        clock[0] += 0.3
        return clock[0]

    monkeypatch.setattr("standfast.chat.keeper.Keeper._now", ticks)
    for number in range(6):
        room.stands(incident_id=f"INC-BBBBBBBBB{number}", priority="P4")
    update = room.keeper._incidents.update

    async def updated(view: IncidentView) -> None:
        await update(view)
        if view.incident_id.endswith("0"):
            room.stands(priority="P1")

    monkeypatch.setattr(room.keeper._incidents, "update", updated)
    await room.keeper.step()
    shown = ["INC-AAAAAAAAAA" in says(each) for each in room.slack.top()]
    assert len(shown) == 7
    assert shown.index(True) <= 2, "it did not wait for those that were there before"


async def test_after_an_older_backup_was_restored_the_message_is_found_again(
    slack: Slack, small_policy: Policy, tmp_path: Path
) -> None:
    for name in ("lost", "restored"):
        records = RecordStore(f"sqlite:///{tmp_path}/{name}.db")
        room = Room(slack, records, small_policy)
        opened = datetime.now(UTC) - timedelta(hours=1)
        room.stands(opened_at=opened, **({} if name == "lost" else ANNA))
        await room.keeper.step()
        records.close()
    (message,) = slack.top()
    assert "*Has it*: Anna" in says(message)


async def test_an_answer_that_is_lost_is_looked_for(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    room.stands(opened_at=datetime.now(UTC))
    room.slack.fail["chat.postMessage"] = ["lost"]
    clock = [1000.0]
    monkeypatch.setattr("standfast.chat.keeper.Keeper._now", lambda _: clock[0])
    await room.keeper.step()
    assert "conversations.history" not in room.slack.calls, "it may still be on its way"
    clock[0] += 6
    await room.keeper.step()
    assert "conversations.history" in room.slack.calls
    assert len(room.slack.top()) == 1
    assert room.records.chat_steps.messages("slack")[0].state is StepState.DONE


async def test_slack_is_left_alone_as_long_as_it_asks_and_then_has_the_latest_state(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = [1000.0]
    monkeypatch.setattr("standfast.chat.keeper.Keeper._now", lambda _: clock[0])
    room.slack.fail["chat.postMessage"] = [429]
    room.stands()
    await room.keeper.step()
    room.stands(incident_id="INC-BBBBBBBBBB", priority="P1")
    room.stands(**ANNA)
    room.slack.calls.clear()
    await room.keeper.step()
    assert room.slack.calls == [], "Retry-After has not passed"
    clock[0] += 2
    await room.keeper.step()
    urgent, other = room.slack.top()
    assert "INC-BBBBBBBBBB" in says(urgent), "the most urgent first"
    assert "*Has it*: Anna" in says(other)
    assert room.slack.calls.count("chat.postMessage") == 2
    assert "chat.update" not in room.slack.calls


async def test_a_comment_comes_once_and_what_was_written_in_slack_does_not_come_back(
    room: Room,
) -> None:
    written = (
        comment(1, "Looks like <!channel> & the disk"),
        comment(2, "From the thread", via="slack"),
        comment(3, "By SMS", via="sms"),
    )
    for _ in range(2):
        room.stands(timeline=written)
        await room.keeper.step()
    (message,) = room.slack.top()
    assert room.slack.replies(message) == [
        "Anna writes: Looks like &lt;!channel&gt; &amp; the disk",
        "Anna writes: By SMS",
    ]


async def test_a_message_that_somebody_deleted_is_not_posted_again(room: Room) -> None:
    room.stands()
    await room.keeper.step()
    room.slack.messages[GENERAL].clear()
    view = room.stands(**ANNA)
    await room.keeper.step()
    room.ends(view)
    await room.keeper.step()
    assert room.slack.top() == []
    assert room.records.chat_steps.messages("slack") == []


async def test_one_refusal_does_not_keep_the_others_out(
    slack: Slack, records: RecordStore, small_policy: Policy
) -> None:
    room = Room(slack, records, small_policy, team_channels={"desk": "C0NOWHERE"})
    room.stands(priority="P1")
    room.stands(incident_id="INC-BBBBBBBBBB", team="other")
    await room.keeper.step()
    assert [says(each).count("INC-BBBBBBBBBB") > 0 for each in slack.top()] == [True]


SECRET = {"confidential": {"by": "anna", "people": ("anna",)}}


class TestConfidential:
    async def test_it_is_never_in_the_channel_of_all(self, room: Room) -> None:
        room.stands(**SECRET)
        await room.keeper.step()
        assert room.slack.calls == []

    async def test_what_was_shown_before_is_taken_back(self, room: Room) -> None:
        room.stands(timeline=(comment(1, "Payroll of Mr Smith"),))
        await room.keeper.step()
        (message,) = room.slack.top()
        room.stands(timeline=(comment(1, "Payroll of Mr Smith"),), **SECRET)
        await room.keeper.step()
        assert "Wiki" not in says(message) + message["text"]
        assert "Confidential incident" in says(message)
        assert labels(message) == []
        assert room.slack.replies(message) == []

    async def test_what_is_made_so_after_the_close_is_taken_back_too(self, room: Room) -> None:
        view = room.stands(timeline=(comment(1, "Payroll of Mr Smith"),))
        await room.keeper.step()
        room.ends(view)
        await room.keeper.step()
        (message,) = room.slack.top()
        shown = says(message)
        assert "Wiki crashed" in shown
        for kind, what in (("restrict", "Confidential incident"), ("unrestrict", "Wiki crashed")):
            said = Addition(kind=AdditionKind(kind), at=NOW, by="anna", text="", people=("anna",))
            event = AuditEvent(AuditKind.ADDED_TO_RECORD, by="anna")
            room.records.adding.add(view.incident_id, 1, said, "", event)
            await room.keeper.step()
            assert what in says(message) + message["text"], kind
            assert ("Wiki" in says(message) + message["text"]) is (kind == "unrestrict")
            assert room.records.chat_steps.messages("slack") == []
        assert "Payroll" not in says(message)

    async def test_by_the_policy_it_has_a_private_channel_with_those_who_find_it(
        self, slack: Slack, records: RecordStore, small_policy: Policy
    ) -> None:
        slack.user("U0ANNA", "anna@tiny.example")
        room = Room(slack, records, small_policy, confidential="own_channel", own_channel=["P2"])
        room.stands()
        await room.keeper.step()
        view = room.stands(**SECRET)
        await room.keeper.step()
        by_name = {each["name"]: each for each in slack.channels.values()}
        assert by_name["inc-aaaaaaaaaa"]["is_archived"]
        own = by_name["inc-aaaaaaaaaa-private"]
        assert (own["is_private"], own["topic"]) == (True, "Confidential incident")
        assert own["members"] == {"U0BOT", "U0ANNA"}
        (message,) = slack.top(own["id"])
        assert "Wiki crashed" in says(message)

        room.ends(view)
        await room.keeper.step()
        assert own["is_archived"]


async def test_a_channel_of_its_own_has_the_right_people_and_is_archived(
    slack: Slack, records: RecordStore, small_policy: Policy
) -> None:
    slack.user("U0ANNA", "anna@tiny.example")
    room = Room(slack, records, small_policy, own_channel=["P1"])
    room.stands()
    await room.keeper.step()
    view = room.stands(priority="P1", **ANNA)
    await room.keeper.step()
    (own,) = (each for each in slack.channels.values() if each["name"].startswith("inc-"))
    assert own["members"] == {"U0BOT", "U0ANNA"}
    assert "#inc-aaaaaaaaaa" in says(slack.top()[0])
    room.ends(view)
    for _ in range(2):
        await room.keeper.step()
    assert own["is_archived"]
    assert slack.calls.count("conversations.archive") == 1


async def test_a_new_episode_has_a_message_of_its_own(room: Room) -> None:
    view = room.stands()
    await room.keeper.step()
    room.ends(view)
    room.stands(episode=2, opened_at=datetime.now(UTC))
    await room.keeper.step()
    first, second = room.slack.top()
    assert "Over" in says(first)
    assert "episode 2" in says(second)


async def test_it_moves_with_the_team(
    slack: Slack, records: RecordStore, small_policy: Policy
) -> None:
    slack.channel("C0OTHER", "other")
    room = Room(slack, records, small_policy, team_channels={"other": "C0OTHER"})
    room.stands()
    await room.keeper.step()
    room.stands(*TO_RESOLVE, team="other")
    await room.keeper.step()
    assert "shown elsewhere now" in says(slack.top()[0])
    assert "Wiki crashed" in says(slack.top("C0OTHER")[0])
