"""The names that we answer to."""

from pathlib import Path

from tests.console.house import open_house

CHANGE = {"payload": {"summary": "Version 2.4 is deployed", "source": "ci"}}


async def test_a_monitor_may_call_us_by_any_name_and_a_browser_may_not(tmp_path: Path) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        named = {"Host": "monitoring.internal"}
        key = named | {"X-Routing-Key": house.source_key("pagerduty")}
        for path in ("/v2/change/enqueue", "/v2//change/enqueue/"):
            taken = await browser.http.post(path, json=CHANGE, headers=key)
            assert taken.status_code == 202, path
        unknown = await browser.http.post("/intake/generic", json={}, headers=named)
        assert unknown.status_code == 401
        for path in ("/", "/sign-in", "/api/incidents", "/healthz", "/intakes/"):
            assert (await browser.http.get(path, headers=named)).status_code == 421, path
