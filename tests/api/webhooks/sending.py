"""Sends webhooks as their sources do, and reads what is answered."""

from typing import Any

import httpx

from tests.api.conftest import Api
from tests.stories.desk import Ticket


async def send(api: Api, source: str, body: Any, **headers: str) -> httpx.Response:
    """A webhook of a source with its key."""
    key = {"Authorization": f"Bearer {api.source_key(source)}"}
    return await api.http.post(f"/intake/{source}", json=body, headers=key | headers)


async def enqueue(api: Api, body: dict[str, Any], key: str = "") -> httpx.Response:
    routing_key = key or api.source_key("pagerduty")
    return await api.http.post("/v2/enqueue", json={"routing_key": routing_key, **body})


def results(answer: httpx.Response) -> list[dict[str, Any]]:
    assert answer.status_code == 202, answer.text
    found: list[dict[str, Any]] = answer.json()["results"]
    return found


def ticket(api: Api, answer: httpx.Response) -> Ticket:
    return api.desk.ticket(results(answer)[0]["incident_id"])
