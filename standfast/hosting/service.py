"""What `worker.py` runs until a signal: a worker, and an embedded server if none is configured.

This is its first process, which starts the further ones: `hosting.process_keeper`.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack
from typing import Any

from temporalio.client import Client
from temporalio.worker import Worker

from standfast.hosting import data_directory
from standfast.hosting.build_registration import refuse_other_code, register_build
from standfast.hosting.catching_up import keep_caught_up
from standfast.hosting.connection import DEFAULT_NAMESPACE, configured_options, connect
from standfast.hosting.cores import default_processes
from standfast.hosting.embedded_server import EmbeddedServer
from standfast.hosting.errors import HostingError
from standfast.hosting.incident_worker import at_work
from standfast.hosting.links import incident_link
from standfast.hosting.logs import log_to_standard_error
from standfast.hosting.namespace import register_search_attributes, set_retention
from standfast.hosting.other_code import lines_about_other_code
from standfast.hosting.policy_versions import PolicyVersions
from standfast.hosting.process_keeper import ProcessKeeper
from standfast.hosting.records import open_records, shown_url
from standfast.hosting.retention import retention
from standfast.hosting.reviews import keep_reviews_started
from standfast.hosting.settings import Settings, load_settings
from standfast.hosting.stopping import StopSignals, drain, exit_code_of, say
from standfast.hosting.watchdog import build_watchdog
from standfast.hosting.wiring import worker_on
from standfast.policy_file.source import PolicySource
from standfast.records.errors import RecordsUnavailable, UpgradeFailed
from standfast.records.store import RecordStore

_PREPARED_WITHIN = 15.0
"""Seconds. A longer upgrade goes on beside the worker; what needs the records waits for it."""


def serve(processes: int | None = None) -> int:
    """Run incidents until SIGTERM or SIGINT; the exit code: 0 after a signal, 1 for an error.

    processes: how many the worker shall have; None leaves it to the settings.
    """
    log_to_standard_error()
    try:
        return exit_code_of("standfast-worker", _serve(processes))
    except asyncio.CancelledError:
        say("Stopped before it had started.")
        return 0


async def _serve(processes: int | None) -> None:
    await Service(load_settings(worker_processes=processes)).run()


class Service:
    """The worker process: starts in order, runs until a signal or a failure, stops in reverse."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        embedded = not configured_options().get("target_host")
        self._processes = settings.worker_processes or default_processes(embedded=embedded)
        self._keeper = ProcessKeeper(settings, self._processes)

    async def run(self) -> None:
        """Run it all; CancelledError when a signal comes before it is up."""
        signals = StopSignals(before_exit=self._keeper.kill)
        policy = PolicySource(self._settings.policy)
        data_directory.create(self._settings.data_dir)
        async with AsyncExitStack() as ends:
            records = open_records(self._settings)
            ends.callback(records.close)
            attention = await _prepare(records)
            server = await self._server(ends)
            client = await connect(
                self._settings, metrics_port=self._settings.metrics_port, records=lambda: records
            )
            await register_search_attributes(client)
            await refuse_other_code(client, self._settings)
            if server:
                await set_retention(client, self._settings.retention)
            link = incident_link(self._settings)
            worker = await ends.enter_async_context(
                worker_on(client, self._settings, policy, records, link)
            )
            signals.started()
            address = client.service_client.config.target_host
            where = f"{address}, namespace {client.namespace}"
            greeting = (
                "Standfast runs incidents. Ctrl-C stops it.",
                f"  Temporal  {where}" + (" (embedded)" if server else ""),
                f"  Data      {self._settings.data_dir}",
                f"  Records   {shown_url(self._settings)}",
                f"  Policy    {self._settings.policy}, version {policy.current().version}",
                *([f"  Processes {self._processes}"] if self._processes > 1 else []),
                *attention,
            )
            watchdog = build_watchdog(client, self._settings, policy, records, link)
            announce = self._announce(client, worker, greeting)
            kept = retention(client, self._settings, policy, records)
            versions = PolicyVersions(policy, records)
            catching_up = keep_caught_up(records, policy)
            reviews = keep_reviews_started(client, records, self._settings.task_queue)
            beside = [
                watchdog.run(),
                kept.run(),
                versions.run(),
                catching_up,
                reviews,
                announce,
            ]
            await self._work(worker, server, beside, signals)

    async def _server(self, ends: AsyncExitStack) -> EmbeddedServer | None:
        """The embedded server, running, unless another one is configured."""
        options = configured_options()
        if options.get("target_host"):
            return None
        namespace = options.get("namespace") or DEFAULT_NAMESPACE
        server = EmbeddedServer(self._settings, namespace=namespace)
        ends.push_async_callback(server.stop)
        await server.start()
        return server

    async def _work(
        self,
        worker: Worker,
        server: EmbeddedServer | None,
        beside: Sequence[Coroutine[Any, Any, None]],
        signals: StopSignals,
    ) -> None:
        """Run incidents until a signal; HostingError when the worker or the server fails."""
        working = asyncio.create_task(worker.run())
        others = {asyncio.create_task(each) for each in beside}
        ends = {working, asyncio.create_task(signals.wait())}
        if server:
            ends.add(asyncio.create_task(server.wait()))
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (ends - {working}) | others:
                task.cancel()
            if not working.done():
                say("Stopping: running activities may finish first.")
            grace = self._settings.grace
            failures, _ = await asyncio.gather(self._keeper.stop(), drain(worker, working, grace))
        (failure,) = await asyncio.gather(working, return_exceptions=True)
        for task in done - {working}:
            task.result()  # a lost server is the cause of a failed worker, so it is raised first
        if failure:
            raise HostingError(f"the worker failed: {failure}") from failure
        if failures:
            raise HostingError("; ".join(failures))

    async def _announce(self, client: Client, worker: Worker, lines: Sequence[str]) -> None:
        """Print the greeting once the worker polls: only then can its build be made current."""
        await at_work(worker)
        say(*lines)
        self._keeper.start()
        for line in await register_build(client, self._settings):
            say(line)
        for line in await lines_about_other_code(client, self._settings):
            say(line)


async def _prepare(records: RecordStore) -> tuple[str, ...]:
    """Upgrade the records now. While they are away, all goes on that does not need them.

    Returns what is to be said when the worker is up.

    Raises:
        HostingError: the upgrade failed.
    """
    try:
        async with asyncio.timeout(_PREPARED_WITHIN):
            await asyncio.to_thread(records.prepare)
    except UpgradeFailed as failed:
        raise HostingError(str(failed)) from None
    except RecordsUnavailable as away:
        return (f"Attention: {away}.",)
    except TimeoutError:
        return (
            f"Attention: the record store was not ready within {_PREPARED_WITHIN:.0f} s; what "
            "needs it waits: see whether it answers, and what holds its tables locked.",
        )
    return ()
