"""Woken at night: whoever answers has it, by whatever way, and the others see that at once.

By each way a page is answered once, twice, late, and after it was withdrawn; an answer is forged,
somebody else's, or has expired. The providers are on this machine (`night.py`), and Chromium is
real.
"""

import re
from collections import Counter
from collections.abc import AsyncIterator
from typing import NamedTuple

import pytest
from playwright.async_api import Browser
from temporalio.api.enums.v1 import EventType
from temporalio.testing import WorkflowEnvironment

from benchmarks.counting import BILLED
from standfast.incidents.actions import Action
from standfast.incidents.paged import ANSWERS
from standfast.incidents.roles import Role
from tests.chat.slack_server import says
from tests.console.conftest import chromium
from tests.stories.desk import Ticket, until
from tests.stories.night import LEO, PAGED, Night, open_night
from tests.stories.night_ways import (
    ByKey,
    ByLink,
    ByMail,
    ByNtfy,
    BySlack,
    BySms,
    ByTeams,
    ByWebPush,
    Way,
)

__all__ = ["chromium"]


class Refused(NamedTuple):
    """What is said to an answer that is forged, that is somebody else's, or that has expired."""

    forged: str
    of_another: str
    expired: str


_BY_A_LINK = Refused(
    forged="was changed on its way",
    of_another="of somebody who is not paged here any more",
    expired="could be answered for 3 d",
)
_NO_SIGNATURE = "was not signed by Twilio"

# Whoever is next in this order answers late, and who comes after them when it was withdrawn.
WAYS: dict[str, tuple[type[Way], Refused]] = {
    "link": (ByLink, _BY_A_LINK),
    "web push": (ByWebPush, _BY_A_LINK),
    "SMS": (BySms, Refused(_NO_SIGNATURE, "No page to you has the code", "is too old")),
    "key": (ByKey, Refused(_NO_SIGNATURE, *["cannot be answered any more"] * 2)),
    "mail": (
        ByMail,
        Refused(
            "mx.storyville.example", "was not sent to ben@storyville", "could be answered for 3 d"
        ),
    ),
    "Slack": (
        BySlack,
        Refused("invalid request", "not of the people who work on incidents", "invalid request"),
    ),
    "ntfy": (ByNtfy, _BY_A_LINK),
    "Teams": (
        ByTeams,
        Refused("not signed by Microsoft", "not of the people", "its token has expired"),
    ),
}

_NOW = r"{0} has it, \d+ s ago"

NEWS = {
    "link": "{0} has it: acknowledged",
    "web push": _NOW,
    "SMS": _NOW,
    "mail": _NOW,
    "ntfy": _NOW,
    "Slack": r"\*Has it\*: {1}",
    "Teams": "Has it: {1}",
}
"""What each shows from then on. Nobody is called for that."""


@pytest.fixture(scope="module")
async def night(
    env: WorkflowEnvironment, tmp_path_factory: pytest.TempPathFactory, chromium: Browser
) -> AsyncIterator[Night]:
    async with open_night(env, tmp_path_factory.mktemp("night"), chromium) as night:
        yield night


@pytest.fixture(scope="module")
async def by_the_api(night: Night) -> dict[Action, list[str]]:
    """What each answer adds to a history when it comes by the API."""
    costs = {}
    for action in ANSWERS:
        ticket = await night.outage()
        before = await night.events(ticket)
        path = f"/api/incidents/{ticket.id}/{action}"
        assert (await night.api.post(path, {}, Role.RESPONDER, name=LEO)).status_code == 200
        costs[action] = (await night.events(ticket))[len(before) :]
    return costs


@pytest.mark.parametrize("name", WAYS)
async def test_one_takes_it_and_the_others_hear_who(
    night: Night, by_the_api: dict[Action, list[str]], name: str
) -> None:
    ways = {each: kind(night) for each, (kind, _) in WAYS.items()}
    way, refused = ways[name], WAYS[name][1]
    late, too_late = (ways[each] for each in _after(name)[:2])
    ticket = await night.outage()
    paged = await night.events(ticket)

    # Everybody reads their page, which costs nothing; and strangers try, which comes to nothing.
    for each in ways.values():
        assert "wiki" in await each.sees(ticket)
    assert await night.events(ticket) == paged
    assert refused.forged in await way.forged(ticket)
    assert refused.of_another in await way.of_another(ticket)
    assert (await ticket.view()).acknowledged_by is None
    before = await night.events(ticket)
    is_comment = name == "mail"  # that is what a mail becomes that is no answer
    assert (before == paged) is not is_comment

    assert "You have it" in await way.answers(ticket)
    assert (await night.events(ticket))[len(before) :] == by_the_api[Action.ACKNOWLEDGE]
    assert "You have it" in await way.answers(ticket), "twice does no harm"
    [taken] = await ticket.entries("acknowledged")
    assert (taken.actor, taken.via) == (way.person, way.via)

    # The others see who has it, also those who answer all the same.
    for other, words in NEWS.items():
        if ways[other].person != way.person:
            await shows(ways[other], ticket, words.format(way.person, way.person.title()))
    assert f"{way.person} has it: acknowledged" in await late.answers(ticket)
    assert refused.expired in await way.expired(ticket)

    sent = len(await ticket.entries("page_sent"))
    await ticket.wait(hours=2)
    assert len(await ticket.entries("page_sent")) == sent, "nobody is paged any more"
    await ticket.act("withdraw", by="rita@storyville.example", reason="was me")
    await ticket.closes()
    assert "withdrawn" in await too_late.answers(ticket)


OTHERS = [
    (name, action)
    for name, (way, _) in WAYS.items()
    for action in way.offers
    if action is not Action.ACKNOWLEDGE
]
"""The other answers, by each way that has them."""


@pytest.mark.parametrize(("name", "action"), OTHERS)
async def test_whoever_cannot_take_it_says_so_at_the_cost_of_the_api(
    night: Night, by_the_api: dict[Action, list[str]], name: str, action: Action
) -> None:
    way = WAYS[name][0](night)
    ticket = await night.outage()
    await way.sees(ticket)
    before = await night.events(ticket)
    heard = await way.answers(ticket, action)
    added = (await night.events(ticket))[len(before) :]
    # Five are paged again at once: how their answers share workflow tasks is chance.
    assert _billed(added) == _billed(by_the_api[action]), heard
    event = {Action.DECLINE: "declined", Action.ESCALATE: "escalation_asked"}[action]
    said = [each for each in await ticket.entries(event) if each.actor == way.person]
    assert [each.via for each in said] == [way.via], heard
    assert (await ticket.view()).acknowledged_by is None


async def test_of_a_confidential_one_every_way_says_nothing_and_can_acknowledge(
    night: Night,
) -> None:
    ways = {name: kind(night) for name, (kind, _) in WAYS.items()}
    ticket = await night.secret_outage()
    for chat in ("slack", "teams"):
        await night.chats[chat].keeper.step()
    shown = [says(each) for each in night.slack.top()]
    shown += [each.text for each in night.microsoft.posts()]
    assert not any(ticket.id in each for each in shown)
    in_hand = [name for name, way in ways.items() if way.person in PAGED]
    for name in in_hand:
        assert "wiki" not in await ways[name].sees(ticket), name
    for name in ("SMS", "key", "mail"):
        for action in (Action.ESCALATE, Action.DECLINE):
            assert "It is confidential: sign in" in await ways[name].answers(ticket, action), name
    link = ways["link"]
    await link.sees(ticket)
    assert await night.screen.get_by_role("button").all_inner_texts() == ["Acknowledge"]
    assert not await ticket.entries("escalation_asked")
    assert not await ticket.entries("declined")

    assert "You have it" in await ways["SMS"].answers(ticket)
    for name in ("link", "web push", "key", "mail", "ntfy"):
        assert "Somebody else has it" in await ways[name].answers(ticket), name
    for name in in_hand:
        if name != "SMS":
            assert "wiki" not in await ways[name].sees(ticket), name
            assert ways["SMS"].person not in await ways[name].sees(ticket), name


def _billed(events: list[str]) -> Counter[str]:
    return Counter(each for each in events if EventType.Value(each) in BILLED)


def _after(name: str) -> list[str]:
    names = [*WAYS]
    at = names.index(name) + 1
    return names[at:] + names[:at]


async def shows(way: Way, ticket: Ticket, words: str) -> None:
    """Wait until what somebody has in hand says so."""

    async def there() -> bool:
        return re.search(words, await way.sees(ticket)) is not None

    await until(f"{way.person} sees: {words}", there)
