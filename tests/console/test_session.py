"""Sessions: who is in, until when, and what ends it."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import event, select, update

from standfast.console.session import local_path, signing_of
from standfast.hosting.settings import Settings
from standfast.records.errors import RecordsUnavailable
from standfast.records.tables import sessions
from tests.console.house import PUBLIC, Browser, House, open_house


async def test_somebody_signs_in_goes_on_where_they_wanted_to_and_signs_out(
    house: House, browser: Browser
) -> None:
    asked = await browser.get("/inside?colour=red&day=1")
    assert asked.status_code == 303
    page = await browser.get(asked.headers["Location"])
    gone_on = await browser.send(page, "/sign-in", token=f"  {house.token().secret}\n")
    assert (gone_on.status_code, gone_on.headers["Location"]) == (303, "/inside?colour=red&day=1")
    inside = await browser.get(gone_on.headers["Location"])
    assert inside.json() == "ana is a responder"

    again = await browser.get("/sign-in?next=/inside")
    assert (again.status_code, again.headers["Location"]) == (303, "/inside")

    form = (await browser.get("/inside/form")).json()
    out = await browser.http.post("/sign-out", data={"csrf": form["token"]})
    assert (out.status_code, out.headers["Location"]) == (303, "/sign-in")
    assert (await browser.get("/inside")).status_code == 303


async def test_revoking_the_token_ends_its_session_at_the_next_request(
    house: House, browser: Browser
) -> None:
    token = house.token()
    await browser.sign_in(token.secret)
    assert (await browser.get("/inside")).status_code == 200
    house.records.tokens.revoke(token.token.id, datetime.now(UTC))
    gone = await browser.get("/inside")
    assert (gone.status_code, gone.headers["Location"]) == (303, "/sign-in?next=%2Finside")
    # The page for signing in does not send them back, in a circle.
    assert (await browser.get("/sign-in?next=/inside")).status_code == 200


async def test_a_script_of_an_open_page_is_told_instead_of_sent_elsewhere(browser: Browser) -> None:
    by_script = await browser.get("/inside", headers={"Sec-Fetch-Mode": "cors"})
    assert by_script.status_code == 401
    by_hand = await browser.get("/inside", headers={"Sec-Fetch-Mode": "navigate"})
    assert by_hand.status_code == 303


@pytest.mark.parametrize(
    ("public_url", "name", "attributes"),
    [
        (None, "standfast_session", {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=43200"}),
        (
            PUBLIC,
            "__Host-standfast_session",
            {"HttpOnly", "Path=/", "SameSite=lax", "Max-Age=43200", "Secure"},
        ),
    ],
)
async def test_the_cookie_is_seen_by_no_script_and_sent_to_nobody_else(
    tmp_path: Path, public_url: str | None, name: str, attributes: set[str]
) -> None:
    async with open_house(tmp_path, public_url=public_url) as house, house.browser() as browser:
        token = house.token().secret
        given = (await browser.sign_in(token)).headers.get_list("Set-Cookie")
        [cookie] = [line for line in given if line.startswith(f"{name}=") and "=;" not in line]
        assert {part.strip() for part in cookie.split(";")[1:]} == attributes
        assert token not in cookie
        told = (await browser.get("/sign-in")).headers.get("Strict-Transport-Security", "")
        assert bool(re.match(r"max-age=\d{8}", told)) is (public_url is not None)
        assert (await browser.get("/inside")).status_code == 200


def _change(house: House, **changes: Any) -> None:
    """As if the only session had begun, or been used, at another time."""
    with house.records._database.writing() as connection:
        connection.execute(update(sessions).values(**changes))


def _ago(**time: float) -> datetime:
    return datetime.now(UTC) - timedelta(**time)


@pytest.mark.parametrize(
    ("changes", "good"),
    [
        ({"began_at": {"hours": 11.9}}, True),
        ({"began_at": {"hours": 12.1}}, False),
        ({"seen_at": {"minutes": 59}}, True),
        ({"seen_at": {"minutes": 61}}, False),
    ],
)
async def test_a_session_ends_after_twelve_hours_and_after_one_without_use(
    house: House, browser: Browser, changes: dict[str, dict[str, float]], good: bool
) -> None:
    await browser.sign_in(house.token().secret)
    _change(house, **{name: _ago(**time) for name, time in changes.items()})
    assert (await browser.get("/inside")).status_code == (200 if good else 303)


@pytest.mark.parametrize(
    ("headers", "used"),
    [({}, True), ({"Sec-Fetch-Mode": "navigate"}, True), ({"Sec-Fetch-Mode": "cors"}, False)],
)
async def test_what_an_open_page_loads_by_itself_is_no_use_of_the_session(
    house: House, browser: Browser, headers: dict[str, str], used: bool
) -> None:
    await browser.sign_in(house.token().secret)
    _change(house, seen_at=_ago(minutes=40))
    assert (await browser.get("/inside", headers=headers)).status_code == 200
    [session] = house.records.sessions.valid(datetime.now(UTC), timedelta(hours=1))
    assert (session.seen_at > _ago(minutes=1)) is used


async def test_a_request_writes_nothing_within_a_minute_of_the_last(
    house: House, browser: Browser
) -> None:
    await browser.sign_in(house.token().secret)
    written: list[str] = []

    @event.listens_for(house.records._database._engine, "before_cursor_execute")
    def note(_c: Any, _cursor: Any, statement: str, *_: Any) -> None:
        written.extend([statement] if statement.startswith(("UPDATE", "INSERT")) else [])

    assert (await browser.get("/inside")).status_code == 200
    assert written == []


@pytest.mark.parametrize("ends", ["sign-out", "by its owner", "by name", "token", "expiry"])
async def test_a_copied_cookie_is_dead_once_its_session_was_ended(
    house: House, browser: Browser, ends: str
) -> None:
    token = house.token()
    await browser.sign_in(token.secret)
    form = (await browser.get("/inside/form")).json()
    async with house.browser() as thief:
        thief.http.cookies.update(browser.cookies)
        assert (await thief.get("/inside")).status_code == 200
        now = datetime.now(UTC)
        [session] = house.records.sessions.valid(now, timedelta(hours=1))
        match ends:
            case "sign-out":
                await browser.http.post("/sign-out", data={"csrf": form["token"]})
            case "by its owner":
                sent = {"csrf": form["token"], "id": session.id}
                await browser.http.post("/sessions/end", data=sent)
            case "by name":
                assert house.records.sessions.end_all_of("ana", now) == 1
            case "token":
                house.records.tokens.revoke(token.token.id, now)
            case "expiry":
                assert house.records.tokens.rotate(token.token, None, now)
        assert (await thief.get("/inside")).status_code == 303
        assert (await browser.get("/inside")).status_code == 303


async def test_each_sign_in_has_a_session_of_its_own_and_ends_the_one_before(
    house: House, browser: Browser
) -> None:
    """A cookie that somebody else planted, or kept, is worth nothing afterwards."""
    mallory, ana = house.token(name="mallory"), house.token()
    await browser.sign_in(mallory.secret)
    before = browser.cookies["standfast_session"]
    form = (await browser.get("/inside/form")).json()
    sent = {"csrf": form["token"], "token": ana.secret}
    assert (await browser.http.post("/sign-in", data=sent)).status_code == 303
    assert browser.cookies["standfast_session"] != before
    assert (await browser.get("/inside")).json() == "ana is a responder"
    async with house.browser() as planter:
        planter.http.cookies.set("standfast_session", before)
        assert (await planter.get("/inside")).status_code == 303


async def test_while_the_record_store_is_away_nobody_is_signed_in_unchecked(
    house: House, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    await browser.sign_in(house.token().secret)

    def away(*_: object) -> None:
        raise RecordsUnavailable("it is away")

    monkeypatch.setattr(house.records.sessions, "of", away)
    assert (await browser.get("/inside")).status_code == 503


async def test_nothing_on_record_lets_anybody_in(house: House, browser: Browser) -> None:
    await browser.sign_in(house.token().secret)
    with house.records._database.reading() as connection:
        [row] = connection.execute(select(sessions)).mappings()
    settings = house.app.state.backend.settings
    form = (await browser.get("/inside/form")).json()["token"]
    kept = [str(value) for value in row.values()]
    kept += [str(signing_of(settings).read("standfast.csrf", form))]
    async with house.browser() as thief:
        for value in kept:
            signed = signing_of(settings).sign("standfast.session", value)
            thief.http.cookies.set("standfast_session", signed)
            assert (await thief.get("/inside")).status_code == 303


@pytest.mark.parametrize(
    "change", ["flipped", "cut", "unsigned", "empty", "other purpose", "other key", "no text"]
)
async def test_a_cookie_that_we_did_not_sign_is_nobodys(
    house: House, browser: Browser, tmp_path: Path, change: str
) -> None:
    await browser.sign_in(house.token().secret)
    good = browser.cookies["standfast_session"]
    signing = signing_of(house.app.state.backend.settings)
    secret = signing.read("standfast.session", good)
    elsewhere = signing_of(Settings(data_dir=tmp_path / "elsewhere"))
    forged = {
        "flipped": ("f" if good[5] != "f" else "g").join((good[:5], good[6:])),
        "cut": good[:-1],
        "unsigned": good.rpartition(".")[0],
        "empty": "",
        "other purpose": signing.sign("standfast.csrf", secret),
        "other key": elsewhere.sign("standfast.session", secret),
        "no text": signing.sign("standfast.session", {"name": "mallory", "role": "administrator"}),
    }[change]
    async with house.browser() as thief:
        thief.http.cookies.set("standfast_session", forged)
        assert (await thief.get("/inside")).status_code == 303


@pytest.mark.parametrize(
    ("asked", "led_to"),
    [
        ("/", "/"),
        ("/incidents/INC-7F3K2QXWM4?tab=a&b=c#d", "/incidents/INC-7F3K2QXWM4?tab=a&b=c#d"),
        ("", "/"),
        ("incidents", "/"),
        ("https://evil.example/", "/"),
        ("//evil.example", "/"),
        ("///evil.example", "/"),
        ("/\\evil.example", "/"),
        ("\\\\evil.example", "/"),
        ("/\t/evil.example", "/"),
        ("/\n/evil.example", "/"),
        (" //evil.example", "/"),
        ("/ /evil.example", "/"),
        ("javascript:alert(1)", "/"),
        ("http:evil.example", "/"),
        ("//[", "/"),
        ("/sign-in?next=/", "/"),
        ("/sign-out", "/"),
    ],
)
async def test_signing_in_leads_to_our_own_pages_only(
    house: House, browser: Browser, asked: str, led_to: str
) -> None:
    assert local_path(asked) == led_to
    gone_on = await browser.sign_in(house.token().secret, next=asked)
    assert gone_on.headers["Location"] == led_to


async def test_whoever_is_sent_to_sign_in_is_told_where_they_were(browser: Browser) -> None:
    sent = await browser.get("/inside?next=//evil.example")
    query = parse_qs(urlsplit(sent.headers["Location"]).query)
    assert query == {"next": ["/inside?next=//evil.example"]}
