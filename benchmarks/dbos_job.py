"""The same job on DBOS and PostgreSQL, in one process with what drives it.

    VENV/bin/python -m benchmarks.dbos_job URL N CONCURRENCY WARM_UP

VENV has the packages dbos and httpx; nothing else of the project is imported. URL is of DBOS's
system database. Prints a JSON document: seconds for N jobs, and the CPU of this process for each.
"""

import asyncio
import importlib
import json
import os
import sys
import time
import uuid
from typing import Any

import httpx

from benchmarks.inbox import Inbox, open_inbox

_CONNECTIONS = 20


def workflow_on(dbos: Any, http: httpx.AsyncClient, url: str) -> Any:
    """The workflow over its steps, registered; messages go to `url`."""
    decisions = [dbos.step()(each) for each in (_triage, _classify, _impact, _assign)]
    write = dbos.step()(_record)

    async def send(identity: str) -> None:
        answer = await http.post(url, json={"title": identity})
        answer.raise_for_status()

    page = dbos.step()(send)

    async def incident(identity: str) -> str:
        for decide in decisions:
            await decide(identity)
        await page(identity)
        await dbos.recv_async("acknowledge", timeout_seconds=4 * 3600)
        await dbos.recv_async("resolve", timeout_seconds=24 * 3600)
        await page(identity)
        await dbos.recv_async("confirm", timeout_seconds=72 * 3600)
        await page(identity)
        await write(identity)
        return "done"

    return dbos.workflow()(incident)


async def _triage(_: str) -> dict[str, str]:
    return {"priority": "P3"}


async def _classify(_: str) -> dict[str, str]:
    return {"category": "network"}


async def _impact(_: str) -> dict[str, bool]:
    return {"high": False}


async def _assign(_: str) -> dict[str, str]:
    return {"who": "ana"}


async def _record(_: str) -> bool:
    return True  # DBOS itself writes what a step returned: that is the record


async def _one(dbos: Any, with_id: Any, incident: Any, inbox: Inbox) -> None:
    identity = f"job-{uuid.uuid4().hex}"
    with with_id(identity):
        handle = await dbos.start_workflow_async(incident, identity)
    await inbox.wait(identity, 1)
    for topic in ("acknowledge", "resolve"):
        await dbos.send_async(identity, {"by": "ana"}, topic=topic)
    await inbox.wait(identity, 2)
    await dbos.send_async(identity, {"by": "ana"}, topic="confirm")
    await handle.get_result()


async def _measure(url: str, n: int, at_once: int, warm_up: int) -> dict[str, float]:
    # What an earlier run left behind, had it been broken off, is not taken up again.
    os.environ["DBOS__APPVERSION"] = uuid.uuid4().hex
    module = importlib.import_module("dbos")
    dbos = module.DBOS
    dbos(
        config={
            "name": "benchmark",
            "system_database_url": url,
            "run_admin_server": False,
            "log_level": "ERROR",
        }
    )
    limits = httpx.Limits(max_connections=_CONNECTIONS)
    async with open_inbox() as inbox, httpx.AsyncClient(limits=limits) as http:
        incident = workflow_on(dbos, http, inbox.url)
        dbos.launch()
        free = asyncio.Semaphore(at_once)

        async def one() -> None:
            async with free:
                await _one(dbos, module.SetWorkflowID, incident, inbox)

        await asyncio.gather(*(one() for _ in range(warm_up)))
        began, used = time.perf_counter(), time.process_time()
        await asyncio.gather(*(one() for _ in range(n)))
        took, cpu = time.perf_counter() - began, time.process_time() - used
        dbos.destroy()
    return {"seconds": took, "cpu_ms": cpu / n * 1000}


def main() -> None:
    """Print what it took."""
    url, n, at_once, warm_up = sys.argv[1], *map(int, sys.argv[2:5])
    print(json.dumps(asyncio.run(_measure(url, n, at_once, warm_up))))


if __name__ == "__main__":
    main()
