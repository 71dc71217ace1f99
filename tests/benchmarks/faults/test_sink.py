"""The channel keeps what is handed over, and answers as it is told to."""

import asyncio

import httpx
import pytest

from benchmarks.faults.sink import Handling, Sink, open_sink

KEY = "INC-AAAAAAAAAA:1:page-1:1"


async def send(sink: Sink) -> int | None:
    """The status of the answer; None without one."""
    async with httpx.AsyncClient(timeout=0.2) as http:
        try:
            answer = await http.post(
                f"http://{sink.address}/ana",
                json={"title": "Please", "message": "act"},
                headers={"Idempotency-Key": KEY},
            )
        except httpx.TransportError:
            return None
        return answer.status_code


@pytest.mark.parametrize(
    ("handling", "status", "kept", "answered"),
    [
        (Handling.ANSWERS, 200, 1, True),
        (Handling.FAILS, 500, 1, False),
        (Handling.HANGS, None, 1, False),
        (Handling.LATE, None, 1, False),
        (Handling.REFUSES, None, 0, False),
    ],
)
async def test_each_handling(
    handling: Handling, status: int | None, kept: int, answered: bool
) -> None:
    async with open_sink() as sink:
        await sink.handle(handling)
        assert await send(sink) == status
        assert [(one.key, one.person, one.text) for one in sink.arrived] == (
            [(KEY, "ana", "Please\nact")] * kept
        )
        assert [one.answered for one in sink.arrived] == [answered] * kept
        await sink.handle(Handling.ANSWERS)
        assert await send(sink) == 200
        assert await sink.page_for("INC-AAAAAAAAAA", 1.0)


async def test_a_page_that_does_not_come_is_waited_for_in_vain() -> None:
    async with open_sink() as sink:
        waits = asyncio.create_task(sink.page_for("INC-BBBBBBBBBB", 0.1))
        assert await send(sink) == 200
        assert not await waits
