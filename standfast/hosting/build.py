"""The id of this workflow code, and of the code that a history was made with."""

import functools
import hashlib
import importlib.metadata
import os
import re
import socket
from pathlib import Path

from temporalio.api.history.v1 import HistoryEvent

import activities.requests
import standfast.decisions
import standfast.incidents
import standfast.messages
import standfast.policy
import standfast.time
import workflows
from standfast.hosting.errors import HostingError

_PURE = (
    workflows,
    standfast.messages,
    standfast.time,
    standfast.incidents,
    standfast.policy,
    standfast.decisions,
)
"""The packages whose code runs in workflows."""

_CODE_IN_IDENTITY = re.compile(r" code=([0-9a-f]{12})$")


@functools.cache
def code_id() -> str:
    """12 hex digits, the same wherever the same workflow code runs; `9f1c02b7d3aa`.

    It covers what a replay depends on: the sources of `workflows/` and of the pure packages, the
    input and output models of activities, and temporalio's version. Other changes do not matter.

    Raises:
        HostingError: this installation has no sources, so its code cannot be identified.
    """
    seen = hashlib.sha256(importlib.metadata.version("temporalio").encode())
    for package in _PURE:
        root = Path(package.__path__[0])
        sources = sorted(root.rglob("*.py"))
        if not sources:
            raise HostingError(f"{root} has no Python sources: install Standfast with them")
        for source in sources:
            seen.update(f"\0{package.__name__}/{source.relative_to(root).as_posix()}\0".encode())
            seen.update(source.read_bytes())
    seen.update(Path(activities.requests.__file__).read_bytes())
    return seen.hexdigest()[:12]


def worker_identity() -> str:
    """The identity that Temporal records for each task: `7080@host code=9f1c02b7d3aa`.

    The build id is not used, because operators choose it where Worker Versioning is on.
    """
    return f"{os.getpid()}@{socket.gethostname()} code={code_id()}"


def code_in(identity: str) -> str:
    """The code id in a worker's identity; empty when it has none, as of an older Standfast."""
    found = _CODE_IN_IDENTITY.search(identity)
    return found.group(1) if found else ""


def built_by(event: HistoryEvent) -> str:
    """The id of the code that completed the workflow task of this event; compare to `code_id()`.

    Empty for a task that an older Standfast completed, and for any other kind of event.
    """
    return code_in(event.workflow_task_completed_event_attributes.identity)
