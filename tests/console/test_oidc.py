"""Signing in by OpenID Connect, with a provider that answers as it should, or should not."""

import time
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest

from standfast.api.rate_limits import RateLimit
from standfast.console import oidc, sign_in
from standfast.console.session import signing_of
from standfast.hosting.errors import BadSetting
from standfast.hosting.settings import Settings, load_settings
from standfast.records.people import Subject
from tests.console.house import HERE, Browser, House, open_house
from tests.console.provider import CLIENT, SECRET, Provider


@pytest.fixture
def provider() -> Iterator[Provider]:
    with Provider() as provider:
        yield provider


def settings_of(provider: Provider, **more: Any) -> dict[str, Any]:
    return {
        "public_url": HERE,
        "oidc_issuer": provider.issuer,
        "oidc_client_id": CLIENT,
        "oidc_client_secret": SECRET,
        "oidc_roles": "sre=operator, helpdesk=responder",
    } | more


@pytest.fixture
async def house(tmp_path: Path, provider: Provider) -> AsyncIterator[House]:
    async with open_house(tmp_path, **settings_of(provider)) as house:
        yield house


async def go_to_provider(browser: Browser, back: str = "/inside") -> str:
    """From the page to the provider and back: the address that the provider sends to."""
    page = await browser.get("/sign-in", params={"next": back})
    assert "Sign in with your account" in page.text
    pending = await browser.get("/sign-in/oidc", params={"next": back})
    assert pending.status_code == 303, pending.text
    async with httpx.AsyncClient() as http:
        sent_back = await http.get(pending.headers["Location"])
    address: str = sent_back.headers["Location"]
    return address


async def come_back(browser: Browser, back: str = "/inside") -> httpx.Response:
    return await browser.get(await go_to_provider(browser, back))


async def test_the_provider_vouches_for_somebody(house: House, browser: Browser) -> None:
    signed_in = await come_back(browser, "/inside?day=1")
    assert (signed_in.status_code, signed_in.headers["Location"]) == (303, "/inside?day=1")
    assert (await browser.get("/inside")).json() == "ana is a operator"
    assert set(browser.cookies) == {"standfast_session"}


async def test_the_secret_goes_to_the_provider_only(
    house: House, browser: Browser, provider: Provider
) -> None:
    pending = await browser.get("/sign-in/oidc")
    query = parse_qs(urlsplit(pending.headers["Location"]).query)
    assert "code_verifier" not in query
    assert query["redirect_uri"] == [f"{HERE}/sign-in/oidc/callback"]
    assert SECRET not in str(pending.headers)
    [cookie] = [one for one in pending.headers.get_list("Set-Cookie") if "begun" in one]
    assert {"HttpOnly", "Path=/", "SameSite=lax"} <= {part.strip() for part in cookie.split(";")}


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({}, "ana"),
        ({"preferred_username": None}, "ana@fernhill.example"),
        ({"preferred_username": "  "}, "ana@fernhill.example"),
        ({"preferred_username": None, "email_verified": False}, "248289761001"),
        ({"preferred_username": None, "email_verified": None}, "248289761001"),
        ({"preferred_username": None, "email_verified": "true"}, "248289761001"),
        ({"preferred_username": None, "email_verified": 1}, "248289761001"),
        ({"preferred_username": None, "email": None}, "248289761001"),
        ({"preferred_username": "a\nna\x1b[31m"}, "a na[31m"),
        ({"preferred_username": 7}, "ana@fernhill.example"),
        ({"aud": [CLIENT, "other"], "azp": CLIENT}, "ana"),
        ({"at_hash": None}, "ana"),
    ],
)
async def test_the_name_is_the_first_of_the_claims_that_is_one(
    house: House, browser: Browser, provider: Provider, claims: dict[str, Any], name: str
) -> None:
    provider.answers.claims = claims
    assert (await come_back(browser)).status_code == 303
    assert (await browser.get("/inside")).json() == f"{name} is a operator"


@pytest.mark.parametrize(
    ("settings", "claims", "role"),
    [
        ({}, {"groups": ["helpdesk", "sre"]}, "operator"),
        ({}, {"groups": ["helpdesk"]}, "responder"),
        ({}, {"groups": "helpdesk"}, "responder"),
        ({}, {"groups": ["guests"]}, None),
        ({}, {"groups": None}, None),
        ({}, {"groups": {"sre": True}}, None),
        ({}, {"groups": [None, 7, ["sre"]]}, None),
        ({"oidc_default_role": "reporter"}, {"groups": ["guests"]}, "reporter"),
        ({"oidc_role_claim": "realm.roles"}, {"realm": {"roles": ["sre"]}}, "operator"),
        ({"oidc_role_claim": "realm.roles"}, {"realm": "sre"}, None),
        ({"oidc_role_claim": "https://x.example/r"}, {"https://x.example/r": "sre"}, "operator"),
        ({"oidc_roles": "cn=sre=operator"}, {"groups": ["cn=sre"]}, "operator"),
        ({"oidc_roles": ""}, {"groups": ["operator", "administrator"]}, None),
    ],
)
async def test_the_role_is_what_the_claim_gives(
    tmp_path: Path,
    provider: Provider,
    settings: dict[str, Any],
    claims: dict[str, Any],
    role: str | None,
) -> None:
    provider.answers.claims = claims
    async with (
        open_house(tmp_path, **settings_of(provider, **settings)) as house,
        house.browser() as browser,
    ):
        page = await come_back(browser)
        if role:
            assert (await browser.get("/inside")).json() == f"ana is a {role}"
        else:
            assert page.status_code == 403
            assert "The provider knows you, but gives you no role here" in page.text
            assert (await browser.get("/inside")).status_code == 303


HOUR = 3600


@pytest.mark.parametrize(
    ("answers", "words"),
    [
        ({"claims": {"nonce": "another"}}, "nonce"),
        ({"claims": {"nonce": None}}, "nonce"),
        ({"claims": {"aud": "another"}}, "aud"),
        ({"claims": {"aud": ["another"], "azp": CLIENT}}, "aud"),
        ({"claims": {"aud": [CLIENT, "another"]}}, "azp"),
        ({"claims": {"aud": None}}, "aud"),
        ({"claims": {"iss": "https://evil.example"}}, "iss"),
        ({"claims": {"iss": None}}, "iss"),
        ({"claims": {"sub": None}}, "sub"),
        ({"claims": {"sub": "a\nb"}}, "sub"),
        ({"claims": {"sub": 7}}, "sub"),
        ({"claims": {"iat": int(time.time()) - HOUR}}, "iat"),
        ({"claims": {"exp": int(time.time()) - HOUR}}, "it has expired"),
        ({"claims": {"exp": None}}, "exp"),
        ({"claims": {"iat": int(time.time()) + HOUR}}, "iat"),
        ({"claims": {"at_hash": "AAAAAAAAAAAAAAAAAAAAAA"}}, "at_hash"),
        ({"signs": "another key"}, "it is not signed by the provider"),
        ({"signs": "nothing"}, "it is not signed by the provider"),
        ({"signs": "the public key as a secret"}, "it is not signed by the provider"),
        ({"token": {"id_token": "x.y.z"}}, "it is not signed by the provider"),
        ({"token": {"id_token": None}}, "it is not signed by the provider"),
        ({"token_status": 500}, "did not tell who it is (status 500)"),
        ({"refuses": "access_denied"}, "The provider refused: access_denied &lt;b&gt;no&lt;/b&gt;"),
    ],
)
async def test_an_answer_that_is_not_what_it_has_to_be_signs_nobody_in(
    house: House, browser: Browser, provider: Provider, answers: dict[str, Any], words: str
) -> None:
    for name, value in answers.items():
        setattr(provider.answers, name, value)
    page = await come_back(browser)
    assert page.status_code in (403, 502)
    assert words in page.text
    assert "standfast_session" not in browser.cookies
    assert (await browser.get("/inside")).status_code == 303


async def test_a_name_belongs_to_the_first_who_signed_in_under_it(
    house: House, browser: Browser, provider: Provider
) -> None:
    assert (await come_back(browser)).status_code == 303
    for name in ("ana", "Ana", "ＡＮＡ ", "a\u200bna", "ana\u2060", "\u00adana\ufe0f", "an\u3164a"):
        provider.answers.claims = {"sub": "mallory-7", "preferred_username": name}
        async with house.browser() as mallory:
            page = await come_back(mallory)
            assert page.status_code == 403
            assert "is taken here: somebody else signed in under it first" in page.text
            assert "--subject mallory-7" in page.text
            assert (await mallory.get("/inside")).status_code == 303
    provider.answers.claims = {"preferred_username": "ANA"}
    async with house.browser() as ana:
        assert (await come_back(ana)).status_code == 303
        assert (await ana.get("/inside")).json() == "ana is a operator"


async def test_an_address_as_user_name_is_believed_only_when_verified_or_bound(
    house: House, provider: Provider
) -> None:
    mia = "mia@fernhill.example"
    for name in (mia, "Mia＠fernhill.example"):
        provider.answers.claims = {"sub": "mallory-7", "preferred_username": name}
        async with house.browser() as mallory:
            page = await come_back(mallory)
            assert page.status_code == 403
            assert "does not say that this address is yours" in page.text
            assert "--subject mallory-7" in page.text
    provider.answers.claims |= {"email": "Mia@fernhill.example", "email_verified": False}
    async with house.browser() as mallory:
        assert (await come_back(mallory)).status_code == 403
    assert not house.records.people.all()
    provider.answers.claims = {"preferred_username": mia, "email": mia, "email_verified": True}
    async with house.browser() as verified:
        assert (await come_back(verified)).status_code == 303
    provider.answers.claims = {"sub": "hana-8", "preferred_username": "hana@fernhill.example"}
    who = Subject(issuer=provider.issuer, subject="hana-8")
    house.records.people.bind("hana@fernhill.example", who, datetime.now(UTC))
    async with house.browser() as bound:
        assert (await come_back(bound)).status_code == 303
        assert (await bound.get("/inside")).json() == "hana@fernhill.example is a operator"


async def test_an_administrator_gives_a_name_to_another(
    house: House, browser: Browser, provider: Provider
) -> None:
    assert (await come_back(browser)).status_code == 303
    assert house.records.people.release("ana")
    provider.answers.claims = {"sub": "another"}
    async with house.browser() as other:
        assert (await come_back(other)).status_code == 303
    provider.answers.claims = {}
    async with house.browser() as again:
        assert (await come_back(again)).status_code == 403


@pytest.mark.parametrize("revoked", [False, True])
async def test_the_name_of_a_token_is_nobody_elses_until_an_administrator_says_so(
    house: House, browser: Browser, provider: Provider, revoked: bool
) -> None:
    token = house.token().token
    if revoked:
        house.records.tokens.revoke(token.id, datetime.now(UTC))
    page = await come_back(browser)
    assert page.status_code == 403
    assert "The name ana is taken here: a token has it" in page.text
    who = Subject(issuer=provider.issuer, subject="248289761001")
    house.records.people.bind("ana", who, datetime.now(UTC))
    assert (await come_back(browser)).status_code == 303


@pytest.mark.parametrize("site", ["cross-site", "same-site", "none"])
async def test_another_site_begins_no_sign_in(
    house: House, browser: Browser, provider: Provider, site: str
) -> None:
    page = await browser.get("/sign-in/oidc?next=/inside", headers={"Sec-Fetch-Site": site})
    assert (page.status_code, "Sign in with your account" in page.text) == (200, True)
    assert provider.asked == []


async def test_another_providers_answer_is_refused(house: House, browser: Browser) -> None:
    address = await go_to_provider(browser)
    page = await browser.get(f"{address}&iss=https%3A%2F%2Fevil.example")
    assert (page.status_code, "came from another provider" in page.text) == (400, True)


async def test_the_provider_is_not_asked_without_end(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sign_in, "BEGUN_AT_PROVIDER", RateLimit("few", most=2, within=60))
    async with house.browser("192.0.2.9") as browser:
        for _ in range(2):
            assert (await browser.get("/sign-in/oidc")).status_code == 303
        refused = await browser.get("/sign-in/oidc")
        assert (refused.status_code, int(refused.headers["Retry-After"]) > 0) == (429, True)


async def test_an_issuer_may_end_with_a_slash(
    house: House, browser: Browser, provider: Provider
) -> None:
    provider.answers.configuration = {"issuer": f"{provider.issuer}/"}
    assert "its iss is not" in (await come_back(browser)).text
    provider.answers.claims = {"iss": f"{provider.issuer}/"}
    assert (await come_back(browser)).status_code == 303


async def test_the_provider_may_change_its_keys(
    house: House, browser: Browser, provider: Provider
) -> None:
    assert (await come_back(browser)).status_code == 303
    browser.http.cookies.clear()
    provider.new_key()
    assert (await come_back(browser)).status_code == 303


async def test_an_answer_belongs_to_the_browser_that_asked(house: House, browser: Browser) -> None:
    address = await go_to_provider(browser)
    async with house.browser() as victim:
        never_asked = await victim.get(address)
        assert never_asked.status_code == 400
        assert "begun in another browser" in never_asked.text
        await go_to_provider(victim)
        asked_otherwise = await victim.get(address)
        assert asked_otherwise.status_code == 400
        assert "does not belong to this sign-in" in asked_otherwise.text
        assert "standfast_session" not in victim.cookies


async def test_an_answer_is_taken_once(house: House, browser: Browser) -> None:
    address = await go_to_provider(browser)
    assert (await browser.get(address)).status_code == 303
    browser.http.cookies.delete("standfast_session")
    assert (await browser.get(address)).status_code == 400
    assert "standfast_session" not in browser.cookies


async def test_a_code_of_somebody_elses_sign_in_is_refused_by_pkce(
    house: House, browser: Browser
) -> None:
    async with house.browser() as mallory:
        hers = parse_qs(urlsplit(await go_to_provider(mallory)).query)
    mine = parse_qs(urlsplit(await go_to_provider(browser)).query)
    mixed = {"code": hers["code"][0], "state": mine["state"][0]}
    page = await browser.get("/sign-in/oidc/callback", params=mixed)
    assert "did not tell who it is (status 400, invalid_grant)" in page.text
    assert "standfast_session" not in browser.cookies


async def test_ten_minutes_are_enough_to_sign_in(house: House, browser: Browser) -> None:
    address = await go_to_provider(browser)
    signing = signing_of(house.app.state.backend.settings)
    held = signing.read("standfast.oidc", browser.cookies["standfast_begun"])
    pending = oidc.PendingSignIn.model_validate(held)
    early = pending.model_copy(update={"at": pending.at - oidc.PENDING_LASTS})
    value = signing.sign("standfast.oidc", early.model_dump(mode="json"))
    browser.http.cookies.clear()
    browser.http.cookies.set("standfast_begun", value)
    page = await browser.get(address)
    assert (page.status_code, "more than 10 minutes ago" in page.text) == (400, True)


async def test_without_the_provider_one_signs_in_with_a_token(tmp_path: Path) -> None:
    with Provider() as provider:
        settings = settings_of(provider)
        async with open_house(tmp_path, **settings) as house, house.browser() as browser:
            await go_to_provider(browser)
    async with open_house(tmp_path, **settings) as house, house.browser() as browser:
        page = await browser.get("/sign-in/oidc?next=/inside")
        assert page.status_code == 503
        assert "The sign-in provider cannot be reached" in page.text
        gone_on = await browser.send(page, "/sign-in", token=house.token().secret)
        assert gone_on.headers["Location"] == "/inside"


@pytest.mark.parametrize("endpoint", ["http://127.0.0.1:1/token", "http://[::1", "token"])
async def test_a_provider_that_goes_away_halfway_signs_nobody_in(
    house: House, browser: Browser, provider: Provider, endpoint: str
) -> None:
    address = await go_to_provider(browser)
    provider.answers.configuration = {"token_endpoint": endpoint}
    page = await browser.get(address)
    assert (page.status_code, "cannot be reached" in page.text) == (503, True)


@pytest.mark.parametrize(
    ("configuration", "words"),
    [
        ({"issuer": "https://evil.example"}, "calls itself https://evil.example"),
        ({"token_endpoint": None}, "lacks token_endpoint"),
        ({"jwks_uri": 7}, "lacks jwks_uri"),
    ],
)
async def test_a_provider_that_describes_itself_wrongly_is_left_alone(
    house: House,
    browser: Browser,
    provider: Provider,
    configuration: dict[str, Any],
    words: str,
) -> None:
    provider.answers.configuration = configuration
    page = await browser.get("/sign-in/oidc")
    assert (page.status_code, words in page.text) == (502, True)
    assert provider.asked == ["/.well-known/openid-configuration"]


@pytest.mark.parametrize("leads_to", ["https://evil.example", "//evil.example"])
async def test_the_way_back_leads_to_our_own_pages(
    house: House, browser: Browser, leads_to: str
) -> None:
    assert (await come_back(browser, leads_to)).headers["Location"] == "/"


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"oidc_issuer": "https://login.example"}, "STANDFAST_OIDC_CLIENT_ID and STANDFAST_PUBLIC"),
        ({"oidc_client_id": "x", "public_url": HERE}, "also needs STANDFAST_OIDC_ISSUER"),
    ],
)
async def test_half_of_the_settings_is_told_at_the_start(
    tmp_path: Path, settings: dict[str, Any], words: str
) -> None:
    with pytest.raises(BadSetting, match=words):
        async with open_house(tmp_path, **settings):
            pass


@pytest.mark.parametrize(
    ("variable", "value", "words"),
    [
        ("OIDC_ISSUER", "http://login.example", "must be an https address"),
        ("OIDC_ROLES", "sre=boss", "the roles are reporter, responder, operator, administrator"),
        ("OIDC_ROLES", "operator", "must be pairs such as sre=operator"),
        ("OIDC_DEFAULT_ROLE", "boss", "must be 'reporter'"),
        ("PUBLIC_URL", "standfast.example", "must be an address such as https://"),
        ("PUBLIC_URL", "https://standfast.example/console", "must end after the host and port"),
        ("LINK_LIFETIME", "a while", "must be a duration"),
    ],
)
def test_a_setting_that_cannot_be_used_says_why(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, words: str
) -> None:
    monkeypatch.setenv(f"STANDFAST_{variable}", value)
    with pytest.raises(BadSetting, match=rf"^STANDFAST_{variable}: .*{words}"):
        load_settings()


def test_secrets_are_not_shown_with_the_settings() -> None:
    settings = Settings(oidc_client_secret=SECRET, signing_key="k" * 32)
    assert SECRET not in repr(settings)
    assert "kkkk" not in repr(settings)
