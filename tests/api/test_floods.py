"""Nobody stalls the rest: what one caller, source or stranger may take of the API."""

import asyncio
from pathlib import Path

import pytest

from standfast.api.access import Caller
from standfast.api.caller_budgets import PER_MINUTE, SENT_REPORTS, CallerBudgets
from standfast.api.event_streams import FOR_ADMINISTRATORS, MOST_OF_A_CALLER, EventStreams
from standfast.api.problems import Problem
from standfast.api.rate_limits import ClientRateLimiter
from standfast.api.token_lookups import TokenLookups
from standfast.incidents.roles import Role
from standfast.records.tokens import NewToken
from tests.console.house import Browser, House, open_house

CHANGE = {"payload": {"summary": "Version 2.4 is deployed", "source": "ci"}}
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


def key_of(house: House, source: str) -> str:
    if source == "role":
        return house.token(Role.OPERATOR).secret
    return house.records.tokens.create(NewToken(name=source, source=source)).secret


async def test_wrong_keys_have_to_wait_at_every_door_and_right_ones_never(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house:
        house.app.state.unknown_tokens = ClientRateLimiter(MOST, 60)
        for number, (door, (source, refused)) in enumerate(DOORS.items()):
            method, path = door.split(" ")
            right, wrong = key_of(house, source), [f"sft_{n}" for n in range(MOST + 2)]
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


def test_nobody_has_all_event_streams_and_an_administrator_always_gets_one() -> None:
    streams = EventStreams(2 * MOST_OF_A_CALLER)
    rita, ana, root = (
        Caller("rita", Role.REPORTER),
        Caller("ana", Role.RESPONDER),
        Caller("root", Role.ADMINISTRATOR),
    )
    opened = [streams.opened(rita) for _ in range(MOST_OF_A_CALLER)]
    for stream in opened:
        stream.__enter__()
    with pytest.raises(Problem, match="rita has 50 event streams open") as refused:
        streams.opened(rita).__enter__()
    assert refused.value.status == 429
    assert refused.value.headers["Retry-After"]
    more = [streams.opened(ana) for _ in range(MOST_OF_A_CALLER - FOR_ADMINISTRATORS)]
    for stream in more:
        stream.__enter__()
    with pytest.raises(Problem, match="no more may be"):
        streams.opened(ana).__enter__()
    with streams.opened(root):
        pass
    for stream in opened:
        stream.__exit__(None, None, None)
    with streams.opened(rita), streams.opened(ana):
        pass


def test_a_reporter_sends_so_many_reports_in_a_minute_and_others_go_on() -> None:
    budgets = CallerBudgets()
    rita, ana = Caller("rita", Role.REPORTER), Caller("ana", Role.OPERATOR)
    for _ in range(PER_MINUTE[SENT_REPORTS]):
        budgets.spend(SENT_REPORTS, rita)
    with pytest.raises(Problem, match="rita has sent 60 reports in a minute") as refused:
        budgets.spend(SENT_REPORTS, rita)
    assert (refused.value.status, refused.value.headers) == (429, {"Retry-After": "1"})
    budgets.spend(SENT_REPORTS, Caller("mia", Role.REPORTER))
    for _ in range(1_000):
        budgets.spend(SENT_REPORTS, ana)


async def test_reports_and_actions_are_counted_at_the_api_and_in_the_console(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        secret = house.token(Role.REPORTER, "rita").secret
        headers = {"Authorization": f"Bearer {secret}"}
        for what in PER_MINUTE:
            for _ in range(PER_MINUTE[what]):
                house.app.state.caller_budgets.spend(what, Caller("rita", Role.REPORTER))
        one = "/incidents/INC-AAAAAAAAAA/comment"
        api = await browser.http.post("/api/incidents", json={"title": "T"}, headers=headers)
        acted = await browser.http.post(f"/api{one}", json={"text": "T"}, headers=headers)
        await browser.sign_in(secret)
        page = await browser.send(await browser.get("/report"), "/report", title="T")
        assert [answer.status_code for answer in (api, acted, page)] == [429] * 3


async def test_a_monitor_may_call_us_by_any_name_and_a_browser_may_not(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        named = {"Host": "monitoring.internal"}
        key = named | {"X-Routing-Key": key_of(house, "pagerduty")}
        for path in ("/v2/change/enqueue", "/v2//change/enqueue/"):
            taken = await browser.http.post(path, json=CHANGE, headers=key)
            assert taken.status_code == 202, path
        unknown = await browser.http.post("/intake/generic", json={}, headers=named)
        assert unknown.status_code == 401
        for path in ("/", "/sign-in", "/api/incidents", "/healthz", "/intakes/"):
            assert (await browser.http.get(path, headers=named)).status_code == 421, path


async def test_what_strangers_make_up_is_no_label_and_metrics_are_not_for_them(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        for path in ("/healthz", "/nowhere/4711", "/api/incidents/INC-4711"):
            await browser.http.request("FANCY", path)
        assert (await browser.http.get("/metrics")).status_code == 401
        key = {"Authorization": f"Bearer {key_of(house, 'metrics')}"}
        told = (await browser.http.get("/metrics", headers=key)).text
        assert 'standfast_api_requests_total{method="any",route="none",status="404"} 1.0' in told
        assert "FANCY" not in told
        assert "4711" not in told
        assert (await browser.http.get("/api/incidents", headers=key)).status_code == 403


async def test_strangers_learn_only_whether_it_is_ready(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        stranger = await browser.http.get("/readyz")
        assert stranger.status_code == 503
        assert "Temporal" not in stranger.text
        assert "checks" not in stranger.json()
        headers = {"Authorization": f"Bearer {key_of(house, 'metrics')}"}
        told = (await browser.http.get("/readyz", headers=headers)).json()
        assert told["checks"]["records"] == "ok"
        assert "Temporal cannot be reached" in told["checks"]["temporal"]
