"""Sessions: who is in, until when, and what ends it."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from standfast.console.session import LIFETIME, Session, local_path, signing_of
from standfast.hosting.settings import Settings
from standfast.incidents.roles import Role
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
        assert (await browser.get("/inside")).status_code == 200


def _cookie(
    settings: Settings,
    purpose: str = "standfast.session",
    age: timedelta = timedelta(),
    **session: Any,
) -> str:
    """A session's cookie as we would sign it, of other times or for another purpose."""
    begun = Session.begin(name="mallory", role=Role.ADMINISTRATOR).model_copy(
        update={"began_at": datetime.now(UTC) - age, **session}
    )
    return signing_of(settings).sign(purpose, begun.model_dump(mode="json"))


@pytest.mark.parametrize(
    ("session", "good"),
    [
        ({}, True),
        ({"age": LIFETIME - timedelta(minutes=5)}, True),
        ({"age": LIFETIME + timedelta(seconds=1)}, False),
        ({"age": timedelta(days=-1)}, False),
        ({"name": ""}, False),
        ({"token": "TOK-NOBODY"}, False),
    ],
    ids=["new", "before its end", "over", "of tomorrow", "nobody", "no such token"],
)
async def test_a_session_lasts_twelve_hours(
    house: House, browser: Browser, session: dict[str, Any], good: bool
) -> None:
    settings = house.app.state.backend.settings
    browser.http.cookies.set("standfast_session", _cookie(settings, **session))
    assert (await browser.get("/inside")).status_code == (200 if good else 303)


@pytest.mark.parametrize(
    "change", ["flipped", "cut", "unsigned", "empty", "other purpose", "other key"]
)
async def test_a_cookie_that_we_did_not_sign_is_nobodys(
    house: House, browser: Browser, tmp_path: Path, change: str
) -> None:
    settings = house.app.state.backend.settings
    good = _cookie(settings)
    forged = {
        "flipped": ("f" if good[5] != "f" else "g").join((good[:5], good[6:])),
        "cut": good[:-1],
        "unsigned": good.rpartition(".")[0],
        "empty": "",
        "other purpose": _cookie(settings, "standfast.csrf"),
        "other key": _cookie(Settings(data_dir=tmp_path / "elsewhere")),
    }[change]
    browser.http.cookies.set("standfast_session", forged)
    assert (await browser.get("/inside")).status_code == 303


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
