"""How many incidents the workers have in memory, by their own metric."""

import re
from collections.abc import Sequence

import httpx

MOST_PROCESSES = 8
"""Of a worker, each with a port of its own."""

_METRIC = re.compile(r"^temporal_sticky_cache_size(?:\{[^}]*\})? (\S+)$", re.MULTILINE)


async def cached_incidents(ports: Sequence[int]) -> int | None:
    """The sum over the workers that offer metrics on these ports in a row; None where none does."""
    found: list[float] = []
    async with httpx.AsyncClient() as http:
        for port in ports:
            try:
                told = await http.get(f"http://127.0.0.1:{port}/metrics")
            except httpx.TransportError:
                break  # the processes of a worker have ports in a row
            found += map(float, _METRIC.findall(told.text))
    return int(sum(found)) if found else None
