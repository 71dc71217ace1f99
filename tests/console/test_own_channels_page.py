"""My channels: added, verified, tested and ordered on a phone; everybody sees only their own."""

import json
import re
from pathlib import Path

import httpx
from playwright.async_api import Browser, expect

from standfast.incidents.roles import Role
from tests.api.conftest import Api
from tests.console.conftest import Console, Visitor, reading, visiting
from tests.stories.desk import Desk

PATH = "/my/channels"
TOPIC = "ana-7f3k2qxwm4tz5b"
METHODS = {"push": "outbox://file/{topic}"}
DEMANDS = {"verified": 1, "methods": 1}


def offers(desk: Desk) -> Path:
    """Let people add channels that lead to the outbox of the API; the file."""
    desk.amend(contact_methods=METHODS, contact_demands=DEMANDS)
    return desk.place / "outbox.jsonl"


def last_code(api: Api) -> str:
    outbox = api.app.state.backend.settings.data_dir / "outbox.jsonl"
    lines = outbox.read_text("utf-8").splitlines()
    found = re.search(r"\d{6}", json.loads(lines[-1])["title"])
    assert found
    return found[0]


async def test_my_channels_on_a_phone(console: Console, chromium: Browser) -> None:
    offers(console.desk)
    async with reading(chromium, console, Role.RESPONDER, "ana", width=360) as ana:
        await ana.opens(PATH)
        page = ana.page
        await expect(page.locator(".notice.wrong")).to_contain_text("the policy demands 1")
        await page.get_by_label("Address or number").fill("alerts")
        await page.get_by_role("button", name="Add").click()
        await expect(page.get_by_role("alert")).to_contain_text("must be a topic of ntfy")
        await expect(page.get_by_label("Address or number")).to_have_value("alerts")
        await page.get_by_label("Address or number").fill(TOPIC)
        await page.get_by_role("button", name="Add").click()
        await expect(page.get_by_role("status")).to_contain_text("A code was sent")

        await page.get_by_label("Code", exact=True).fill(last_code(console.api))
        await page.get_by_role("button", name="Verify").click()
        await expect(page.get_by_role("status")).to_contain_text("Verified")
        await expect(page.locator(".notice.wrong")).to_have_count(0)

        await page.get_by_role("button", name="Send a test page to push").click()
        await expect(page.get_by_role("status")).to_contain_text("A test page was sent")

        urgent = page.get_by_role("group", name="Urgent")
        await urgent.get_by_label("First").select_option("push")
        await urgent.get_by_label("Then").select_option("phone")
        await urgent.get_by_label("After minutes").fill("2")
        await page.get_by_label("From").fill("22:00")
        await page.get_by_label("To", exact=True).fill("07:00")
        await page.get_by_label("Time zone").fill("Europe/Berlin")
        await page.get_by_role("button", name="Set").click()
        await expect(page.get_by_role("status")).to_contain_text("Your rules are set")
        await expect(urgent.get_by_label("After minutes").first).to_have_value("2")
        assert await ana.is_as_wide_as_the_window()
        assert ana.complaints == []
    settings = console.desk.records.own_channels.of("ana")
    assert [(each.name, bool(each.verified_at)) for each in settings.channels] == [("push", True)]
    assert [(rule.through, rule.after.seconds) for rule in settings.rules.high] == [
        ("push", 0),
        ("phone", 120),
    ]


async def send(visitor: Visitor, path: str, **fields: str) -> httpx.Response:
    return await visitor.sends(path, PATH, **fields)


async def test_what_is_wrong_stands_on_the_page(api: Api) -> None:
    offers(api.desk)
    async with visiting(api, Role.RESPONDER, "ana") as ana:
        added = await send(ana, PATH, method="push", address=TOPIC)
        assert added.headers["location"] == f"{PATH}?done=added"
        identity = api.desk.records.own_channels.of("ana").channels[0].id
        for fields, words in (
            ({"high-0-through": "push"}, "no channel &#39;push&#39; that is used"),
            ({"high-0-through": "phone", "high-1-through": "phone"}, "stands twice"),
            ({"high-0-through": "phone", "high-1-after": "x", "begins": "22:00"}, "quiet.ends"),
        ):
            wrong = await send(ana, f"{PATH}/rules", **fields)
            assert (wrong.status_code, words in wrong.text) == (409, True), wrong.text
        wrong = await send(ana, f"{PATH}/verify", id=identity, code="abc")
        assert "not the code" in wrong.text
        assert (await send(ana, f"{PATH}/nonsense", id=identity)).status_code == 404
        async with visiting(api, Role.RESPONDER, "ben") as ben:
            assert TOPIC not in await ben.reads(PATH)
            wrong = await send(ben, f"{PATH}/remove", id=identity)
            assert "you have no channel" in wrong.text
        assert (await send(ana, f"{PATH}/remove", id=identity)).status_code == 303
        async with visiting(api, Role.RESPONDER, "guest") as guest:
            assert "only they have channels" in await guest.reads(PATH, 409)


async def test_through_the_api_too_and_operators_see_masked_addresses(api: Api) -> None:
    offers(api.desk)
    headers = api.headers(Role.RESPONDER, "ana")
    body = {"method": "push", "address": TOPIC}
    added = await api.http.post("/api/me/channels", json=body, headers=headers)
    assert added.status_code == 201, added.text
    where = f"/api/me/channels/{added.json()['id']}"
    wrong = await api.http.post(f"{where}/verify", json={"code": "x"}, headers=headers)
    assert wrong.status_code == 409
    code = {"code": last_code(api)}
    verified = await api.http.post(f"{where}/verify", json=code, headers=headers)
    assert verified.json()["verified_at"]
    rules = {"high": [{"through": "push"}, {"through": "phone", "after": "2m"}]}
    assert (await api.http.post("/api/me/rules", json=rules, headers=headers)).status_code == 200
    mine = (await api.http.get("/api/me/channels", headers=headers)).json()
    assert (mine["person"], len(mine["rules"]["high"]), mine["problems"]) == ("ana", 2, [])

    operator = api.headers(Role.OPERATOR, "olga")
    told = (await api.http.get("/api/on-call", headers=operator)).json()["problems"]
    assert any("no verified channels" in line for line in told)
    assert not any(line.startswith("ana ") for line in told)
    listed = await api.http.get("/api/channels", params={"person": "ana"}, headers=operator)
    seen = [(each["name"], each["address"], each["problem"]) for each in listed.json()]
    assert ("push", "an…", "") in seen
    assert TOPIC not in listed.text
    ben = api.headers(Role.RESPONDER, "ben")
    assert "push" not in (await api.http.get("/api/channels", headers=ben)).text
    for action, status in (("code", 409), ("nonsense", 422), ("remove", 200), ("test", 409)):
        answer = await api.http.post(f"{where}/{action}", json={}, headers=headers)
        assert answer.status_code == status, (action, answer.text)
