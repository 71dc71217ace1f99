"""Only forms of our own pages do anything."""

import re
from pathlib import Path

import pytest

from standfast.incidents.roles import Role
from standfast.records.audit import AuditKind
from tests.console.house import HERE, PUBLIC, Browser, House, open_house


async def _token(house: House, browser: Browser, role: Role = Role.OPERATOR) -> str:
    await browser.sign_in(house.token(role).secret)
    token: str = (await browser.get("/inside/form")).json()["token"]
    return token


async def test_a_form_with_its_token_is_taken(house: House, browser: Browser) -> None:
    token = await _token(house, browser)
    assert (await browser.http.post("/inside/form", data={"csrf": token})).json() == "done"


async def test_the_field_is_a_hidden_one(house: House, browser: Browser) -> None:
    token = await _token(house, browser)
    field = (await browser.get("/inside/form")).json()["field"]
    assert field == f'<input type="hidden" name="csrf" value="{token}">'


@pytest.mark.parametrize("token", ["", "x", "{other}", "{mine}x", "\N{SNOWMAN}"])
async def test_a_form_without_this_sessions_token_does_nothing(
    house: House, browser: Browser, token: str
) -> None:
    mine = await _token(house, browser)
    async with house.browser() as another:
        other = await _token(house, another)
    given = token.format(mine=mine, other=other)
    sent = await browser.http.post("/inside/form", data={"csrf": given})
    assert sent.status_code == 403
    assert "nothing was done" in sent.json()["detail"]


async def test_whose_session_a_refused_form_was_sent_in_is_on_record(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        async with house.app.router.lifespan_context(house.app):
            await browser.sign_in(house.token(Role.RESPONDER, "george").secret)
            evil = {"Origin": "http://evil.example"}
            await browser.http.post("/bulk", data={"csrf": "x"}, headers=evil)
        [refused] = house.records.audit.newest(9, kind=AuditKind.REFUSED)
        assert (refused.by, refused.subject) == ("george", "POST /bulk")


@pytest.mark.parametrize(
    ("headers", "taken"),
    [
        ({}, True),
        ({"Origin": HERE}, True),
        ({"Origin": "http://127.0.0.1:9"}, False),
        ({"Origin": "http://evil.example"}, False),
        ({"Origin": "null"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
        ({"Sec-Fetch-Site": "same-site"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "none"}, False),
        ({"Sec-Fetch-Site": "cross-site", "Origin": HERE}, False),
    ],
)
async def test_what_the_browser_says_about_where_a_form_comes_from_counts(
    house: House, browser: Browser, headers: dict[str, str], taken: bool
) -> None:
    token = await _token(house, browser)
    sent = await browser.http.post("/inside/form", data={"csrf": token}, headers=headers)
    assert (sent.status_code == 200) is taken


@pytest.mark.parametrize(("scheme", "taken"), [("https", True), ("http", False)])
async def test_by_https_no_form_comes_from_the_same_name_by_http(
    tmp_path: Path, scheme: str, taken: bool
) -> None:
    async with open_house(tmp_path, public_url=PUBLIC) as house, house.browser() as browser:
        token = await _token(house, browser)
        origin = {"Origin": PUBLIC.replace("https", scheme)}
        sent = await browser.http.post("/inside/form", data={"csrf": token}, headers=origin)
        assert (sent.status_code == 200) is taken


async def test_a_role_that_is_not_enough_is_told_so(house: House, browser: Browser) -> None:
    token = await _token(house, browser, Role.RESPONDER)
    sent = await browser.http.post("/inside/form", data={"csrf": token})
    assert sent.status_code == 403
    assert sent.json()["detail"] == ("this needs the role operator; ana is signed in as responder")


async def test_signing_out_is_a_form_too(house: House, browser: Browser) -> None:
    await _token(house, browser)
    assert (await browser.http.post("/sign-out")).status_code == 403
    assert (await browser.get("/sign-out")).status_code == 405
    assert (await browser.get("/inside")).status_code == 200


async def test_nobody_is_signed_in_by_another_site(house: House, browser: Browser) -> None:
    """A page elsewhere could sign a browser in as its author, and see what is reported then."""
    secret = house.token().secret
    blind = await browser.http.post("/sign-in", data={"token": secret})
    assert (blind.status_code, "standfast_session" in browser.cookies) == (403, False)
    async with house.browser() as evil:
        page = await evil.get("/sign-in")
        token = page.text.partition('name="csrf" value="')[2].partition('"')[0]
    foreign = await browser.http.post("/sign-in", data={"token": secret, "csrf": token})
    assert (foreign.status_code, "standfast_session" in browser.cookies) == (403, False)


_FORGED = {"title": "Pay mallory", "once": "chosen", "reason": "because", "next": "/sessions"}
_FORMS = (
    "/report",
    "/incidents/INC-7F3K2QXWM4/withdraw",
    "/mail/MAIL-7F3K2QXW/open",
    "/sign-in",
    "/sessions/end",
    "/sign-out",
)


@pytest.mark.parametrize("signed_in", [True, False])
@pytest.mark.parametrize(
    ("headers", "vouched_for"),
    [
        ({}, False),
        ({"Origin": "https://evil.example"}, False),
        ({"Sec-Fetch-Site": "cross-site"}, False),
        ({"Sec-Fetch-Site": "same-origin"}, True),
    ],
    ids=["old browser", "other origin", "cross-site", "stale"],
)
async def test_the_refusal_of_a_forged_form_never_offers_to_send_it(
    house: House, browser: Browser, signed_in: bool, headers: dict[str, str], vouched_for: bool
) -> None:
    """Else its reader would send it with our own button, and a token that is good."""
    if signed_in:
        await browser.sign_in(house.token().secret)
    for path in _FORMS:
        sent = {**_FORGED, "csrf": "forged"}
        refused = await browser.http.post(path, data=sent, headers=headers)
        assert refused.status_code == 403
        for form in re.findall(r"<form.*?</form>", refused.text, re.S):
            assert re.search('action="(/sign-in|/sign-out)"', form)
            assert not any(value in form for value in _FORGED.values())
        # To copy what was written, where the browser vouches that our own page sent it.
        assert ("Pay mallory" in refused.text) is (vouched_for and path != "/sign-in")
