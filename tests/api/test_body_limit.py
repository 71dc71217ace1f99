"""Bodies that come slowly."""

import asyncio

import pytest
from fastapi import Request
from starlette.exceptions import HTTPException
from starlette.types import Message

from standfast.api.body_limit import read_prefix


async def test_a_body_that_never_ends_is_waited_for_so_long_only() -> None:
    """Whoever sends a byte now and then would keep a connection for ever."""

    async def slowly() -> Message:
        await asyncio.sleep(0.001)
        return {"type": "http.request", "body": b" ", "more_body": True}

    request = Request({"type": "http", "method": "POST", "headers": []}, slowly)
    with pytest.raises(HTTPException) as late:
        await read_prefix(request, 1_000_000, within=0.02)
    assert late.value.status_code == 408
