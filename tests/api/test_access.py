"""Who may do what: a row for each endpoint, and no endpoint without a row.

A row tells the lowest role that gets past the door; below it the answer is 403, and without a
token, or with one that opens nothing, 401. What is behind the door may still say no.
"""

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.routing import iter_route_contexts

from standfast.api.access import SOURCE_HEADER, UNKNOWN_TOKENS
from standfast.incidents.actions import Action, RecordAction
from standfast.incidents.roles import Role
from standfast.records.errors import RecordsUnavailable
from standfast.records.tokens import NewToken
from tests.api.conftest import Api
from tests.console.conftest import visiting

OPEN = None
"""For everybody, token or not; why stands beside the row."""

REPORTERS = (Action.VERIFY, Action.COMMENT, Action.WITHDRAW, Action.REPORT_AGAIN)
RESPONDERS = (
    Action.ACKNOWLEDGE,
    Action.RESOLVE,
    Action.ESCALATE,
    Action.REASSIGN,
    Action.HOLD,
    Action.RESUME,
    Action.REPRIORITISE,
    Action.PAGE,
    Action.COMMAND,
    Action.LINK,
    Action.MERGE,
    Action.APPROVE,
    Action.DENY,
    Action.DELEGATE,
    Action.DECLINE,
    Action.RESTRICT,
    Action.UNRESTRICT,
)

MATRIX: dict[tuple[str, str], Role | None] = {
    ("GET", "/healthz"): OPEN,  # for load balancers, which have no token; tells nothing
    ("GET", "/readyz"): OPEN,  # for load balancers too; why it is not ready is for responders
    ("GET", "/metrics"): Role.RESPONDER,  # or the key of the metrics
    ("GET", "/openapi.json"): OPEN,  # what everybody can read in the source
    ("GET", "/sign-in"): OPEN,  # how one gets in
    ("POST", "/api/incidents"): Role.REPORTER,
    ("GET", "/api/incidents"): Role.RESPONDER,
    ("GET", "/api/search"): Role.REPORTER,
    **{(method, "/api/views"): Role.REPORTER for method in ("GET", "PUT", "DELETE")},
    ("GET", "/api/incidents/{incident_id}"): Role.REPORTER,
    ("GET", "/api/incidents/{incident_id}/attachments/{name}"): Role.REPORTER,
    ("GET", "/api/incidents/{incident_id}/deliveries"): Role.RESPONDER,
    ("GET", "/api/incidents/{incident_id}/problem"): Role.REPORTER,
    ("GET", "/api/reviews"): Role.RESPONDER,
    ("GET", "/api/incidents/{incident_id}/review"): Role.RESPONDER,
    ("POST", "/api/incidents/{incident_id}/review"): Role.RESPONDER,
    ("PUT", "/api/incidents/{incident_id}/review/sections/{section}"): Role.RESPONDER,
    ("POST", "/api/incidents/{incident_id}/review/steps"): Role.RESPONDER,
    ("GET", "/api/incidents/{incident_id}/review/export"): Role.RESPONDER,
    ("GET", "/api/problems"): Role.RESPONDER,
    ("GET", "/api/problems/{incident_id}"): Role.RESPONDER,
    ("POST", "/api/problems/{incident_id}/link"): Role.RESPONDER,
    ("POST", "/api/problems/{incident_id}/unlink"): Role.RESPONDER,
    ("POST", "/api/problems/{incident_id}/name"): Role.RESPONDER,
    ("GET", "/api/incidents/{incident_id}/events"): Role.REPORTER,
    **{("POST", f"/api/incidents/{{incident_id}}/{each}"): Role.REPORTER for each in REPORTERS},
    **{("POST", f"/api/incidents/{{incident_id}}/{each}"): Role.RESPONDER for each in RESPONDERS},
    **{("POST", f"/api/incidents/{{incident_id}}/{each}"): Role.RESPONDER for each in RecordAction},
    ("POST", "/api/bulk"): Role.RESPONDER,
    ("GET", "/api/mail"): Role.RESPONDER,
    ("GET", "/api/mail/{mail_id}"): Role.RESPONDER,
    ("GET", "/api/mail/{mail_id}/raw"): Role.RESPONDER,
    ("POST", "/api/mail/{mail_id}/open"): Role.RESPONDER,
    ("GET", "/api/articles"): Role.REPORTER,
    ("POST", "/api/articles"): Role.RESPONDER,
    ("GET", "/api/articles/{article_id}"): Role.REPORTER,
    ("POST", "/api/articles/{article_id}/edit"): Role.RESPONDER,
    ("POST", "/api/articles/{article_id}/publish"): Role.RESPONDER,
    ("POST", "/api/articles/{article_id}/retire"): Role.RESPONDER,
    ("POST", "/api/articles/{article_id}/use"): Role.RESPONDER,
    ("POST", "/api/articles/{article_id}/helped"): Role.REPORTER,
    ("GET", "/api/articles/{article_id}/runbook"): Role.RESPONDER,
    ("GET", "/api/incidents/{incident_id}/articles"): Role.RESPONDER,
    ("GET", "/api/stats"): Role.RESPONDER,
    ("GET", "/api/silences"): Role.RESPONDER,
    ("POST", "/api/silences"): Role.RESPONDER,
    ("GET", "/api/silences/{silence_id}"): Role.RESPONDER,
    ("POST", "/api/silences/{silence_id}/end"): Role.RESPONDER,
    ("GET", "/api/channels"): Role.RESPONDER,
    ("POST", "/api/channels/test"): Role.RESPONDER,
    ("GET", "/api/on-call"): Role.RESPONDER,
    ("GET", "/api/on-call/tiers"): Role.RESPONDER,
    ("GET", "/api/overrides"): Role.RESPONDER,
    ("POST", "/api/overrides"): Role.RESPONDER,
    ("POST", "/api/overrides/swap"): Role.RESPONDER,
    ("POST", "/api/overrides/{override_id}/end"): Role.RESPONDER,
    ("GET", "/api/me/channels"): Role.RESPONDER,
    ("POST", "/api/me/channels"): Role.RESPONDER,
    ("POST", "/api/me/channels/{channel_id}/verify"): Role.RESPONDER,
    ("POST", "/api/me/channels/{channel_id}/{action}"): Role.RESPONDER,
    ("POST", "/api/me/rules"): Role.RESPONDER,
}

ELSEWHERE: dict[tuple[str, str], str] = {
    ("POST", "/sign-in"): "tests/console/test_sign_in.py",
    ("POST", "/sign-out"): "tests/console/test_csrf.py",
    ("GET", "/sign-in/oidc"): "tests/console/oidc/test_oidc.py",
    ("GET", "/sign-in/oidc/callback"): "tests/console/oidc/test_oidc.py",
    ("GET", "/confirm/{token}"): "tests/console/confirm/test_confirm.py",
    ("POST", "/confirm/{token}"): "tests/console/confirm/test_confirm.py",
    ("GET", "/p/{token}"): "tests/console/test_page_link.py",
    ("POST", "/p/{token}"): "tests/console/test_page_link.py",
    ("GET", "/"): "tests/console/test_pages_access.py",
    ("GET", "/live"): "tests/console/test_pages_access.py",
    ("GET", "/incidents/{incident_id}"): "tests/console/test_pages_access.py",
    ("GET", "/incidents/{incident_id}/attachments/{name}"): "tests/console/test_pages_access.py",
    ("GET", "/incidents/{incident_id}/live"): "tests/console/test_pages_access.py",
    ("POST", "/incidents/{incident_id}/{action}"): "tests/console/test_pages_access.py",
    ("GET", "/report"): "tests/console/test_pages_access.py",
    ("POST", "/report"): "tests/console/test_pages_access.py",
    ("POST", "/report/suggestions"): "tests/console/test_pages_access.py",
    ("POST", "/report/helped"): "tests/console/test_pages_access.py",
    ("GET", "/on-call"): "tests/console/test_pages_access.py",
    ("GET", "/search"): "tests/console/test_pages_access.py",
    ("POST", "/search/views"): "tests/console/test_pages_access.py",
    ("POST", "/search/views/remove"): "tests/console/test_pages_access.py",
    ("GET", "/bulk"): "tests/console/test_pages_access.py",
    ("POST", "/bulk"): "tests/console/test_pages_access.py",
    ("GET", "/my-pages"): "tests/console/test_pages_access.py",
    **{
        (method, f"/knowledge{path}"): "tests/console/test_pages_access.py"
        for method, path in (
            ("GET", ""),
            ("POST", ""),
            ("GET", "/new"),
            ("GET", "/{article_id}"),
            ("GET", "/{article_id}/edit"),
            ("GET", "/{article_id}/runbook"),
            ("POST", "/{article_id}/edit"),
            ("POST", "/{article_id}/{do}"),
        )
    },
    ("GET", "/stats"): "tests/console/test_pages_access.py",
    ("GET", "/reviews"): "tests/console/test_pages_access.py",
    ("GET", "/incidents/{incident_id}/review"): "tests/console/test_pages_access.py",
    ("POST", "/incidents/{incident_id}/review"): "tests/console/test_pages_access.py",
    ("GET", "/incidents/{incident_id}/review.md"): "tests/console/test_pages_access.py",
    ("GET", "/incidents/{incident_id}/review.pdf"): "tests/console/test_pages_access.py",
    ("GET", "/stats.csv"): "tests/console/test_pages_access.py",
    ("GET", "/problems"): "tests/console/test_pages_access.py",
    ("GET", "/problems/{problem_id}"): "tests/console/test_pages_access.py",
    **{
        ("POST", f"/problems/{{problem_id}}/{each}"): "tests/console/test_pages_access.py"
        for each in ("link", "unlink", "name")
    },
    ("GET", "/devices"): "tests/console/test_pages_access.py",
    ("POST", "/devices"): "tests/console/test_devices_page.py",
    ("POST", "/devices/end"): "tests/console/test_devices_page.py",
    ("POST", "/devices/test"): "tests/console/test_devices_page.py",
    ("GET", "/service-worker.js"): "tests/console/test_devices_page.py",
    ("GET", "/offline"): "tests/console/test_devices_page.py",
    ("GET", "/mail"): "tests/console/test_pages_access.py",
    ("GET", "/mail/{mail_id}"): "tests/console/test_pages_access.py",
    ("POST", "/mail/{mail_id}/open"): "tests/console/test_pages_access.py",
    ("GET", "/sessions"): "tests/console/test_pages_access.py",
    ("POST", "/sessions/end"): "tests/console/test_sessions_page.py",
    ("GET", "/my/channels"): "tests/console/test_pages_access.py",
    ("POST", "/my/channels"): "tests/console/test_own_channels_page.py",
    ("POST", "/my/channels/rules"): "tests/console/test_own_channels_page.py",
    ("POST", "/my/channels/{do}"): "tests/console/test_own_channels_page.py",
    ("GET", "/static/{name}"): "tests/console/test_pages_access.py",
    **{
        (method, f"/temporal{path}"): "tests/console/temporal_ui/test_pages.py"
        for method, path in (
            ("GET", ""),
            ("GET", "/{path:path}"),
            ("GET", "/render"),
            ("GET", "/api/v1/settings"),
            *((each, "/api/v1/{path:path}") for each in ("GET", "POST", "PUT", "PATCH", "DELETE")),
        )
    },
    ("POST", "/temporal/codec/decode"): "tests/console/temporal_ui/test_pages.py",
    ("POST", "/intake/email"): "tests/api/test_mail.py",
    **{
        ("POST", f"/intake/phone/{{provider}}/{path}"): "tests/api/webhooks/test_phone.py"
        for path in ("sms", "keys/{message_id}", "status/{message_id}")
    },
    ("POST", "/intake/{source}"): "tests/api/webhooks/test_sources_access.py",
    ("PUT", "/intake/{source}"): "tests/api/webhooks/test_sources_access.py",
    ("POST", "/api/v2/alerts"): "tests/api/webhooks/test_sources_access.py",
    ("POST", "/v2/enqueue"): "tests/api/webhooks/test_sources_access.py",
    ("POST", "/v2/change/enqueue"): "tests/api/webhooks/test_sources_access.py",
}
"""Endpoints with doors of another kind, and the test that has them in its own table."""


def endpoints(app: FastAPI) -> Iterator[tuple[str, str]]:
    """Every method and path that the application answers."""
    for context in iter_route_contexts(app.routes):
        for method in sorted((context.methods or {"ANY"}) - {"HEAD"}):
            yield method, context.path or ""


async def test_every_endpoint_has_a_row(api: Api) -> None:
    rows = [*MATRIX, *ELSEWHERE]
    assert sorted(endpoints(api.app)) == sorted(rows)
    for test in ELSEWHERE.values():
        assert (Path(__file__).parents[2] / test).is_file(), test


@pytest.mark.parametrize(("method", "path"), [row for row, role in MATRIX.items() if role])
async def test_role_and_endpoint(api: Api, method: str, path: str) -> None:
    needed = MATRIX[method, path]
    assert needed
    where = re.sub(r"{\w+}", "INC-AAAAAAAAAA", path)
    body: dict[str, str] | None = {} if method == "POST" else None
    for wrong in ({}, {"Authorization": "Bearer sft_wrong"}, {"Authorization": "Basic b3A6b3A="}):
        unknown = await api.http.request(method, where, json=body, headers=wrong)
        assert unknown.status_code == 401, wrong
        assert unknown.headers["www-authenticate"].startswith("Bearer")
        assert "token create" in unknown.json()["detail"]
    for dead in _opening_nothing(api):
        headers = {"Authorization": f"Bearer {dead}"}
        answer = await api.http.request(method, where, json=body, headers=headers)
        assert answer.status_code == 401
    for role in Role:
        answer = await api.call(method, where, role, json=body)
        assert (answer.status_code == 403) is not role.may(needed), (role, answer.text)
        if answer.status_code == 403:
            assert answer.json()["detail"] == (
                f"this needs the role {needed}; the token of {role} is a {role}'s"
            )
        assert answer.status_code != 401
    key = {"Authorization": f"Bearer {api.source_key('zabbix')}"}
    source = await api.http.request(method, where, json=body, headers=key)
    assert source.status_code == 403
    assert "key of the source zabbix" in source.json()["detail"]


def _opening_nothing(api: Api) -> Iterator[str]:
    """Tokens of an administrator: expired, revoked, and rotated when the grace is over."""
    kept, now = api.desk.records.tokens, datetime.now(UTC)
    ada = NewToken(name="ada", role=Role.ADMINISTRATOR)
    expired, revoked, rotated = (
        kept.create(ada.model_copy(update={"expires_at": at})) for at in (now, None, None)
    )
    kept.revoke(revoked.token.id, now)
    kept.rotate(rotated.token, None, now)
    yield from (expired.secret, revoked.secret, rotated.secret)


@pytest.mark.parametrize("part", [0, 1])  # an address may be wrong 60 times a minute
async def test_a_session_of_the_console_is_no_token(api: Api, part: int) -> None:
    async with visiting(api, Role.ADMINISTRATOR) as visitor:
        assert (await visitor.http.get("/sessions")).status_code == 200
        for (method, path), needed in list(MATRIX.items())[part::2]:
            body: dict[str, str] | None = {} if method == "POST" else None
            where = re.sub(r"{\w+}", "INC-AAAAAAAAAA", path)
            if needed:
                # There are more endpoints than one address may send wrong tokens to in a minute.
                if hasattr(api.app.state, UNKNOWN_TOKENS.name):
                    delattr(api.app.state, UNKNOWN_TOKENS.name)
                answer = await visitor.http.request(method, where, json=body)
                assert answer.status_code == 401, (method, path)


@pytest.mark.parametrize(("method", "path"), [row for row, role in MATRIX.items() if not role])
async def test_what_is_open_asks_nobody(api: Api, method: str, path: str) -> None:
    assert (await api.http.request(method, path)).status_code == 200


@pytest.mark.parametrize(
    "given",
    ["?token={}", "?key={}", "?access_token={}"],
)
async def test_a_role_s_token_counts_nowhere_but_in_its_header(api: Api, given: str) -> None:
    query = given.format(api.token(Role.ADMINISTRATOR))
    assert (await api.http.get(f"/api/incidents{query}")).status_code == 401
    headers = {SOURCE_HEADER: api.token(Role.ADMINISTRATOR)}
    assert (await api.http.get("/api/incidents", headers=headers)).status_code == 401


async def test_a_revoked_token_opens_nothing_from_then_on(api: Api) -> None:
    headers = api.headers(Role.OPERATOR)
    assert (await api.http.get("/api/incidents", headers=headers)).status_code == 200
    for one in api.desk.records.tokens.all():
        api.desk.records.tokens.revoke(one.id, datetime.now(UTC))
    assert (await api.http.get("/api/incidents", headers=headers)).status_code == 401


@pytest.mark.parametrize("replaced", [False, True])
async def test_an_expired_token_or_key_is_told_when_it_expired(api: Api, replaced: bool) -> None:
    kept, past = api.desk.records.tokens, datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    ana = NewToken(name="ana", role=Role.OPERATOR)
    for asked, path in (
        (ana, "/api/incidents"),
        (NewToken(name="email", source="email"), "/intake/email"),
    ):
        made = kept.create(asked.model_copy(update={} if replaced else {"expires_at": past}))
        new = kept.rotate(made.token, None, past) if replaced else None
        method = "GET" if path == "/api/incidents" else "POST"
        headers = {"Authorization": f"Bearer {made.secret}"}
        answer = await api.http.request(method, path, headers=headers)
        assert answer.status_code == 401
        told = answer.json()["detail"]
        assert f"{made.token.id}, expired on 2026-01-02 03:04:05 UTC" in told
        assert (f"replaced by {new.token.id}" if new else "standfast token rotate") in told


async def test_a_use_is_noted_and_a_failing_note_serves_the_request_all_the_same(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = api.desk.records.tokens
    made = kept.create(NewToken(name="noted", role=Role.OPERATOR))
    headers = {"Authorization": f"Bearer {made.secret}"}
    assert (await api.http.get("/api/incidents", headers=headers)).status_code == 200
    found = kept.get(made.token.id)
    assert found
    assert found.used_at

    def away(*_: object) -> None:
        raise RecordsUnavailable("it is locked")

    other = kept.create(NewToken(name="other", role=Role.OPERATOR))
    monkeypatch.setattr(kept, "used", away)
    headers = {"Authorization": f"Bearer {other.secret}"}
    assert (await api.http.get("/api/incidents", headers=headers)).status_code == 200


@pytest.mark.parametrize(
    ("host", "known"),
    [
        ("127.0.0.1:8080", True),
        ("localhost", True),
        ("LOCALHOST:8080", True),
        ("[::1]:8080", True),
        ("192.0.2.7", True),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("[::1", False),
        ("", False),
    ],
)
async def test_only_our_own_names_are_answered(api: Api, host: str, known: bool) -> None:
    answer = await api.http.get("/healthz", headers={"Host": host})
    assert answer.status_code == (200 if known else 421)
    if not known:
        assert "STANDFAST_PUBLIC_URL" in answer.json()["detail"]


def test_each_role_may_what_those_before_it_may() -> None:
    for number, role in enumerate(Role):
        assert [role.may(other) for other in Role] == [
            other_number <= number for other_number, _ in enumerate(Role)
        ]
