"""Whose request is begun next, when thousands come at one moment."""

import asyncio
from collections.abc import Sequence

from starlette.types import Message, Receive, Scope, Send

from standfast.api.access import IS_KNOWN
from standfast.web.fair_turns import BEGUN_IN_A_TURN, FairTurns

BURST = 500
ADMINISTRATOR = ((b"authorization", b"Bearer right"),)


class Site:
    """Notes which request it begins, and knows the administrator."""

    def __init__(self) -> None:
        self.begun: list[str] = []
        self.door = FairTurns(self._app)

    async def _app(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.begun.append(scope["path"])
        await asyncio.sleep(0)
        if tuple(scope["headers"]) == ADMINISTRATOR:
            scope["state"][IS_KNOWN] = True

    def ask(
        self, path: str, address: str, headers: Sequence[tuple[bytes, bytes]] = ()
    ) -> "asyncio.Task[None]":
        scope = {"type": "http", "path": path, "client": (address, 1), "headers": list(headers)}
        return asyncio.create_task(_asked(self.door, scope))


async def _asked(door: FairTurns, scope: Scope) -> None:
    await door(scope, _nothing_comes, _nobody_listens)


async def _nothing_comes() -> Message:
    raise AssertionError("this site reads nothing")


async def _nobody_listens(_: Message) -> None:
    raise AssertionError("this site says nothing")


async def test_who_is_known_goes_ahead_of_a_burst_of_strangers() -> None:
    site = Site()
    await site.ask("first", "10.0.0.1", ADMINISTRATOR)
    burst = [site.ask("burst", "10.0.0.1") for _ in range(BURST)]
    page = site.ask("page", "10.0.0.1", ADMINISTRATOR)
    await asyncio.gather(page, *burst)
    assert site.begun.index("page") <= 2 * BEGUN_IN_A_TURN
    assert site.begun.count("burst") == BURST


async def test_a_stranger_waits_for_one_request_of_each_other_address() -> None:
    site = Site()
    burst = [site.ask(f"burst {number % 3}", f"10.0.0.{number % 3}") for number in range(BURST)]
    page = site.ask("sign-in", "10.0.0.9")
    await asyncio.gather(page, *burst)
    assert site.begun.index("sign-in") <= 3 * BEGUN_IN_A_TURN


async def test_a_burst_of_somebody_known_keeps_out_neither_others_who_are_nor_strangers() -> None:
    site = Site()
    await site.ask("first", "10.0.0.1", ADMINISTRATOR)
    burst = [site.ask("burst", "10.0.0.1", ADMINISTRATOR) for _ in range(BURST)]
    stranger = site.ask("stranger", "10.0.0.2")
    await asyncio.gather(stranger, *burst)
    assert site.begun.index("stranger") <= 2 * BEGUN_IN_A_TURN
    assert site.begun.count("burst") == BURST


async def test_wrong_credentials_do_not_make_an_address_into_many_callers() -> None:
    site = Site()
    burst = [
        site.ask("burst", "10.0.0.1", ((b"authorization", b"Bearer %d" % number),))
        for number in range(BURST)
    ]
    page = site.ask("sign-in", "10.0.0.9")
    await asyncio.gather(page, *burst)
    assert site.begun.index("sign-in") <= 2 * BEGUN_IN_A_TURN


async def test_a_client_that_goes_away_while_it_waits_costs_nobody_a_turn() -> None:
    site = Site()
    gone = [site.ask("gone", "10.0.0.1") for _ in range(BURST)]
    await asyncio.sleep(0)
    for one in gone:
        one.cancel()
    await site.ask("page", "10.0.0.1")
    assert site.begun[-1] == "page"
    assert len(site.begun) <= 2 * BEGUN_IN_A_TURN + 1
