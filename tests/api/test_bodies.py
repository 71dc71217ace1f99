"""JSON bodies: of their kind, and with a number of fields."""

import json

import pytest
from fastapi import Request
from starlette.types import Message

from standfast.api.bodies import MOST_FIELDS, json_only
from standfast.api.problem_details import Problem


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
