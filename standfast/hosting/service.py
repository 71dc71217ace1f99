"""What `worker.py` runs until a signal: a worker, and an embedded server if none is configured."""

import asyncio
import os
import signal
import sys
import time
from collections.abc import Coroutine, Sequence
from contextlib import AsyncExitStack, suppress
from typing import Any, NoReturn

from temporalio.client import Client
from temporalio.service import RPCError
from temporalio.worker import Worker

from standfast.health.watchdog import Watchdog
from standfast.hosting import data_directory
from standfast.hosting.build_registration import refuse_other_code, register_build
from standfast.hosting.connection import DEFAULT_NAMESPACE, configured_options, connect
from standfast.hosting.embedded_server import EmbeddedServer
from standfast.hosting.errors import HostingError
from standfast.hosting.logs import log_to_standard_error
from standfast.hosting.namespace import register_search_attributes, set_retention
from standfast.hosting.other_code import lines_about_other_code
from standfast.hosting.projector import Projector
from standfast.hosting.records import open_records, shown_url
from standfast.hosting.settings import INCIDENT, Settings, load_settings
from standfast.hosting.signing import signing_keys
from standfast.hosting.watchdog import build_watchdog
from standfast.hosting.wiring import build_activities, build_worker
from standfast.intake.confirmation_links import ReporterLinks
from standfast.notification.delivery import AnswerLinks
from standfast.policy_file.loading import PolicyError
from standfast.policy_file.source import PolicySource
from standfast.records.errors import RecordsUnavailable, UpgradeFailed
from standfast.records.store import RecordStore

_DRAIN_MARGIN = 10.0
"""Seconds beyond the grace period, for cancelled activities to clean up."""

_PREPARED_WITHIN = 15.0
"""Seconds. A longer upgrade goes on beside the worker; what needs the records waits for it."""

_SAME_SIGNAL = 0.5
"""Seconds in which a repeated signal counts as the same: `timeout` and others send it twice."""


def serve() -> int:
    """Run incidents until SIGTERM or SIGINT; the exit code: 0 after a signal, 1 for an error."""
    log_to_standard_error()
    try:
        asyncio.run(Service(load_settings()).run())
    except (HostingError, PolicyError) as error:
        print(f"standfast-worker: {error}", file=sys.stderr)
        return 1
    except RPCError as error:
        print(f"standfast-worker: Temporal refused: {error.message}", file=sys.stderr)
        return 1
    except asyncio.CancelledError:
        _print("Stopped before it had started.")
    return 0


class Service:
    """The worker process: starts in order, runs until a signal or a failure, stops in reverse."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = asyncio.Event()
        self._stop_requested_at: float | None = None
        self._starting: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Run it all; CancelledError when a signal comes before it is up."""
        self._starting = asyncio.current_task()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._signalled, number)
        policy = PolicySource(self._settings.policy)
        data_directory.create(self._settings.data_dir)
        async with AsyncExitStack() as ends:
            records = open_records(self._settings)
            ends.callback(records.close)
            attention = await _prepare(records)
            server = await self._server(ends)
            client = await connect(self._settings, metrics_port=self._settings.metrics_port)
            await register_search_attributes(client)
            await refuse_other_code(client, self._settings)
            if server:
                await set_retention(client, self._settings.retention)
            link = self._link(server, client.namespace)
            activities = build_activities(
                policy,
                records,
                data=self._settings.data_dir,
                link=link,
                reporter_links=self._reporter_links(),
            )
            projector = ends.enter_context(Projector(records.projections))
            worker = await ends.enter_async_context(
                build_worker(client, self._settings, activities, projector=projector)
            )
            self._starting = None
            address = client.service_client.config.target_host
            where = f"{address}, namespace {client.namespace}"
            greeting = (
                "Standfast runs incidents. Ctrl-C stops it.",
                f"  Temporal  {where}" + (" (embedded)" if server else ""),
                *([f"  Web UI    {server.record.ui}"] if server else []),
                f"  Data      {self._settings.data_dir}",
                f"  Records   {shown_url(self._settings)}",
                f"  Policy    {self._settings.policy}, version {policy.current().version}",
                *attention,
            )
            watchdog = build_watchdog(client, self._settings, policy, records, link)
            announce = self._announce(client, worker, greeting)
            await self._work(worker, watchdog, server, announce)

    def _link(self, server: EmbeddedServer | None, namespace: str) -> str:
        """The link for responders to an incident; empty where none is known."""
        if self._settings.link:
            return self._settings.link
        if self._settings.public_url:
            return f"{self._settings.public_url}/incidents/{INCIDENT}"
        if not server:
            return ""
        return f"{server.record.ui}/namespaces/{namespace}/workflows/{INCIDENT}"

    def _reporter_links(self) -> AnswerLinks | None:
        """The links by which reporters answer; None without a public address."""
        if not self._settings.public_url:
            return None
        keys = signing_keys(self._settings)
        links = ReporterLinks(keys, self._settings.public_url, self._settings.link_lifetime)
        return links.links

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
        watchdog: Watchdog,
        server: EmbeddedServer | None,
        announce: Coroutine[Any, Any, None],
    ) -> None:
        """Run incidents until a signal; HostingError when the worker or the server fails."""
        working = asyncio.create_task(worker.run())
        announcer = asyncio.create_task(announce)
        watching = asyncio.create_task(watchdog.run())
        ends = {working, asyncio.create_task(self._stop.wait())}
        if server:
            ends.add(asyncio.create_task(server.wait()))
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (ends - {working}) | {announcer, watching}:
                task.cancel()
            await self._drain(worker, working)
        (failure,) = await asyncio.gather(working, return_exceptions=True)
        for task in done - {working}:
            task.result()  # a lost server is the cause of a failed worker, so it is raised first
        if failure:
            raise HostingError(f"the worker failed: {failure}") from failure

    async def _announce(self, client: Client, worker: Worker, lines: Sequence[str]) -> None:
        """Print the greeting once the worker polls: only then can its build be made current.

        The SDK has no event for that, so it is polled.
        """
        while not worker.is_running:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        _print(*lines)
        for line in await register_build(client, self._settings):
            _print(line)
        for line in await lines_about_other_code(client, self._settings):
            _print(line)

    async def _drain(self, worker: Worker, working: asyncio.Task[None]) -> None:
        """Let running activities finish, within the grace period, while the server still runs."""
        if working.done():
            return
        _print("Stopping: running activities may finish first.")
        drained = asyncio.create_task(worker.shutdown())
        limit = self._settings.grace.total_seconds() + _DRAIN_MARGIN
        await asyncio.wait({drained}, timeout=limit)
        if not drained.done():
            _exit_now("Some activities did not end.")

    def _signalled(self, number: signal.Signals) -> None:
        now = time.monotonic()
        if self._stop_requested_at is None:
            self._stop_requested_at = now
            self._stop.set()
            if self._starting:
                self._starting.cancel()
        elif number is signal.SIGINT and now - self._stop_requested_at > _SAME_SIGNAL:
            _exit_now("Stopped at once.")


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


def _exit_now(why: str) -> NoReturn:
    """Exit without a shutdown. The supervisors end the server and all runbooks by themselves."""
    _print(why)
    os._exit(1)


def _print(*lines: str) -> None:
    with suppress(OSError):  # the reader of our output may be gone; the work goes on
        print(*lines, sep="\n", flush=True)
