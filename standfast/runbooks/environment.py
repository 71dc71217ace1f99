"""Where the commands and requests of a run are done: directory, variables, secrets, limits."""

import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from shutil import rmtree

from standfast.outgoing.secrets import Redacted, resolved
from standfast.policy.hosts import HostPattern
from standfast.policy.runbooks import Limits, Runbook, Work
from standfast.programs.running import ResourceLimits, inherited_environment
from standfast.runbooks import command, request
from standfast.runbooks.work_result import WorkResult

_PREFIX = "runbook-"
_LITTER_AFTER = timedelta(days=2)
"""Longer than any runbook runs: what is older was left by a worker that died."""


class ExecutionEnvironment:
    """Does one run's work, in a directory that is there while it is `open`."""

    def __init__(
        self,
        runbook: Runbook,
        *,
        incident_id: str,
        key: str,
        service: str,
        secrets: Mapping[str, str],
        hosts: Sequence[HostPattern],
        programs: Path,
    ) -> None:
        """Take what `secrets_of` found, and where programs with a relative path are."""
        self._key = key
        self._secrets = secrets
        self._redacted = Redacted(secrets.values())
        self._hosts = hosts
        self._programs = programs
        self._limits = _limits(runbook.limits)
        self._place = programs
        self._environment = {
            **inherited_environment(),
            **{name: secrets.get(value, value) for name, value in runbook.environment.items()},
            "STANDFAST_INCIDENT": incident_id,
            "STANDFAST_SERVICE": service,
            "STANDFAST_KEY": key,
        }

    @contextmanager
    def open(self, parent: Path) -> Iterator[None]:
        """A new empty directory in `parent`, removed at the end with all that is in it."""
        parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _sweep(parent)
        with tempfile.TemporaryDirectory(
            prefix=_PREFIX, dir=parent, ignore_cleanup_errors=True
        ) as place:
            self._place = Path(place)
            yield

    async def do_work(self, key: str, work: Work, within: timedelta) -> WorkResult:
        """Do it; `key` names it within the run. No secret is in what comes back."""
        if work.http:
            result = await request.send_request(
                work.http,
                within=within,
                hosts=self._hosts,
                key=f"{self._key}:{key}",
                secrets=self._secrets,
            )
        else:
            result = await command.run_command(
                work.run or (),
                within=within,
                environment=self._environment | {"STANDFAST_STEP": key},
                directory=self._place,
                programs=self._programs,
                limits=self._limits,
            )
        return result.redacted(self._redacted)


def secrets_of(runbook: Runbook, environment: Mapping[str, str]) -> dict[str, str]:
    """Every `secret:NAME` that the runbook names, and its value where the worker runs.

    Raises:
        NoSuchSecret: one is not set here.
    """
    values = [*runbook.environment.values()]
    for work in runbook.work():
        values += work.http.headers.values() if work.http else ()
    return {value: found for value in values if (found := resolved(value, environment)) != value}


def _limits(limits: Limits) -> ResourceLimits:
    megabyte = 1_000_000
    return ResourceLimits(
        cpu_seconds=int(limits.cpu.total_seconds()) if limits.cpu else None,
        memory_bytes=limits.memory_mb * megabyte if limits.memory_mb else None,
        file_bytes=limits.file_mb * megabyte,
        open_files=limits.open_files,
    )


def _sweep(parent: Path) -> None:
    oldest = time.time() - _LITTER_AFTER.total_seconds()
    for place in parent.glob(f"{_PREFIX}*"):
        if place.stat().st_mtime < oldest:
            rmtree(place, ignore_errors=True)
