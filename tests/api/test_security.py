"""The names that we answer to."""

from pathlib import Path

import pytest

from standfast.api.security import KnownHosts
from tests.console.house import open_house

NAMES = ("localhost", "desk.example", "::1")
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


async def _nothing(*_: object) -> None:
    pass


@pytest.mark.parametrize(
    ("host", "ours"),
    [
        ("localhost", True),
        ("Desk.Example:8443", True),
        ("10.0.4.17:8055", True),
        ("[::1]:8055", True),
        ("[fe80::1]", True),
        ("", False),
        ("evil.example", False),
        ("localhost.evil.example", False),
        ("localhost.", False),
        ("2130706433", False),
        # What one program reads as our name and another as its own.
        ("evil.example@localhost", False),
        ("localhost/evil.example", False),
        ("localhost?evil.example", False),
        ("localhost#evil.example", False),
        ("localhost:80:90", False),
        ("localhost:x", False),
        ("[fe80::1%25evil.example]", False),
        ("[::1", False),
    ],
)
def test_our_names_are_names_and_nothing_around_them(host: str, ours: bool) -> None:
    assert KnownHosts(_nothing, NAMES).is_ours(host) is ours
