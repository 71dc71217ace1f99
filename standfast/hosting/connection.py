"""Finds the Temporal server and connects to it.

A configured address (`TEMPORAL_ADDRESS`, a profile of `temporal.toml`: the settings that the
`temporal` command reads) wins; without one it is the embedded server of the data directory.
"""

import asyncio
import functools
import os
import re
from dataclasses import dataclass
from pathlib import Path

from temporalio.client import Client
from temporalio.envconfig import ClientConfig, ClientConnectConfig
from temporalio.runtime import (
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.service import RPCError

from standfast.encryption.payload_codec import PayloadEncryption
from standfast.hosting.data_directory import running_server
from standfast.hosting.encryption import Records, payload_encryption
from standfast.hosting.errors import HostingError, NotReachable
from standfast.hosting.plugin import standfast_plugin
from standfast.hosting.settings import Settings
from standfast.hosting.tls_handshake import trouble_with
from standfast.incidents import names
from standfast.incidents.measures import Times

_LATENESS_UP_TO = (1, 5, 15, 60, 300, 900, 3600, 6 * 3600, 24 * 3600, 7 * 24 * 3600)
"""Buckets in seconds: from normal operation to an outage of days."""

_MINUTE, _HOUR, _DAY = 60, 3600, 24 * 3600
_TIMES_UP_TO = (
    *(1, 5, 15),
    *(_MINUTE * minutes for minutes in (0.5, 1, 2, 5, 10, 15, 30)),
    *(_HOUR * hours for hours in (1, 2, 4, 8)),
    *(_DAY * days for days in (1, 2, 5, 10, 30)),
)
"""Buckets in seconds: from a page at once to an incident of a month."""

LOOPBACK = "127.0.0.1"
DEFAULT_NAMESPACE = "default"

TIMEOUT = 4.0
"""Seconds until a server that accepts the connection but does not answer counts as unreachable."""


@dataclass(frozen=True)
class Endpoint:
    """A Temporal server to connect to. `configured` is False for the embedded one.

    encryption: of what it stores; None where nothing is encrypted.
    """

    options: ClientConnectConfig
    configured: bool
    encryption: PayloadEncryption | None = None

    @property
    def address(self) -> str:
        """Host and port."""
        return self.options["target_host"]

    @property
    def namespace(self) -> str:
        """The namespace that our workflows live in."""
        return self.options.get("namespace") or DEFAULT_NAMESPACE


def configured_options() -> ClientConnectConfig:
    """The options of Temporal's own variables and `temporal.toml`; the address may be missing.

    Raises:
        HostingError: they cannot be read.
    """
    file = os.environ.get("TEMPORAL_CONFIG_FILE", "")
    if file and not Path(file).is_file():
        # The SDK treats a missing file as empty, which would lead to the wrong server.
        raise HostingError(f"TEMPORAL_CONFIG_FILE: there is no file {file}")
    try:
        return ClientConfig.load_client_connect_config()
    except (RuntimeError, ValueError, OSError) as error:
        raise HostingError(
            f"Temporal's connection settings (TEMPORAL_… or temporal.toml): {_first_line(error)}"
        ) from None


def find(settings: Settings, records: Records | None = None) -> Endpoint:
    """The server that the settings name, or the running embedded one.

    records: the process's record store, which has the keys of incidents.

    Raises:
        HostingError: Temporal's own settings cannot be read.
        NotReachable: nothing is configured, and no port is known at which one could run.
    """
    options = configured_options()
    if options.get("target_host"):
        encryption = payload_encryption(settings, configured=True, records=records)
        return Endpoint(options, configured=True, encryption=encryption)
    record = running_server(settings.data_dir)
    if record:
        embedded = ClientConnectConfig(target_host=record.address, namespace=record.namespace)
    elif settings.temporal_port:
        embedded = ClientConnectConfig(
            target_host=f"{LOOPBACK}:{settings.temporal_port}",
            namespace=options.get("namespace") or DEFAULT_NAMESPACE,
        )
    else:
        raise NotReachable(
            f"no Temporal server runs on {settings.data_dir}: start one with `python worker.py`, "
            "or set TEMPORAL_ADDRESS"
        )
    encryption = payload_encryption(settings, configured=False, records=records)
    return Endpoint(embedded, configured=False, encryption=encryption)


async def connect(
    settings: Settings,
    *,
    within: float = TIMEOUT,
    metrics_port: int | None = None,
    records: Records | None = None,
) -> Client:
    """A client of the server that `find` finds, with those records.

    metrics_port: offer this process's metrics on this port of the loopback address.

    Raises:
        HostingError: Temporal's own settings cannot be read, or the port cannot be had.
        NotReachable: no server answered within that many seconds.
    """
    runtime = quiet_runtime(metrics_port)
    return await connect_to(find(settings, records), within=within, runtime=runtime)


async def connect_to(
    endpoint: Endpoint, *, within: float = TIMEOUT, runtime: Runtime | None = None
) -> Client:
    """A client of that server.

    Raises:
        NotReachable: no server answered within that many seconds.
    """
    try:
        return await asyncio.wait_for(
            Client.connect(
                **endpoint.options,
                plugins=[standfast_plugin(endpoint.encryption)],
                runtime=runtime or quiet_runtime(),
            ),
            timeout=within,
        )
    except TimeoutError:
        why = f"no answer in {within:g} s"
    except (RuntimeError, ValueError, OSError, RPCError) as error:
        why = _first_line(error)
        if endpoint.configured and (trouble := await trouble_with(endpoint.options, within)):
            raise _not_reachable(endpoint, trouble.what, trouble.todo) from None
    raise _not_reachable(
        endpoint,
        why,
        "check TEMPORAL_ADDRESS (or temporal.toml), its TLS settings and API key"
        if endpoint.configured
        else "start it with `python worker.py`, or set TEMPORAL_ADDRESS",
    )


def _not_reachable(endpoint: Endpoint, why: str, todo: str) -> NotReachable:
    return NotReachable(f"cannot reach Temporal at {endpoint.address} ({why}): {todo}")


async def connect_lazily(settings: Settings, records: Records | None = None) -> Client:
    """A client that connects at its first call, and tries again at the next after a failure.

    Until then a call raises RuntimeError at once.

    Raises:
        HostingError: Temporal's own settings cannot be read.
        NotReachable: nothing is configured, and no port is known at which one could run.
    """
    return await connect_lazily_to(find(settings, records))


async def connect_lazily_to(endpoint: Endpoint) -> Client:
    """The same, of that server."""
    return await Client.connect(
        **endpoint.options,
        plugins=[standfast_plugin(endpoint.encryption)],
        runtime=quiet_runtime(),
        lazy=True,
    )


@functools.cache
def quiet_runtime(metrics_port: int | None = None) -> Runtime:
    """The process's runtime, which logs errors only: a warning for each retry would hide ours.

    Raises:
        HostingError: another program has the port of the metrics.
    """
    logging = LoggingConfig(filter=TelemetryFilter(core_level="ERROR", other_level="ERROR"))
    metrics = None
    if metrics_port is not None:
        metrics = PrometheusConfig(
            bind_address=f"{LOOPBACK}:{metrics_port}",
            unit_suffix=True,
            durations_as_seconds=True,
            histogram_bucket_overrides={
                names.LATENESS: _LATENESS_UP_TO,
                **{names.INCIDENT_TIME.format(each): _TIMES_UP_TO for each in Times.model_fields},
            },
        )
    try:
        return Runtime(telemetry=TelemetryConfig(logging=logging, metrics=metrics))
    except (RuntimeError, ValueError) as error:
        raise HostingError(
            f"metrics cannot be offered on {LOOPBACK}:{metrics_port}: {_first_line(error)}; set "
            "STANDFAST_METRICS_PORT to a free port"
        ) from None


_CAUSES = re.compile(r'(?:message|error): "([^"]+)"')
_HTTP_STATUS = re.compile(r"while receiving response with status: (\d{3}[ \w]*)")
"""How the SDK words the answer of a proxy that turns away what is gRPC, such as `403 Forbidden`."""


def _first_line(error: BaseException) -> str:
    """The cause in a few words: the innermost of the SDK's nested errors."""
    if answered := _HTTP_STATUS.search(str(error)):
        return f"it answered with {answered[1]}"
    causes = _CAUSES.findall(str(error))
    text = causes[-1] if causes else str(error).strip() or type(error).__name__
    return str(text).splitlines()[0][:200]
