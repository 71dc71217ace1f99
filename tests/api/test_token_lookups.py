"""Wrong tokens and keys: they have to wait, at every door, and hold up nobody else."""

import asyncio
from pathlib import Path

from standfast.api.token_lookups import TokenLookups
from standfast.incidents.roles import Role
from standfast.time.rate_limiters import ClientRateLimiter
from tests.console.house import Browser, open_house

MOST = 2
"""Wrong tokens of an address, in these tests."""

DOORS: dict[str, tuple[str, int]] = {
    "GET /api/incidents?limit=none": ("role", 401),
    "GET /metrics": ("metrics", 401),
    "POST /intake/generic": ("generic", 401),
    "PUT /intake/generic": ("generic", 401),
    "POST /intake/nowhere": ("nowhere", 401),
    "POST /intake/email": ("email", 401),
    "POST /api/v2/alerts": ("prometheus", 401),
    # Only a 400 makes clients of PagerDuty give up.
    "POST /v2/enqueue": ("pagerduty", 400),
    "POST /v2/change/enqueue": ("pagerduty", 400),
}
"""Every door that a token or key opens: who is let in, and what the others get."""


async def test_wrong_keys_have_to_wait_at_every_door_and_right_ones_never(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.app.state.unknown_tokens = ClientRateLimiter(MOST, 60)
        for number, (door, (source, refused)) in enumerate(DOORS.items()):
            method, path = door.split(" ")
            right = (
                house.token(Role.OPERATOR).secret if source == "role" else house.source_key(source)
            )
            wrong = [f"sft_{n}" for n in range(MOST + 2)]
            body: object = [] if path == "/api/v2/alerts" else {}
            async with house.browser(f"10.0.0.{number}") as browser:

                async def status(key: str, browser: Browser = browser) -> int:
                    headers = {"Authorization": f"Bearer {key}", "X-Routing-Key": key}
                    answer = await browser.http.request(method, path, headers=headers, json=body)  # noqa: B023
                    return answer.status_code

                assert [await status(each) for each in wrong] == [refused] * MOST + [429] * 2, door
                assert await status(right) not in (401, 403, 429), door
                # All at once they are not even looked up; the right one, known by now, is.
                among = [*wrong, right, *wrong]
                at_once = await asyncio.gather(*(status(each) for each in among))
                assert at_once.pop(len(wrong)) not in (401, 403, 429), door
                assert set(at_once) == {429}, door


async def test_look_ups_of_an_address_with_many_wrong_tokens_wait_for_none_of_others() -> None:
    lookups = TokenLookups()
    with lookups.running("here"), lookups.running("here"):
        assert lookups.has_room("here", "any")
        with lookups.running("here"), lookups.running("here"):
            assert not lookups.has_room("here", "any")
            assert lookups.has_room("there", "any")
            lookups.was_right("known")
            assert lookups.has_room("here", "known")
    assert lookups.has_room("here", "any")
    assert await lookups.run(lambda number: number + 1, 1) == 2
