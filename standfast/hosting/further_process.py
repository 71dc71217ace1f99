"""A further process of a worker: runs incidents, and nothing else that a worker does.

The first process (`hosting.service`) starts it, when server, records and build are in order.
"""

import asyncio
import os
from contextlib import AsyncExitStack

from temporalio.worker import Worker

from standfast.hosting.build import code_id
from standfast.hosting.connection import connect
from standfast.hosting.errors import HostingError
from standfast.hosting.incident_worker import at_work
from standfast.hosting.links import incident_link
from standfast.hosting.logs import log_to_standard_error
from standfast.hosting.records import open_records
from standfast.hosting.settings import Settings, load_settings
from standfast.hosting.stopping import StopSignals, drain, exit_code_of, say
from standfast.hosting.wiring import worker_on
from standfast.policy_file.source import PolicySource


def serve_further(number: int, code: str) -> int:
    """Run incidents until SIGTERM or SIGINT; the exit code: 0 after a signal, 1 for an error.

    number: 2 for the first one of them.
    code: the id of the first process's code.
    """
    log_to_standard_error()
    try:
        return exit_code_of(f"standfast-worker, process {number}", _serve(number, code))
    except asyncio.CancelledError:
        return 0


async def _serve(number: int, code: str) -> None:
    """Prints one line, once it works."""
    signals = StopSignals()
    if code_id() != code:
        raise HostingError(
            f"the code that is installed ({code_id()}) is not that of the running worker "
            f"({code}): start the worker again"
        )
    settings = load_settings()
    policy = PolicySource(settings.policy)
    async with AsyncExitStack() as ends:
        records = open_records(settings)
        ends.callback(records.close)
        client = await connect(
            settings, metrics_port=_metrics_port(settings, number), records=lambda: records
        )
        link = incident_link(settings)
        worker = await ends.enter_async_context(worker_on(client, settings, policy, records, link))
        signals.started()
        working = asyncio.create_task(worker.run())
        told = asyncio.create_task(signals.wait())
        announcing = asyncio.create_task(_announce(worker, number))
        try:
            await asyncio.wait({working, told}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            told.cancel()
            announcing.cancel()
            await drain(worker, working, settings.grace)
        (failure,) = await asyncio.gather(working, return_exceptions=True)
        if failure:
            raise HostingError(f"it failed: {failure}") from failure


async def _announce(worker: Worker, number: int) -> None:
    await at_work(worker)
    say(f"worker process {number} runs incidents too (process id {os.getpid()})")


def _metrics_port(settings: Settings, number: int) -> int | None:
    """Its own port: the next ones after that of the first process; 0 is any free one for each."""
    first = settings.metrics_port
    return first + number - 1 if first else first
