"""The OpenAPI document: it is whole, and the API keeps to it whatever it is sent."""

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from standfast.incidents.actions import Action
from standfast.incidents.roles import Role
from standfast.policy_file.shipped import SHIPPED_POLICY
from tests.api.conftest import Api
from tests.examples import examples
from tests.stories.desk import Ticket
from tests.web.serving import served

pytestmark = pytest.mark.long

EXAMPLES = 5
"""Requests to each operation."""

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
SOURCES = {"/intake/email": "email", "/intake/": "grafana", "/api/v2/": "alertmanager"}
"""Whose key opens a path that begins so. PagerDuty's comes in the body."""

UNKNOWN = "INC-AAAAAAAAAA"
ENDLESS = "/api/incidents/{incident_id}/events"


@schemathesis.serializer("message/rfc822")
def a_raw_message(_: Any, value: Any) -> bytes:
    """What a mail server hands over, as it is."""
    return value.encode() if isinstance(value, str) else bytes(value.data)


async def document(api: Api) -> dict[str, Any]:
    answer = await api.http.get("/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


async def test_every_body_has_an_example_and_every_operation_a_name_and_words(api: Api) -> None:
    told = await document(api)
    names = []
    for path, methods in told["paths"].items():
        for method, operation in methods.items():
            names.append(operation["operationId"])
            assert operation["description"], (method, path)
            for content in operation.get("requestBody", {}).get("content", {}).values():
                assert "examples" in content or "example" in content, (method, path)
    assert len(names) == len(set(names))
    assert {*names} >= {"report", "list", "show", "events", *Action}


async def test_every_operation_tells_its_problems_and_its_token(api: Api) -> None:
    told = await document(api)
    for path, methods in told["paths"].items():
        if not path.startswith("/api/incidents"):
            continue
        for method, operation in methods.items():
            assert operation["security"] == [{"token": []}], (method, path)
            for status, answer in operation["responses"].items():
                if status >= "400":
                    assert [*answer["content"]] == ["application/problem+json"], (path, status)
    assert told["components"]["securitySchemes"]["token"]["scheme"] == "bearer"


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR])
async def test_whatever_is_sent_the_api_keeps_to_its_document(api: Api, role: Role) -> None:
    api.desk.amend(extends=str(Path(SHIPPED_POLICY).parent / "sources.yaml"))
    ticket = await api.desk.report(reporter="rita")
    await ticket.reaches_resolve()
    async with served(api) as (_, where):
        keys = {path: api.source_key(source) for path, source in SOURCES.items()}
        keys["/v2/"] = api.source_key("pagerduty")
        sent = await asyncio.to_thread(_send_anything, where, api.headers(role), keys, ticket)
    assert sent > 100


def _send_anything(
    where: str, as_somebody: dict[str, str], keys: dict[str, str], ticket: Ticket
) -> int:
    """Requests made up from the document, each to the same incident; how many there were."""
    schema = schemathesis.openapi.from_url(f"{where}/openapi.json")
    sent = 0

    def headers_for(path: str) -> dict[str, str]:
        key = next((key for start, key in keys.items() if path.startswith(start)), "")
        return {"X-Standfast-Key": key} if key else as_somebody

    def send(case: Any, incident: str) -> None:
        nonlocal sent
        if "incident_id" in (case.path_parameters or {}):
            case.path_parameters["incident_id"] = incident
        if "source" in (case.path_parameters or {}):
            case.path_parameters["source"] = SOURCES["/intake/"]
        if isinstance(case.body, dict) and "routing_key" in case.body:
            case.body["routing_key"] = keys["/v2/"]
        response = case.call(headers=headers_for(case.operation.path))
        sent += 1
        case.validate_response(response, checks=CHECKS)

    for found in schema.get_all_operations():
        assert isinstance(found, Ok), found
        operation = found.ok()
        # One would never end; after the other there would be nothing left to act on.
        harmful = operation.path == ENDLESS or operation.path.endswith("/withdraw")
        _property(operation, partial(send, incident=UNKNOWN if harmful else ticket.id))()
    return sent


def _property(operation: Any, holds: Callable[[Any], None]) -> Callable[[], None]:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=examples(EXAMPLES),
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )
    def of_any_request(case: Any) -> None:
        holds(case)

    return of_any_request
