"""JSON bodies: of their kind, and with a number of fields."""

import json
from pathlib import Path
from typing import Any

import pytest
from fastapi import Request
from starlette.types import Message

from standfast.api.bodies import MOST_FIELDS, json_only
from standfast.api.problem_details import Problem
from tests.console.house import open_house


def sent(body: bytes, kind: str = "application/json") -> Request:
    async def receive() -> Message:
        return {"type": "http.request", "body": body}

    headers = [(b"content-type", kind.encode())]
    return Request({"type": "http", "method": "POST", "headers": headers}, receive)


@pytest.mark.parametrize(
    "value",
    [
        {str(number): 1 for number in range(MOST_FIELDS + 1)},
        {"labels": {str(number): "x" for number in range(MOST_FIELDS)}},
        [{"a": 1}] * (MOST_FIELDS + 1),
    ],
)
async def test_fields_are_counted_before_each_is_found_to_be_wrong(value: object) -> None:
    with pytest.raises(Problem, match="more than 2,000 fields") as refused:
        await json_only(sent(json.dumps(value).encode()))
    assert refused.value.status == 413


async def test_other_bodies_are_left_to_who_reads_them() -> None:
    await json_only(sent(json.dumps({"title": ":" * 20_000, "labels": {"a": "b"}}).encode()))
    await json_only(sent(b"[" * 100_000))
    await json_only(sent(b"{"))
    with pytest.raises(Problem, match="send JSON"):
        await json_only(sent(b"{}", "text/plain" + ";a*0*=1" * 9_000))


async def test_every_number_that_is_sent_has_bounds(tmp_path: Path) -> None:
    """A database takes no number of any length."""
    async with open_house(tmp_path) as house:
        told = house.app.openapi()
    schemas, without = told["components"]["schemas"], []

    def look(where: str, schema: Any, known: tuple[str, ...] = ()) -> None:
        if not isinstance(schema, dict):
            return
        if name := schema.get("$ref", "").rpartition("/")[2]:
            if name not in known:
                look(where, schemas[name], (*known, name))
            return
        if schema.get("type") == "integer" and not {"minimum", "maximum"} <= schema.keys():
            without.append(where)
        for name, field in schema.get("properties", {}).items():
            look(f"{where} {name}", field, known)
        for part in (*schema.get("anyOf", ()), *schema.get("oneOf", ()), schema.get("items")):
            look(where, part, known)

    for path, methods in told["paths"].items():
        for method, described in methods.items():
            where = f"{method.upper()} {path}"
            for content in described.get("requestBody", {}).get("content", {}).values():
                look(where, content.get("schema"))
            for parameter in described.get("parameters", ()):
                look(f"{where}?{parameter['name']}", parameter["schema"])
    assert not without
