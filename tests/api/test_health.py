"""What strangers learn of how it is."""

from pathlib import Path

from tests.console.house import open_house


async def test_what_strangers_make_up_is_no_label_and_metrics_are_not_for_them(
    tmp_path: Path,
) -> None:
    async with open_house(tmp_path) as house, house.browser() as browser:
        for path in ("/healthz", "/nowhere/4711", "/api/incidents/INC-4711"):
            await browser.http.request("FANCY", path)
        assert (await browser.http.get("/metrics")).status_code == 401
        key = {"Authorization": f"Bearer {house.source_key('metrics')}"}
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
        headers = {"Authorization": f"Bearer {house.source_key('metrics')}"}
        told = (await browser.http.get("/readyz", headers=headers)).json()
        assert told["checks"]["records"] == "ok"
        assert "Temporal cannot be reached" in told["checks"]["temporal"]
