"""The SDK's requests, sent as all of ours are: to hosts on a list, and no answer without end."""

from collections.abc import Sequence
from datetime import timedelta

import httpx

from standfast.outgoing.egress import read_prefix, request

WITHIN = timedelta(seconds=15)
"""How long one request may take."""

_LARGEST_ANSWER = 4_000_000
"""Bytes; the largest is a page of a channel's messages."""

_SENT = ("accept", "authorization", "content-type")


class EgressTransport(httpx.AsyncBaseTransport):
    """Sends what an `httpx.AsyncClient` was asked for, through `outgoing.egress`."""

    def __init__(self, hosts: Sequence[str]) -> None:
        self._hosts = tuple(hosts)

    async def handle_async_request(self, asked: httpx.Request) -> httpx.Response:
        """Raises what `egress.request` does."""
        headers = {name: asked.headers[name] for name in _SENT if name in asked.headers}
        content = await asked.aread()
        async with request(
            asked.method,
            str(asked.url),
            hosts=self._hosts,
            within=WITHIN,
            headers=headers,
            content=content or None,
        ) as answer:
            body = await read_prefix(answer, _LARGEST_ANSWER)
        told = {
            name: answer.headers[name]
            for name in ("content-type", "retry-after")
            if name in answer.headers
        }
        return httpx.Response(answer.status_code, headers=told, content=body, request=asked)
