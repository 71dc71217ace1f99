"""The doors for webhooks, with the sources of the shipped policy and two of Storyville's own."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from standfast.policy_file.shipped import SHIPPED_POLICY
from tests.api.conftest import Api, open_api
from tests.api.test_signatures import NEW, OLD
from tests.stories.desk import Desk

_TILLS = {
    "key": "{till}",
    "state": "{state}",
    "states": {"trigger": "broken", "resolve": "fine", "ignore": "*"},
    "title": "Till {till} crashed",
    "service": "till",
}

OWN_SOURCES = {
    "tills": {
        "title": "Tills",
        "mappings": {"till": _TILLS},
        "signature": {"style": "standard_webhooks", "secrets": ["secret:OLD", "secret:NEW"]},
    },
    "robots": {
        "title": "Robots",
        "mappings": {"robot": _TILLS},
        "signature": {"style": "pagerduty", "secrets": ["secret:OLD", "secret:NEW"]},
    },
    "slow": {"title": "Few", "mappings": {"till": _TILLS}, "max_per_minute": 2},
    "many": {
        "title": "Many",
        "mappings": {"tills": {**_TILLS, "items": "tills"}},
        "max_per_minute": 3,
    },
    "grouped": {
        "title": "Grouped by us",
        "mappings": {"till": _TILLS},
        "group": "policy",
        "window": "1h",
    },
}


@pytest.fixture
async def api(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Api]:
    """The API of the service desk of Storyville."""
    monkeypatch.setenv("STANDFAST_SECRET_OLD", OLD)
    monkeypatch.setenv("STANDFAST_SECRET_NEW", NEW)
    shipped = Path(SHIPPED_POLICY).parent / "sources.yaml"
    desk.amend(extends=str(shipped), sources=OWN_SOURCES)
    async with open_api(desk) as api:
        yield api
