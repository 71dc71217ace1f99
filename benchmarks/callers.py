"""People and programs who report and act through any of several APIs, and repeat what got lost."""

import asyncio
import uuid
from collections.abc import Sequence
from itertools import count
from typing import Any

import httpx

from benchmarks.inbox import Inbox

_AGAIN_AFTER = 0.2
"""Seconds; shorter than an API asks for, so that the pause is not what is measured."""


class Callers:
    """Whoever walks an incident through its path, as docs/api.md asks clients to.

    repeated: requests that were sent again, since they got no answer, or one that asks for it.
    """

    def __init__(self, addresses: Sequence[str], token: str, http: httpx.AsyncClient) -> None:
        """`addresses` may change; `token` is that of an operator."""
        self.addresses = list(addresses)
        self.repeated = 0
        self._http = http
        self._headers = {"Authorization": f"Bearer {token}"}
        self._turns = count()

    async def whole_path(self, inbox: Inbox) -> str:
        """One incident from its report to the reporter's answer; its id."""
        report = {"title": f"Wiki crashed {uuid.uuid4().hex}", "service": "wiki"}
        opened = await self._say("", {**report, "reporter": "bench"})
        incident = str(opened["incident_id"])
        await inbox.wait(incident, 1)
        await self._say(f"/{incident}/acknowledge", {"by": "ana"})
        await self._say(f"/{incident}/resolve", {"by": "ana", "summary": "Restarted it"})
        await inbox.wait(incident, 2)
        await self._say(f"/{incident}/verify", {"by": "bench", "verdict": "resolved"})
        return incident

    async def _say(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """Say it to one API after the other, until one has it.

        Raises:
            RuntimeError: it was refused.
        """
        headers = {**self._headers, "Idempotency-Key": uuid.uuid4().hex}
        unclear = False
        while True:
            address = self.addresses[next(self._turns) % len(self.addresses)]
            try:
                answer = await self._http.post(
                    f"{address}/api/incidents{path}", json=body, headers=headers
                )
            except httpx.TransportError:
                answer = None
            if answer is not None and not _is_to_be_repeated(answer):
                # An earlier try without an answer may have done it.
                if answer.is_success or (unclear and answer.status_code == 409):
                    return dict(answer.json())
                raise RuntimeError(f"{path or 'a report'} was refused: {answer.text}")
            unclear = True
            self.repeated += 1
            await asyncio.sleep(_AGAIN_AFTER)


def _is_to_be_repeated(answer: httpx.Response) -> bool:
    return answer.status_code >= 500 or "retry-after" in answer.headers
