"""The page for signing in: what it says, and how often it may be tried."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from standfast.console.sign_in import FAILURES
from standfast.records.tokens import NewToken
from tests.console.house import Browser, House, open_house


@pytest.mark.parametrize(
    ("given", "status", "words"),
    [
        ("", 400, "Paste your token into the field."),
        ("   ", 400, "Paste your token into the field."),
        ("sft_wrong", 403, "This token is not known, or it was revoked."),
        ("x" * 10_000, 403, "This token is not known, or it was revoked."),
        ("'; drop table tokens; --", 403, "This token is not known"),
        ("\N{SNOWMAN}\udcff", 403, "This token is not known"),
        ("revoked", 403, "This token is not known, or it was revoked."),
        ("key of a source", 403, "This is the key of the source alertmanager: it sends alerts"),
    ],
)
async def test_what_does_not_sign_in_is_told_in_words(
    house: House, browser: Browser, given: str, status: int, words: str
) -> None:
    revoked = house.token()
    house.records.tokens.revoke(revoked.token.id, datetime.now(UTC))
    key = house.records.tokens.create(NewToken(name="alertmanager", source="alertmanager"))
    secret = {"revoked": revoked.secret, "key of a source": key.secret}.get(given, given)
    page = await browser.sign_in(secret.encode("utf-8", "replace").decode(), next="/inside")
    assert page.status_code == status
    assert words in page.text
    assert page.headers["Content-Type"] == "text/html; charset=utf-8"
    assert 'name="next" value="/inside"' in page.text
    assert secret.strip() not in page.text or not secret.strip()
    assert (await browser.get("/inside")).status_code == 303


async def test_the_page_works_without_script_and_lets_nothing_else_in(browser: Browser) -> None:
    page = await browser.get("/sign-in")
    assert '<form method="post" action="/sign-in">' in page.text
    assert re.search(r'<label for="token">.*<input id="token" name="token"', page.text, re.S)
    assert not re.search(r"<script(?![^>]* src=)|<style|\son\w+=|style=", page.text)
    policy = page.headers["Content-Security-Policy"]
    for rule in (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    ):
        assert rule in policy
    assert "unsafe" not in policy
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    # With `no-referrer` browsers would hide from us which site a form comes from.
    assert page.headers["Referrer-Policy"] == "same-origin"


async def test_without_a_provider_the_page_offers_none(browser: Browser) -> None:
    assert "/sign-in/oidc" not in (await browser.get("/sign-in")).text
    assert (await browser.get("/sign-in/oidc")).status_code == 404
    assert (await browser.get("/sign-in/oidc/callback?code=x&state=y")).status_code == 404


async def test_whoever_guesses_has_to_wait_and_nobody_elsewhere_does(house: House) -> None:
    async with house.browser("192.0.2.7") as guesser, house.browser("192.0.2.8") as ana:
        for _ in range(FAILURES.most):
            assert (await guesser.sign_in("sft_guess")).status_code == 403
        refused = await guesser.sign_in(house.token().secret)
        assert refused.status_code == 429
        assert 0 < int(refused.headers["Retry-After"]) <= 300
        assert "too many attempts from your address" in refused.text
        assert (await ana.sign_in(house.token().secret)).status_code == 303


async def test_without_the_record_store_it_says_so(tmp_path: Path) -> None:
    nowhere = "postgresql+psycopg://nobody@127.0.0.1:1/none"
    async with open_house(tmp_path, database_url=nowhere) as house, house.browser() as browser:
        page = await browser.sign_in("sft_whatever")
        assert page.status_code == 503
        assert "Nobody can sign in just now" in page.text
        assert "127.0.0.1" not in page.text


async def test_who_came_in_and_who_did_not_is_in_the_audit_log(house: House) -> None:
    token = house.token()
    async with house.app.router.lifespan_context(house.app):
        async with house.browser("10.1.2.3") as stranger:
            for _ in range(3):
                assert (await stranger.sign_in("sft_wrong")).status_code == 403
        async with house.browser("10.4.5.6") as ana:
            await ana.sign_in(token.secret)
            sessions = await ana.get("/sessions")
            assert (await ana.send(sessions, "/sign-out")).status_code == 303
    entries = [
        (entry.kind, entry.by, entry.origin, entry.times)
        for entry in sorted(house.records.audit.all(), key=lambda entry: (entry.origin, entry.at))
    ]
    assert entries == [
        ("sign_in_refused", "", "10.1.2.3", 1),
        ("sign_in_refused", "", "10.1.2.3", 2),
        ("signed_in", "ana", "10.4.5.6", 1),
        ("signed_out", "ana", "10.4.5.6", 1),
    ]
    everything = "".join(entry.model_dump_json() for entry in house.records.audit.all())
    assert "sft_" not in everything
