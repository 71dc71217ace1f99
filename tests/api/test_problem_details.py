"""Whatever goes wrong is told as Problem Details (RFC 9457), in words, and quickly."""

import socket
import time
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from fastapi import APIRouter

from standfast.api.backend import Backend
from standfast.console.errors import PageRoute
from standfast.hosting.connection import Endpoint, connect_lazily_to
from standfast.hosting.settings import Settings
from standfast.incidents.roles import Role
from standfast.lookup.lookup import Lookup
from standfast.records.errors import TO_STRANGERS
from standfast.records.store import RecordStore
from standfast.web.app import build_app
from tests.api.conftest import HERE, Api
from tests.stories.desk import Desk

JSON = {"Content-Type": "application/json"}


def problem(answer: httpx.Response, status: int) -> dict[str, Any]:
    """The document of a problem, which must be one from head to foot."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    document: dict[str, Any] = answer.json()
    assert document["status"] == status
    assert document["type"] == "about:blank"
    assert document["title"]
    return document


@pytest.mark.parametrize(
    ("method", "path", "body", "headers", "status", "told"),
    [
        ("GET", "/nowhere", None, {}, 404, ""),
        ("GET", "/api/incidents/INC-AAAAAAAAAA", None, {}, 404, "there is no incident INC-"),
        ("DELETE", "/api/incidents", None, {}, 405, ""),
        ("POST", "/api/incidents", b"{", JSON, 400, "the body is not JSON: "),
        ("POST", "/api/incidents", b"", JSON, 422, "the body: is missing"),
        ("POST", "/api/incidents", b"title=x", {}, 415, "Content-Type: application/json"),
        ("POST", "/api/incidents", b"{}", {"Content-Type": "text/plain"}, 415, "send JSON"),
        ("POST", "/api/incidents", b"[]", JSON, 422, "the body: "),
        ("POST", "/api/incidents", b"[" * 100_000, JSON, 400, ""),
        ("POST", "/api/incidents", b'{"title": "\xff"}', JSON, 400, ""),
        ("POST", "/api/incidents", b'{"title": 1' + b"0" * 9_000 + b"}", JSON, 400, ""),
        ("GET", "/api/incidents?limit=9999", None, {}, 422, "limit: must be less than"),
        ("GET", "/api/incidents?priorty=P1", None, {}, 422, "priorty: there is no such field"),
    ],
)
async def test_what_cannot_be_served(
    api: Api,
    method: str,
    path: str,
    body: bytes | None,
    headers: dict[str, str],
    status: int,
    told: str,
) -> None:
    answer = await api.call(method, path, Role.OPERATOR, content=body, headers=headers)
    assert told in problem(answer, status).get("detail", "")


async def test_every_wrong_field_is_named_with_what_it_may_have_meant(api: Api) -> None:
    answer = await api.post("/api/incidents", {"titel": "x", "users_affected": "many"})
    assert problem(answer, 422)["errors"] == [
        "title: is missing",
        "users_affected: must be a whole number",
        "titel: there is no such field; did you mean title?",
    ]


async def test_a_body_that_is_too_large_is_refused_told_or_not(api: Api) -> None:
    most = api.backend.settings.largest_body

    async def chunks() -> AsyncIterator[bytes]:
        yield b'{"title": "'
        for _ in range(most // 100_000 + 1):
            yield b"x" * 100_000

    for content in (b"x" * (most + 1), chunks()):
        answer = await api.call(
            "POST", "/api/incidents", Role.OPERATOR, content=content, headers=JSON
        )
        assert "larger than 2000000 bytes" in problem(answer, 413)["detail"]


async def test_answers_carry_what_browsers_should_know(api: Api) -> None:
    for path in ("/healthz", "/nowhere"):
        headers = (await api.http.get(path)).headers
        assert headers["content-security-policy"].startswith("default-src 'none'")
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers


@pytest.fixture
async def alone(desk: Desk) -> AsyncIterator[httpx.AsyncClient]:
    """The API with records and without a Temporal."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{unused.getsockname()[1]}"
        client = await connect_lazily_to(Endpoint({"target_host": address}, configured=True))
        backend = Backend(
            Settings(data_dir=desk.place),
            client,
            desk.records,
            desk.policy,
            Lookup(client, desk.records),
        )
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(build_app(backend)), base_url=HERE
        ) as http:
            yield http


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("POST", "/api/incidents", {"title": "Printer jams"}),
        ("GET", "/api/incidents", None),
        ("GET", "/api/incidents/INC-AAAAAAAAAA", None),
        ("GET", "/api/incidents/INC-AAAAAAAAAA/events", None),
        ("POST", "/api/incidents/INC-AAAAAAAAAA/acknowledge", {}),
        ("GET", "/readyz", None),
    ],
)
async def test_without_temporal_it_says_so_soon_and_when_to_come_again(
    api: Api, alone: httpx.AsyncClient, method: str, path: str, body: Any
) -> None:
    began = time.monotonic()
    answer = await alone.request(method, path, json=body, headers=api.headers(Role.OPERATOR))
    assert time.monotonic() - began < 10
    assert "Temporal cannot be reached" in problem(answer, 503)["detail"]
    assert int(answer.headers["retry-after"]) > 0
    assert (await alone.get("/healthz")).status_code == 200


async def test_a_report_that_nobody_took_can_be_sent_again_under_its_key(
    api: Api, alone: httpx.AsyncClient
) -> None:
    headers = api.headers(Role.OPERATOR) | {"Idempotency-Key": "outage"}
    body = {"title": "Printer jams"}
    away = await alone.post("/api/incidents", json=body, headers=headers)
    problem(away, 503)
    taken = await api.http.post("/api/incidents", json=body, headers=headers)
    assert taken.status_code == 201


async def test_without_records_nobody_is_let_in_and_it_is_not_ready(
    api: Api, tmp_path: Any
) -> None:
    (tmp_path / "file").touch()
    records = RecordStore(f"sqlite:///{tmp_path}/file/records.db", patience=1)
    backend = Backend(
        api.backend.settings, api.desk.client, records, api.desk.policy, api.backend.lookup
    )
    transport = httpx.ASGITransport(build_app(backend))
    async with httpx.AsyncClient(transport=transport, base_url=HERE) as http:
        headers = {"Authorization": "Bearer sft_any"}
        ready = problem(await http.get("/readyz", headers=headers), 503)
        assert "checks" not in ready  # nobody can be told from a stranger now; the log says why
        away = problem(await http.get("/api/incidents", headers=headers), 503)
        assert away["detail"] == TO_STRANGERS  # the token may be anything


async def test_what_nobody_expected_tells_nothing_of_itself_but_to_the_log(
    api: Api, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken() -> None:
        raise ValueError("secret")

    api.app.add_api_route("/broken", broken)
    pages = APIRouter(route_class=PageRoute)
    pages.add_api_route("/broken/page", broken)
    api.app.include_router(pages)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(api.app), base_url=HERE) as http:
        answer = await http.get("/broken")
        caplog.clear()
        page = await http.get("/broken/page")
    assert "secret" not in answer.text + page.text
    problem(answer, 500)
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert page.status_code == 500
    assert "ValueError: secret" in caplog.text  # the page says that the log has the details
    counted = 'standfast_api_requests_total{method="GET",route="/broken",status="500"} 1.0'
    assert counted in (await api.get("/metrics")).text


async def test_metrics_count_by_route_and_status(api: Api) -> None:
    await api.get("/api/incidents/INC-AAAAAAAAAA")
    await api.get("/api/incidents/INC-BBBBBBBBBB")
    await api.http.get("/nowhere/at/all")
    told = (await api.get("/metrics")).text
    route = 'method="GET",route="/api/incidents/{incident_id}",status="404"'
    assert f"standfast_api_requests_total{{{route}}} 2.0" in told
    assert 'standfast_api_requests_total{method="any",route="none",status="404"} 1.0' in told
    assert "AAAAAAAAAA" not in told
