"""Signing in by OpenID Connect, with a provider that answers as it should, or should not."""

import time
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from standfast.api.rate_limits import RateLimit
from standfast.console import oidc, sign_in
from standfast.console.session import signing_of
from standfast.hosting.errors import BadSetting
from standfast.hosting.settings import Settings, load_settings
from tests.console.house import HERE, Browser, House, open_house
from tests.console.oidc.coming_back import come_back, go_to_provider, settings_of
from tests.console.provider import CLIENT, SECRET, Provider


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
