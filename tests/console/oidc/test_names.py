"""Under which name and role the provider's people come in, and whose a name is."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from standfast.records.people import Subject
from tests.console.house import Browser, House, open_house
from tests.console.oidc.coming_back import come_back, settings_of
from tests.console.provider import CLIENT, Provider


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
