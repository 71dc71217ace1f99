"""The inbox counts what comes in about each incident, and says what never came."""

import asyncio

import httpx
import pytest

from benchmarks import inbox as inbox_module
from benchmarks.inbox import Inbox, open_inbox

ONE, OTHER = "INC-ABCDEFGHJK", f"job-{'0' * 32}"


async def send(inbox: Inbox, *texts: str) -> None:
    async with httpx.AsyncClient() as http:
        for text in texts:
            answer = await http.post(inbox.url, json={"title": text})
            assert answer.json() == {}


async def test_messages_are_counted_by_what_they_name() -> None:
    first: list[str] = []
    async with open_inbox(first.append) as inbox:
        await send(inbox, f"{ONE}: wiki crashed", f"{OTHER} again", f"{ONE}: again", "nothing")
        await inbox.wait(ONE, 2)
        await inbox.wait(OTHER)
        assert inbox.messages == 4
        assert inbox.first.keys() == {ONE, OTHER}
        assert inbox.first[ONE] < inbox.first[OTHER]
    assert first == [ONE, OTHER]


async def test_who_waits_is_woken_by_the_message() -> None:
    async with open_inbox() as inbox:
        waiting = asyncio.create_task(inbox.wait(ONE, 2))
        await send(inbox, ONE)
        assert not waiting.done()
        await send(inbox, ONE)
        await waiting


async def test_what_does_not_come_is_said() -> None:
    async with open_inbox() as inbox:
        await send(inbox, ONE)
        with pytest.raises(TimeoutError, match=f"1 of 2 messages about {ONE}"):
            await inbox.wait(ONE, 2, within=0.05)


async def test_what_is_missing_is_named_once_nothing_comes_any_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(inbox_module, "STALLED", 0.05)
    async with open_inbox() as inbox:
        await send(inbox, ONE)
        assert await inbox.missing([ONE]) == []
        assert await inbox.missing([ONE, OTHER]) == [OTHER]
