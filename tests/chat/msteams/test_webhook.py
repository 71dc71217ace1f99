"""What people do in Teams, as Microsoft tells us; and what only looks as if Microsoft told it."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standfast.chat.events import (
    ButtonPressed,
    CommandGiven,
    ReplyDeleted,
    ReplyEdited,
    ReplyWritten,
)
from standfast.chat.msteams.activities import ONLY_ATTACHMENT
from tests.chat.msteams.conftest import CARD, Room
from tests.chat.msteams.messages import APP, CHANNEL, Said
from tests.chat.msteams.microsoft import OTHER_TENANT, Microsoft, Trouble, key, later

BOT = f"28:{APP}"


async def posted(room: Room) -> Said:
    await room.teams.post(CHANNEL, CARD, "key")
    return room.microsoft.posts()[-1]


async def test_a_button_is_answered_to_who_pressed_it(room: Room) -> None:
    said, george = await posted(room), room.microsoft.add("george", "george@storyville.example")
    room.answers = ["Acknowledged: it is yours."]
    answer = await room.deliver(room.microsoft.press(said, george, "I have it"))
    assert answer.json() == {
        "statusCode": 200,
        "type": "application/vnd.microsoft.activity.message",
        "value": "Acknowledged: it is yours.",
    }
    (event,) = room.events
    assert isinstance(event, ButtonPressed)
    assert (event.user, event.channel, event.message) == (george, CHANNEL, said.id)
    assert (event.action, event.incident_id, event.episode) == ("acknowledge", CARD.incident_id, 1)
    person = await room.teams.person(event.user)
    assert person
    assert person.address == "george@storyville.example"


async def test_a_button_that_asks_brings_the_answer_along(room: Room) -> None:
    said = await posted(room)
    answer = await room.deliver(room.microsoft.press(said, "29:ana", "Resolved", "a restart"))
    assert answer.json()["value"] == "Noted."
    (event,) = room.events
    assert isinstance(event, ButtonPressed)
    assert (event.action, event.text) == ("resolve", "a restart")


async def test_the_same_button_again_is_another_press(room: Room) -> None:
    said = await posted(room)
    for _ in range(2):
        assert (await room.deliver(room.microsoft.press(said, "29:ana", "I have it"))).is_success
    first, second = room.events
    assert first.event_id != second.event_id


async def test_what_takes_too_long_is_answered_later_and_to_them_alone(room: Room) -> None:
    said = await posted(room)
    room.teams._webhooks[0]._answer_within = 0.01
    room.answers = ["Acknowledged: it is yours."]
    room.goes_on.clear()
    answer = await room.deliver(room.microsoft.press(said, "29:ana", "I have it"))
    assert "longer than usual" in answer.json()["value"]
    room.goes_on.set()
    await room.teams._webhooks[0].close()
    assert room.microsoft.told("29:ana") == ["Acknowledged: it is yours."]
    assert len(room.microsoft.posts()) == 1, "nobody else reads it"


async def test_a_reply_its_edit_and_its_end(room: Room) -> None:
    message = await posted(room)
    said = room.microsoft.write(message.id, "29:ana", "we restart it &amp; wait")
    await room.deliver(room.microsoft.reply_activity(said))
    edited = room.microsoft.reply_activity(said, type="messageUpdate", text="we restarted it")
    edited["channelData"]["eventType"] = "editMessage"
    await room.deliver(edited)
    deleted = room.microsoft.reply_activity(said, type="messageDelete")
    deleted["channelData"]["eventType"] = "softDeleteMessage"
    del deleted["text"]
    await room.deliver(deleted)
    back = room.microsoft.reply_activity(said, type="messageUpdate", timestamp=later(5))
    back["channelData"]["eventType"] = "undeleteMessage"
    await room.deliver(back)
    written, changed, gone, again = room.events
    assert isinstance(written, ReplyWritten)
    assert (written.message, written.reply, written.text) == (
        message.id,
        said.id,
        "we restart it & wait",
    )
    assert written.version == ""
    assert isinstance(changed, ReplyEdited)
    assert (changed.reply, changed.text) == (said.id, "we restarted it")
    assert isinstance(gone, ReplyDeleted)
    assert (gone.reply, gone.user) == (said.id, "29:ana")
    assert isinstance(again, ReplyEdited)
    assert again.text == "we restart it & wait"
    assert again.version != changed.version
    assert len({event.event_id for event in room.events}) == 4


async def test_a_reply_that_graph_does_not_tell_of_yet_is_in_its_thread(room: Room) -> None:
    message = await posted(room)
    said = room.microsoft.write(message.id, "29:ana", "we restart it")
    activity = room.microsoft.reply_activity(said)
    room.microsoft.said.remove(said)  # Graph is late
    assert list(await room.teams.thread(CHANNEL, message.id)) == []
    await room.deliver(activity)
    [seen] = await room.teams.thread(CHANNEL, message.id)
    assert (seen.reply, seen.text) == (said.id, "we restart it")
    room.microsoft.said.append(said)
    assert len(await room.teams.thread(CHANNEL, message.id)) == 1
    room.microsoft.said.remove(said)
    gone = room.microsoft.reply_activity(said, type="messageDelete")
    gone["channelData"]["eventType"] = "softDeleteMessage"
    await room.deliver(gone)
    assert list(await room.teams.thread(CHANNEL, message.id)) == []


@pytest.mark.parametrize(
    ("text", "in_thread", "expected"),
    [
        ("<at>Standfast</at> report The VPN drops", False, CommandGiven),
        ("<at>Standfast</at>&nbsp;help", False, CommandGiven),
        ("<at>Standfast</at> what is this", False, CommandGiven),
        ("the VPN drops again", False, None),  # people talk in the channel
        ("<at>Standfast</at> report The VPN drops", True, CommandGiven),
        ("<at>Standfast</at> we restarted it", True, ReplyWritten),
        ("we report it to the vendor", True, ReplyWritten),
    ],
)
async def test_what_is_said_to_the_bot(
    room: Room, text: str, in_thread: bool, expected: type[Any] | None
) -> None:
    activity = room.microsoft.activity("29:ana", text=text)
    if text.startswith("<at>"):
        mention = {"id": BOT, "name": "Standfast"}
        activity["entities"].append(
            {"type": "mention", "mentioned": mention, "text": "<at>Standfast</at>"}
        )
    message = (await posted(room)).id if in_thread else activity["id"]
    activity["conversation"]["id"] = f"{CHANNEL};messageid={message}"
    assert (await room.deliver(activity)).status_code == 200
    assert [type(each) for each in room.events] == ([expected] if expected else [])
    for each in room.events:
        assert isinstance(each, CommandGiven | ReplyWritten)
        assert "Standfast" not in each.text
        assert "\xa0" not in each.text


async def test_a_command_is_answered_in_a_chat_of_two(room: Room) -> None:
    room.answers = ["INC-1 is open."]
    activity = room.microsoft.activity("29:ana", text="report The VPN drops")
    activity["conversation"] = {
        "conversationType": "personal",
        "tenantId": activity["channelData"]["tenant"]["id"],
        "id": "a:29:ana",
    }
    activity["channelData"] = {"tenant": activity["channelData"]["tenant"]}
    await room.deliver(activity)
    (event,) = room.events
    assert isinstance(event, CommandGiven)
    assert event.text == "report The VPN drops"
    assert room.microsoft.told("29:ana") == ["INC-1 is open."]


async def test_other_peoples_names_stay_and_pictures_are_told(room: Room) -> None:
    message = await posted(room)
    said = room.microsoft.write(message.id, "29:ana", "<at>George</at> look")
    activity = room.microsoft.reply_activity(said)
    mention = {"mentioned": {"id": "29:george", "name": "George"}, "text": "<at>George</at>"}
    activity["entities"].append({"type": "mention"} | mention)
    activity["entities"].append({"type": "invented tomorrow"})
    await room.deliver(activity)
    picture = room.microsoft.write(message.id, "29:ana", "")
    shown = [{"contentType": "image/png", "contentUrl": "https://x.example/1.png"}]
    await room.deliver(room.microsoft.reply_activity(picture, attachments=shown))
    texts = [each.text for each in room.events if isinstance(each, ReplyWritten)]
    assert texts == ["George look", ONLY_ATTACHMENT]


def unsigned(microsoft: Microsoft) -> str:
    parts = microsoft.authorization()["Authorization"].removeprefix("Bearer ").split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"none","kid":"one"}').decode().rstrip("=")
    return f"Bearer {header}.{parts[1]}."


def by_the_public_key(microsoft: Microsoft) -> str:
    """The public key as the secret of an HMAC."""
    parts = microsoft.authorization()["Authorization"].removeprefix("Bearer ").split(".")
    header = base64.urlsafe_b64encode(b'{"alg":"HS256","kid":"one"}').decode().rstrip("=")
    signed = f"{header}.{parts[1]}"
    made = hmac.new(key("one").as_pem(private=False), signed.encode(), hashlib.sha256).digest()
    return f"Bearer {signed}.{base64.urlsafe_b64encode(made).decode().rstrip('=')}"


FORGED: dict[str, Callable[[Microsoft], str]] = {
    "nothing": lambda _: "",
    "another scheme": lambda _: "Basic YTpi",
    "no token": lambda _: "Bearer x.y.z",
    "too long": lambda _: f"Bearer {'x' * 20_000}",
    "unsigned": unsigned,
    "signed with the public key": by_the_public_key,
    "by a forger": lambda m: m.authorization(signed_by="forger")["Authorization"],
    "by an unknown key": lambda m: m.authorization(signed_by="two")["Authorization"],
    "expired": lambda m: m.authorization(exp=1_700_000_000)["Authorization"],
    "without an end": lambda m: m.authorization(exp=None)["Authorization"],
    "from tomorrow": lambda m: m.authorization(nbf=9_999_999_999)["Authorization"],
    "by another issuer": lambda m: m.authorization(iss="https://evil.example")["Authorization"],
    "without an issuer": lambda m: m.authorization(iss=None)["Authorization"],
    "for another bot": lambda m: m.authorization(aud=OTHER_TENANT)["Authorization"],
    "for another service": lambda m: m.authorization(serviceurl="https://evil.example/")[
        "Authorization"
    ],
    "for no service": lambda m: m.authorization(serviceurl=None)["Authorization"],
}


async def test_who_is_not_microsoft_is_refused(room: Room) -> None:
    activity = room.microsoft.press(await posted(room), "29:george", "I have it")
    for how, forged in FORGED.items():
        answer = await room.deliver(activity, {"Authorization": forged(room.microsoft)})
        assert (how, answer.status_code) == (how, 401)
        assert answer.json()["detail"]
    assert room.events == []


async def test_a_key_that_is_not_for_teams_is_refused(room: Room) -> None:
    room.microsoft.endorsements = ["webchat"]
    answer = await room.deliver(room.microsoft.activity("29:ana", text="report x"))
    assert answer.status_code == 401


NOT_FOR_US: tuple[tuple[dict[str, Any], str], ...] = (
    ({"serviceUrl": "https://evil.example/"}, "service URL"),
    ({"serviceUrl": None}, "service URL"),
    ({"channelId": "webchat"}, "Teams"),
    ({"recipient": {"id": "28:another"}}, "another bot"),
    ({"channelData": {"tenant": {"id": OTHER_TENANT}}}, "tenant"),
    ({"channelData": {}, "conversation": {"id": CHANNEL}}, "tenant"),
    ({"id": "../1"}, "ids"),
    ({"timestamp": later(-7200)}, "too old"),
    ({"timestamp": later(7200)}, "too old"),
    ({"timestamp": None}, "too old"),
)


async def test_what_is_not_meant_for_us_is_refused(room: Room) -> None:
    for more, why in NOT_FOR_US:
        activity = room.microsoft.activity("29:ana", text="report x") | more
        answer = await room.deliver(activity)
        assert (more, answer.status_code) == (more, 403)
        assert why in answer.json()["detail"]
    assert room.events == []


async def test_what_was_delivered_before_is_refused(room: Room) -> None:
    activity = room.microsoft.press(await posted(room), "29:ana", "I have it")
    headers = room.microsoft.authorization()
    assert (await room.deliver(activity, headers)).status_code == 200
    again = await room.deliver(activity, headers)
    assert again.status_code == 403
    assert "before" in again.json()["detail"]
    assert len(room.events) == 1


async def test_a_new_key_of_microsofts_counts_and_made_up_ones_do_not_ask_without_end(
    room: Room,
) -> None:
    await room.deliver(room.microsoft.activity("29:ana", text="hello"))
    asked = len(room.microsoft.asked)
    for _ in range(5):
        headers = room.microsoft.authorization(signed_by="two")
        answer = await room.deliver(room.microsoft.activity("29:ana", text="hello"), headers)
        assert answer.status_code == 401
    assert len(room.microsoft.asked) == asked, "the keys were read just now"
    room.microsoft.keys["two"] = key("two")
    room.teams._inbound._asked_again_at = 0.0
    headers = room.microsoft.authorization(signed_by="two")
    answer = await room.deliver(room.microsoft.activity("29:ana", text="hello"), headers)
    assert answer.status_code == 200


async def test_while_the_keys_are_away_it_must_come_again(room: Room) -> None:
    room.microsoft.troubles.append(Trouble("openidconfiguration", 500))
    activity = room.microsoft.activity("29:ana", text="report x")
    activity["conversation"]["id"] = "a:29:ana"
    assert (await room.deliver(activity)).status_code == 503
    room.teams._inbound._asked_again_at = 0.0
    assert (await room.deliver(activity)).status_code == 200
    assert len(room.events) == 1


async def test_large_and_broken_bodies_are_refused(room: Room) -> None:
    headers = room.microsoft.authorization()
    for body, status in ((b"{" + b" " * 300_000, 413), (b"{", 400), (b"[]", 400), (b"\xff", 400)):
        answer = await room.http.post("/chat/teams/messages", content=body, headers=headers)
        assert answer.status_code == status
    unknown = room.microsoft.activity("29:ana", type="inventedTomorrow")
    assert (await room.deliver(unknown)).status_code == 200
    assert room.events == []


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner),
    max_leaves=6,
)


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
async def test_whatever_a_believed_sender_says_is_answered(room: Room, data: st.DataObject) -> None:
    activity = room.microsoft.activity("29:ana", text="report x", type="invoke")
    activity |= {"name": "adaptiveCard/action", "value": data.draw(JSON)}
    for name in data.draw(st.lists(st.sampled_from(sorted(activity)), max_size=2)):
        activity[name] = data.draw(JSON)
    body = json.dumps(activity)
    headers = room.microsoft.authorization()
    answer = await room.http.post("/chat/teams/messages", content=body, headers=headers)
    assert answer.status_code in (200, 400, 403)


async def test_the_moment_of_a_reply_is_told(room: Room) -> None:
    said = room.microsoft.write((await posted(room)).id, "29:ana", "hello")
    await room.deliver(room.microsoft.reply_activity(said))
    (event,) = room.events
    assert isinstance(event, ReplyWritten)
    assert abs((datetime.now(UTC) - event.at).total_seconds()) < 60
