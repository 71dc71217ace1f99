"""What `worker.py` runs: the embedded server if there is none, and a worker, until a signal."""

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
from standfast.hosting.connection import DEFAULT_NAMESPACE, configured_options, connect
from standfast.hosting.embedded_server import EmbeddedServer
from standfast.hosting.enrolment import enrol, refuse_other_code
from standfast.hosting.errors import HostingError
from standfast.hosting.logs import log_to_standard_error
from standfast.hosting.projector import Projector
from standfast.hosting.records import open_records, shown_url
from standfast.hosting.registration import register_search_attributes, set_retention
from standfast.hosting.settings import INCIDENT, Settings, load_settings
from standfast.hosting.signing import signing_keys
from standfast.hosting.watching import build_watchdog
from standfast.hosting.wiring import build_activities, build_worker
from standfast.intake.confirmation_links import ReporterLinks
from standfast.notification.delivery import AnswerLinks
from standfast.policy_file.loading import PolicyError
from standfast.policy_file.source import PolicySource

_DRAIN_MARGIN = 10.0
"""Seconds beyond the grace, in which cancelled activities clean up."""

_SAME_SIGNAL = 0.5
"""Seconds in which a repeated signal is the first one: `timeout` and others send it twice."""


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
        _say("Stopped before it had started.")
    return 0


class Service:
    """The worker's life: starts in order, runs until a signal or a failure, ends in reverse."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._stop = asyncio.Event()
        self._told_at: float | None = None
        self._starting: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """The whole life; CancelledError when a signal came before it was up."""
        self._starting = asyncio.current_task()
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().add_signal_handler(number, self._signalled, number)
        policy = PolicySource(self._settings.policy)
        data_directory.create(self._settings.data_dir)
        async with AsyncExitStack() as ends:
            records = open_records(self._settings)
            ends.callback(records.close)
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
            )
            watchdog = build_watchdog(client, self._settings, policy, records, link)
            greet = self._greet(client, worker, greeting)
            await self._work(worker, watchdog, server, greet)

    def _link(self, server: EmbeddedServer | None, namespace: str) -> str:
        """Where responders see an incident; empty where nobody said."""
        if self._settings.link:
            return self._settings.link
        if self._settings.public_url:
            return f"{self._settings.public_url}/incidents/{INCIDENT}"
        if not server:
            return ""
        return f"{server.record.ui}/namespaces/{namespace}/workflows/{INCIDENT}"

    def _reporter_links(self) -> AnswerLinks | None:
        """The links by which reporters answer; None where nobody said where they would lead."""
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
        greet: Coroutine[Any, Any, None],
    ) -> None:
        """Run incidents until a signal; HostingError when the worker or the server fails."""
        working = asyncio.create_task(worker.run())
        greeter = asyncio.create_task(greet)
        watching = asyncio.create_task(watchdog.run())
        ends = {working, asyncio.create_task(self._stop.wait())}
        if server:
            ends.add(asyncio.create_task(server.wait()))
        try:
            done, _ = await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for task in (ends - {working}) | {greeter, watching}:
                task.cancel()
            await self._drain(worker, working)
        (failure,) = await asyncio.gather(working, return_exceptions=True)
        for task in done - {working}:
            task.result()  # a lost server is the cause of a failed worker, so it is told first
        if failure:
            raise HostingError(f"the worker failed: {failure}") from failure

    async def _greet(self, client: Client, worker: Worker, lines: Sequence[str]) -> None:
        """The worker first asks the server for its namespace, and tells nobody when it is through.

        Only a worker that asks for work can have its build made current.
        """
        while not worker.is_running:  # noqa: ASYNC110
            await asyncio.sleep(0.01)
        _say(*lines)
        for line in await enrol(client, self._settings):
            _say(line)

    async def _drain(self, worker: Worker, working: asyncio.Task[None]) -> None:
        """Let what runs finish, within the grace; the server must still be there for it."""
        if working.done():
            return
        _say("Stopping: what runs now may finish first.")
        drained = asyncio.create_task(worker.shutdown())
        limit = self._settings.grace.total_seconds() + _DRAIN_MARGIN
        await asyncio.wait({drained}, timeout=limit)
        if not drained.done():
            _end_at_once("Some activities did not end.")

    def _signalled(self, number: signal.Signals) -> None:
        now = time.monotonic()
        if self._told_at is None:
            self._told_at = now
            self._stop.set()
            if self._starting:
                self._starting.cancel()
        elif number is signal.SIGINT and now - self._told_at > _SAME_SIGNAL:
            _end_at_once("Stopped at once.")


def _end_at_once(why: str) -> NoReturn:
    """Skip every orderly end. Supervisors end the server and all runbooks without us."""
    _say(why)
    os._exit(1)


def _say(*lines: str) -> None:
    with suppress(OSError):  # whoever read our words may be gone; the work is not
        print(*lines, sep="\n", flush=True)
