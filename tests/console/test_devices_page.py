"""Devices that get pages: added by their person, tested, removed, and ended by signing out."""

import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from standfast.hosting.push_key import push_key
from standfast.hosting.settings import Settings
from standfast.incidents.roles import Role
from tests.console.house import Browser, House, open_house
from tests.http_sink import HttpSink
from tests.notification.push_browser import PushBrowser
from tests.policy.small import bent

PHONE = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/130.0 Mobile Safari/537.36"
POLICY = bent(
    '    channels: {outbox: "outbox://"}\n',
    '    channels: {push: "webpush://"}\n'
    '  bert: {name: Bert, channels: {outbox: "outbox://"}}\n'
    '  cleo: {name: Cleo Full, channels: {outbox: "outbox://"}}\n',
)


@pytest.fixture
async def service() -> AsyncIterator[HttpSink]:
    """The push service that these browsers use."""
    with HttpSink(201) as service:
        yield service


@pytest.fixture
async def house(tmp_path: Path, service: HttpSink) -> AsyncIterator[House]:
    (tmp_path / "policy.yaml").write_text(POLICY)
    async with open_house(
        tmp_path / "data",
        policy=tmp_path / "policy.yaml",
        push_services=f"http://{service.address}",
    ) as house:
        yield house


@pytest.fixture
def phone(tmp_path: Path, house: House, service: HttpSink) -> PushBrowser:
    key = push_key(Settings(data_dir=tmp_path / "data"))
    return PushBrowser(f"http://{service.address}", key)


def _now() -> datetime:
    return datetime.now(UTC)


def _csrf(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]*)"', page)
    assert found
    return found[1]


async def adds(browser: Browser, phone: PushBrowser, **changed: str) -> int:
    """Send what the page's script sends; the status."""
    page = await browser.get("/devices", headers={"User-Agent": PHONE})
    endpoint, public_key, auth, _ = phone.subscription
    form = {"endpoint": endpoint, "public_key": public_key, "auth": auth, "label": "my phone"}
    return (await browser.send(page, "/devices", **form | changed)).status_code


async def test_a_phone_is_added_tested_and_removed(
    house: House, browser: Browser, service: HttpSink, phone: PushBrowser
) -> None:
    await browser.sign_in(house.token(name="Anna").secret)
    page = await browser.get("/devices", headers={"User-Agent": PHONE})
    assert 'value="Chrome on Android"' in page.text
    assert "it has none yet" not in page.text
    assert await adds(browser, phone) == 303
    page = await browser.get("/devices?did=added")
    assert "my phone" in page.text
    for secret in phone.subscription[:3]:
        assert secret not in page.text
    [device] = house.records.push_devices.listed(_now())
    assert (device.person, device.name) == ("anna", "Anna")
    assert (await browser.send(page, "/devices/test")).status_code == 303
    assert phone.opens(service.requests[0])["title"] == "Standfast: a test"
    service.status = 410
    assert "None of your devices" not in (await browser.get("/my-pages")).text
    page = await browser.get("/devices")
    gone = await browser.send(page, "/devices/test")
    assert (gone.status_code, "does not know it any more" in gone.text) == (502, True)
    told = "None of your devices gets pages: add this one. my phone: its push service does not know"
    assert told in (await browser.get("/my-pages")).text
    assert await adds(browser, phone) == 303
    page = await browser.get("/devices")
    assert (await browser.send(page, "/devices/end")).status_code == 303
    assert "no: Anna has removed it" in (await browser.get("/devices")).text
    kinds = [entry.kind for entry in house.records.audit.all()]
    assert kinds.count("device_added") == 2
    assert kinds.count("device_ended") == 1
    assert kinds.count("channel_tested") == 2


async def test_no_subscription_makes_a_worker_call_an_inner_address(
    house: House, browser: Browser, phone: PushBrowser
) -> None:
    await browser.sign_in(house.token(name="anna").secret)
    for changed in (
        {"endpoint": "http://127.0.0.1:8080/api/incidents"},
        {"endpoint": "https://push.evil.example/x"},
        {"endpoint": ""},
        {"public_key": "A" * 87},
        {"auth": "short"},
    ):
        assert await adds(browser, phone, **changed) == 422
    assert await adds(browser, phone, csrf="forged") == 403
    assert house.records.push_devices.listed(_now()) == []


async def test_a_device_is_its_persons_alone(
    house: House, browser: Browser, phone: PushBrowser
) -> None:
    await browser.sign_in(house.token(name="anna").secret)
    await adds(browser, phone)
    [device] = house.records.push_devices.listed(_now())
    # A full name may be chosen by whoever signs in under it, so it is nobody.
    for name in ("bert", "mallory", "Cleo Full"):
        async with house.browser() as other:
            await other.sign_in(house.token(name=name).secret)
            page = await other.get("/devices")
            assert device.id not in page.text
            form = {"id": device.id, "csrf": _csrf(page.text)}
            for what in ("end", "test"):
                assert (await other.http.post(f"/devices/{what}", data=form)).status_code == 404
            assert ("nobody pages you" in page.text) is (name != "bert")
            added = await other.http.post("/devices", data=form)
            assert added.status_code == (422 if name == "bert" else 409)
    async with house.browser() as root:
        await root.sign_in(house.token(Role.ADMINISTRATOR, "root").secret)
        page = await root.get("/devices")
        assert device.id in page.text
        assert (await root.send(page, "/devices/end")).status_code == 303
    assert house.records.push_devices.targets("anna", _now()) == []


async def test_signing_out_ends_it_and_so_does_another_person_on_it(
    house: House, browser: Browser, phone: PushBrowser
) -> None:
    targets = house.records.push_devices.targets
    token = house.token(name="anna").secret
    await browser.sign_in(token)
    await adds(browser, phone)
    browser.http.cookies.delete("standfast_session")
    await browser.sign_in(house.token(name="anna").secret)
    assert len(targets("anna", _now())) == 1, "a session that is over ends no device"
    out = await browser.send(await browser.get("/devices"), "/sign-out")
    assert out.headers["clear-site-data"] == '"storage"'
    assert targets("anna", _now()) == []
    await browser.sign_in(token)
    await adds(browser, phone)
    browser.http.cookies.delete("standfast_session")
    await browser.sign_in(house.token(name="bert").secret)
    assert targets("anna", _now()) == []


async def test_the_service_worker_and_the_offline_page_are_everybodys(
    house: House, browser: Browser
) -> None:
    await browser.sign_in(house.token(name="anna").secret)
    worker = await browser.get("/service-worker.js")
    assert worker.headers["cache-control"] == "no-cache"
    assert "connect-src 'self'" in worker.headers["content-security-policy"]
    async with house.browser() as stranger:
        for path in ("/service-worker.js", "/offline"):
            hers, his = await browser.get(path), await stranger.get(path)
            assert (hers.text, hers.status_code) == (his.text, 200)
        manifest = (await stranger.get("/static/manifest.webmanifest")).json()
        assert manifest["start_url"] == "/my-pages"
        for icon in manifest["icons"]:
            found = await stranger.get(f"/static/{icon['src']}")
            assert found.headers["content-type"].startswith(icon["type"])
