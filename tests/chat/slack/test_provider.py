"""Slack's Web API: what became of a call, and who somebody is."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from standfast.chat.card import Button, Card, Fact
from standfast.chat.events import ChatEvent
from standfast.chat.provider import ChatAway, ChatPerson, ChatRefused, ChatUnsure, Gone
from standfast.chat.slack.provider import SlackProvider
from standfast.policy.chat import SlackChat
from tests.chat.slack_server import GENERAL, TEAM, Slack, says

CARD = Card("INC-AAAAAAAAAA", 1, "P1 Mail is down", Fact("Has it", "Ana"))


def provider(slack: Slack, workspace: str = TEAM, api: str = "") -> SlackProvider:
    rules = {"workspace": workspace, "bot_token": "secret:B", "app_token": "secret:A"}
    given = {**rules, "channel": GENERAL, "api": api or slack.api}
    return SlackProvider(SlackChat.model_validate(given), "xoxb-1", "xapp-1")


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (429, ChatAway, "too many calls"),
        ("ratelimited", ChatAway, "too many calls"),
        (503, ChatUnsure, "HTTP status 503"),
        ("internal_error", ChatUnsure, "internal_error"),
        ("lost", ChatUnsure, "no answer"),
        ("away", ChatUnsure, "no answer"),
        ("not_in_channel", ChatRefused, "invite the app to the channel"),
        ("invalid_auth", ChatAway, "the token is not good"),
        ("token_revoked", ChatAway, "install the app again"),
        ("is_archived", ChatRefused, "the channel was archived"),
        ("message_not_found", Gone, "message_not_found"),
    ],
)
async def test_what_became_of_a_call(
    slack: Slack, fault: str | int, kind: type[Exception], words: str
) -> None:
    slack.fail["chat.postMessage"] = [fault]
    with pytest.raises(kind, match=words) as failed:
        await provider(slack).post(GENERAL, CARD, "slack:INC-AAAAAAAAAA:1:message")
    assert slack.calls.count("chat.postMessage") == 1, "nothing is tried twice by itself"
    if fault == 429:
        assert isinstance(failed.value, ChatAway)
        assert failed.value.retry_after == timedelta(seconds=1)


async def test_where_nobody_listens_it_was_not_done(slack: Slack) -> None:
    with pytest.raises(ChatAway, match="cannot be reached"):
        await provider(slack, api="http://127.0.0.1:9/api/").post(GENERAL, CARD, "key")


async def test_where_socket_mode_does_not_let_us_in_it_says_what_to_do(slack: Slack) -> None:
    async def nobody(_: ChatEvent) -> None:
        raise AssertionError

    slack.fail["apps.connections.open"] = ["invalid_auth", "missing_scope"]
    with pytest.raises(ChatAway, match="the token is not good"):
        await provider(slack).listen(nobody)
    with pytest.raises(ChatRefused, match="the app lacks a scope"):
        await provider(slack).listen(nobody)


async def test_what_a_fact_says_looks_like_no_other_fact(slack: Slack) -> None:
    card = replace(CARD, facts=(Fact("What was done", "Nothing\n*Has it*: Eve"),))
    await provider(slack).post(GENERAL, card, "key")
    await provider(slack).reply(GENERAL, slack.top()[0]["ts"], "https://a.example/b.png", "key 2")
    top, reply = slack.messages[GENERAL]
    assert top["blocks"][2]["fields"][0]["text"] == "*What was done*: Nothing *Has it*: Eve"
    assert reply["text"] == "https://a.example/b.png"


async def test_the_token_of_another_workspace_does_nothing(slack: Slack) -> None:
    with pytest.raises(ChatRefused, match="is of the workspace T0STORIES, and the policy names"):
        await provider(slack, workspace="T0ANOTHER").post(GENERAL, CARD, "key")
    assert slack.calls == ["auth.test"]


@pytest.mark.parametrize(
    ("flags", "known"),
    [
        ({}, True),
        ({"is_email_confirmed": False}, False),
        ({"is_email_confirmed": None}, False),
        ({"deleted": True}, False),
        ({"is_bot": True}, False),
        ({"is_restricted": True}, False),
        ({"is_ultra_restricted": True}, False),
        ({"is_stranger": True}, False),
        ({"team_id": "T0ANOTHER"}, False),
        ({"team_id": "E0GRID", "enterprise_user": {"teams": [TEAM]}}, True),
        ({"profile": {}}, False),
    ],
)
async def test_who_somebody_is(slack: Slack, flags: dict[str, Any], known: bool) -> None:
    slack.user("U0ANA", "Ana@storyville.example", **flags)
    expected = ChatPerson("U0ANA", "ana@storyville.example") if known else None
    assert await provider(slack).person("U0ANA") == expected
    assert await provider(slack).person("U0NOBODY") is None


async def test_all_of_a_card_is_text_and_fits(slack: Slack) -> None:
    hostile = "<!channel> *P1* & <https://evil.example|click> " * 200
    facts = tuple(Fact(f"Fact {number}", hostile) for number in range(20))
    card = Card(
        "INC-AAAAAAAAAA", 1, hostile, Fact("Status", hostile), facts, (Button("resolve", "R" * 99),)
    )
    await provider(slack).post(GENERAL, card, "key")
    (message,) = slack.top()
    header, status, listed, actions = message["blocks"]
    assert len(header["text"]["text"]) == 150
    assert len(status["text"]["text"]) <= 3_000
    assert [len(each["text"]) <= 2_000 for each in listed["fields"]] == [True] * 10
    assert len(actions["elements"][0]["text"]["text"]) == 75
    marked = [status["text"]["text"], message["text"], *(f["text"] for f in listed["fields"])]
    assert not any("<" in text for text in marked)
    assert "&lt;!channel&gt;" in says(message)
