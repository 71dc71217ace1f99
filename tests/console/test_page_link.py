"""The link in a page: one person answers one page, and can do and read nothing else with it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
from playwright.async_api import Browser, expect
from temporalio.testing import WorkflowEnvironment

from standfast.console.page_link import WRONG_PAGE_LINKS
from standfast.hosting.links import message_links, page_links
from standfast.hosting.settings import Settings
from standfast.incidents.flowchart import Box
from standfast.incidents.roles import Role
from standfast.incidents.via import Via
from standfast.intake.page_links import PATH
from standfast.policy_file.source import PolicySource
from standfast.records.delivery import Progress
from tests.api.conftest import Api, open_api
from tests.console.conftest import Console, reading
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import Ticket, open_desk, until

TITLE = "Outage: wiki <down> & gone"


async def outage(api: Api, **fields: Any) -> tuple[Ticket, str, str]:
    """A P1 for the applications team, and the two of its first tier in the order of paging."""
    given: dict[str, Any] = {
        "service": "wiki",
        "users_affected": 30,
        "description": "Error 500 everywhere",
    }
    ticket = await api.desk.report(TITLE, **given | fields)
    first = str((await ticket.reaches_resolve()).assignee)
    return ticket, first, "ben" if first == "ana" else "ana"


def link(api: Api, ticket: Ticket, person: str, episode: int = 1, **ago: float) -> str:
    """The path of the link in a page that somebody got so long ago."""
    at = datetime.now(UTC) - timedelta(**ago)
    return f"{PATH}{page_links(api.backend.settings).token(ticket.id, episode, person, at)}"


async def length(ticket: Ticket) -> int:
    """Events of its history, once it has settled."""
    await ticket.settles()
    return len((await ticket.handle.fetch_history()).events)


async def press(api: Api, path: str, action: str, **more: str) -> httpx.Response:
    return await api.http.post(path, data={"action": action, **more})


async def test_one_has_it_by_the_link_and_the_other_s_phone_says_so(api: Api) -> None:
    ticket, first, second = await outage(api)
    mine, other = link(api, ticket, first), link(api, ticket, second)
    before = await length(ticket)
    for method, part in (("HEAD", ""), ("GET", "?action=acknowledge"), ("GET", "")):
        opened = await api.http.request(method, mine + part)
        assert opened.status_code == 200
    assert await length(ticket) == before
    for known in ("Outage: wiki &lt;down&gt; &amp; gone", "P1", "Nobody has it yet", "Error 500"):
        assert known in opened.text
    assert opened.headers["referrer-policy"] == "no-referrer"
    assert opened.headers["cache-control"] == "no-store"
    assert "script-src" not in opened.headers["content-security-policy"]
    assert "<script" not in opened.text
    assert 'value="acknowledge" class="primary"' in opened.text
    assert "Paged next" in opened.text

    done = await press(api, mine, "acknowledge")
    assert (done.status_code, "You have it: paging has stopped." in done.text) == (200, True)
    [entry] = await ticket.entries("acknowledged")
    assert (entry.who, entry.via) == (f"{first} by the link", Via.LINK)
    by_link = await length(ticket) - before
    again = await press(api, mine, "acknowledge")
    assert (again.status_code, "You have it already" in again.text) == (200, True)

    assert "You have it: acknowledged" in (await api.http.get(mine)).text

    late = await press(api, other, "acknowledge")
    assert late.status_code == 409
    for shown in (late, await api.http.get(other)):
        assert f"{first} has it: acknowledged" in shown.text
        assert 'value="acknowledge"' not in shown.text
        assert 'class="primary"' not in shown.text
        assert "Paged next" not in shown.text, "paging has stopped"
    other_ticket, first, _ = await outage(api)
    before = await length(other_ticket)
    acknowledged = f"/api/incidents/{other_ticket.id}/acknowledge"
    assert (await api.post(acknowledged, {}, Role.RESPONDER, name=first)).status_code == 200
    assert await length(other_ticket) - before == by_link, "it costs what it costs by the API"

    states = {event.state for event in api.desk.records.deliveries.of_incident(ticket.id)}
    assert states >= {Progress.SENT, Progress.OPENED}

    async def answered() -> bool:
        events = api.desk.records.deliveries.of_incident(ticket.id)
        return ("acknowledge by the link", Progress.ANSWERED) in {
            (event.detail, event.state) for event in events
        }

    await until("the ledger has the answer", answered)


async def test_a_link_ends_with_the_channel_of_one_s_own_that_it_went_to(api: Api) -> None:
    """A phone that was lost."""
    kept = api.desk.records.own_channels
    api.desk.amend(contact_methods={"chat": f"json://{api.desk.sink.address}/{{topic}}"})
    ticket, first, _ = await outage(api)
    added = kept.add(first, "chat", "chat", "7f3k2qxwm4tz5b7f")
    assert added
    of_policy, at = link(api, ticket, first), datetime.now(UTC)
    token = page_links(api.backend.settings).token(ticket.id, 1, first, at, added.id)
    assert (await api.http.get(PATH + token)).status_code == 404, "it is not verified yet"
    kept.open_code(added.id, "123456")
    kept.verify(first, added.id, "123456")
    assert (await api.http.get(PATH + token)).status_code == 200

    assert kept.remove(first, added.id)
    for method in ("GET", "POST"):
        gone = await api.http.request(method, PATH + token, data={"action": "acknowledge"})
        assert (gone.status_code, TITLE in gone.text) == (404, False)
        assert "a channel that they have removed" in gone.text
    assert not await ticket.entries("acknowledged")
    assert (await press(api, of_policy, "acknowledge")).status_code == 200


async def test_not_me_pages_the_next_and_a_button_of_ntfy_says_that_it_was_one(api: Api) -> None:
    ticket, first, second = await outage(api)
    mine = link(api, ticket, first)
    passed = await press(api, mine, "decline", via="push")
    assert (passed.status_code, f"paged now: {second}" in passed.text) == (200, True)
    assert (await ticket.entries("declined"))[0].via is Via.PUSH
    assert f"{first} has declined it already" in (await press(api, mine, "decline")).text
    higher = await press(api, link(api, ticket, second), "escalate")
    assert higher.status_code == 200
    await ticket.reaches(Box.RESOLVE, tier=2)


async def test_two_who_escalate_at_once_or_one_twice_ask_for_the_same_tier(api: Api) -> None:
    ticket, first, second = await outage(api)
    shown = await api.http.get(link(api, ticket, first))
    assert 'name="tier" value="1"' in shown.text
    here = {"action": "escalate", "tier": "1"}
    for person, status in ((first, 200), (first, 409), (second, 409)):
        pressed = await api.http.post(link(api, ticket, person), data=here)
        assert pressed.status_code == status, pressed.text
        await ticket.reaches(Box.RESOLVE, tier=2)
    assert "It was escalated meanwhile: tier 2 has it." in pressed.text
    assert 'name="tier" value="2"' in pressed.text
    for wrong in ("0", "9" * 30, "two", "<b>"):
        pressed = await press(api, link(api, ticket, first), "escalate", tier=wrong)
        assert pressed.status_code == 409
    again = await press(api, link(api, ticket, first), "escalate", tier="2")
    assert again.status_code == 200
    await ticket.reaches(Box.RESOLVE, tier=3)


async def test_what_is_no_good_link_says_why(api: Api) -> None:
    ticket, first, second = await outage(api)
    for path, status, words in (
        (link(api, ticket, first, days=4), 410, "could be answered for 3 d"),
        (link(api, ticket, first)[:-1], 404, "incomplete"),
        (link(api, ticket, first)[:-1] + "+", 404, "incomplete"),
        (link(api, ticket, "mallory"), 404, "not paged here any more"),
    ):
        for answer in (await api.http.get(path), await press(api, path, "acknowledge")):
            assert (answer.status_code, words in answer.text) == (status, True), path
            assert TITLE.split()[0] not in answer.text
    next_episode = await press(api, link(api, ticket, first, episode=2), "acknowledge")
    assert next_episode.status_code == 409
    assert "That was episode 2" in next_episode.text
    for action in ("", "resolve", "withdraw"):
        assert (await press(api, link(api, ticket, second), action)).status_code == 400
    assert (await ticket.view()).acknowledged_by is None

    await ticket.act("withdraw", by="rita@storyville.example", reason="a mistake")
    await ticket.closes()
    late = await press(api, link(api, ticket, first), "acknowledge")
    assert late.status_code == 409
    assert "Too late: it was withdrawn" in late.text
    assert "<button" not in (await api.http.get(link(api, ticket, first))).text


async def test_it_opens_nothing_else(api: Api) -> None:
    ticket, first, _ = await outage(api)
    token = link(api, ticket, first).removeprefix(PATH)
    key = {"Authorization": f"Bearer {token}"}
    for path in (f"/api/incidents/{ticket.id}", "/api/incidents"):
        assert (await api.http.get(path, headers=key)).status_code == 401
    signed_out = await api.http.get(f"/incidents/{ticket.id}", params={"token": token})
    assert signed_out.status_code == 303
    assert not signed_out.cookies


async def test_of_a_confidential_incident_it_says_nothing_and_acknowledges(api: Api) -> None:
    ticket, first, second = await outage(api)
    await ticket.act("restrict", by=first, reason="a theft")
    mine = link(api, ticket, first)
    shown = (await api.http.get(mine)).text
    for secret in ("Outage", "wiki", "Error 500", "rita", "P1", 'value="decline"'):
        assert secret not in shown
    assert "Sign in to see it" in shown
    refused = await press(api, mine, "escalate")
    assert (refused.status_code, "sign in to do more" in refused.text) == (409, True)
    tried = [event.subject for event in api.desk.records.audit.all()]
    assert not [subject for subject in tried if PATH in subject]
    done = await press(api, mine, "acknowledge")
    assert (done.status_code, "You have it" in done.text, "wiki" in done.text) == (200, True, False)
    theirs = (await api.http.get(link(api, ticket, second))).text
    assert "Somebody else has it" in theirs
    assert first not in theirs
    await ticket.act("withdraw", by="rita@storyville.example", reason="a mistake")
    await ticket.closes()
    assert "It is over" in (await api.http.get(mine)).text


async def test_guessing_is_slowed_down_and_good_links_go_on(api: Api) -> None:
    ticket, first, _ = await outage(api)
    guess = f"{PATH}{'a' * 42}"
    codes = [(await api.http.get(guess)).status_code for _ in range(WRONG_PAGE_LINKS.most + 1)]
    assert codes == [404] * WRONG_PAGE_LINKS.most + [429]
    assert (await api.http.get(guess)).headers["retry-after"]
    assert (await api.http.get(link(api, ticket, first))).status_code == 200


async def test_on_a_phone_the_buttons_come_first(console: Console, chromium: Browser) -> None:
    ticket, first, second = await outage(console.api)
    async with reading(chromium, console, Role.RESPONDER, "somebody", width=360) as phone:
        await phone.opens(link(console.api, ticket, first))
        button = phone.page.get_by_role("button", name="Acknowledge")
        box = await button.bounding_box()
        assert box
        assert box["y"] + box["height"] < 640, "not on the first screen"
        assert box["height"] >= 48
        assert await phone.is_as_wide_as_the_window()
        await button.click()
        await expect(phone.page.get_by_role("status")).to_contain_text("You have it")
        await phone.opens(link(console.api, ticket, second))
        await expect(phone.page.get_by_role("status")).to_contain_text(f"{first} has it")
        assert phone.complaints == []


async def test_the_link_that_a_page_brings_answers_it(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    public: dict[str, Any] = {"public_url": "https://standfast.example", "data_dir": tmp_path}
    links = message_links(Settings(**public), "")
    async with (
        open_desk(env, policy, sink, tmp_path, links=links) as desk,
        open_api(desk, public_url=public["public_url"]) as api,
    ):
        ticket, first, _ = await outage(api)
        [page] = [each for each in sink.taken if each.path == f"/{first}"]
        found = re.search(r"https://standfast\.example(/p/\w{42})", str(page.json["message"]))
        assert found, page.json
        assert (await press(api, found[1], "acknowledge")).status_code == 200
        assert (await ticket.view()).acknowledged_by == first
