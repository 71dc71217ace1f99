"""What is left of a run, and what its clients were told: all that the audit reads."""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

from sqlalchemy import create_engine, text
from temporalio.client import Client, WorkflowExecutionStatus

from standfast.incidents import names
from standfast.incidents.record import IncidentView


class Arrival(NamedTuple):
    """A message that came to somebody's address at `at` (Unix time).

    answered: the sender was told at once that it has arrived.
    """

    key: str
    person: str
    text: str
    at: float
    answered: bool


class Accepted(NamedTuple):
    """A report of which a client was told that it is taken, and where it went.

    matter: what it is about; all reports of one matter are one incident.
    """

    matter: str
    incident: str


class Done(NamedTuple):
    """An action that somebody was told is done: the timeline has its `event` so often then."""

    incident: str
    event: str
    number: int


class Run(NamedTuple):
    """An episode as Temporal has it. attempt: of its workflow task; 1 is a sound one."""

    incident: str
    status: str
    attempt: int


class Upset(NamedTuple):
    """From when to when (Unix time) something was broken, or had not recovered yet."""

    began: float
    ended: float


@dataclass
class Told:
    """What the clients know.

    sent: how many reports of a matter may have been counted. tried: how often each duplicate was
    sent. troubles: what else they met.
    """

    accepted: list[Accepted] = field(default_factory=list)
    done: set[Done] = field(default_factory=set)
    sent: Counter[str] = field(default_factory=Counter)
    tried: Counter[str] = field(default_factory=Counter)
    troubles: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Evidence:
    """Everything, once the faults are over and the time to end is up.

    records: rows of the record store. effects: of runbooks, their key, a line each. unpaged: probes
    of which no page came in time. left: what was last known of incidents that people still work on.
    """

    told: Told
    records: Sequence[IncidentView]
    runs: Sequence[Run]
    arrived: Sequence[Arrival]
    effects: Sequence[str]
    upsets: Sequence[Upset] = ()
    unpaged: Sequence[str] = ()
    left: Mapping[str, str] = field(default_factory=dict)


def records_in(url: str) -> list[IncidentView]:
    """Every row of closed episodes, read past the code that writes them."""
    engine = create_engine(url)
    try:
        with engine.begin() as connection:
            rows = connection.execute(text("SELECT document FROM incidents")).scalars().all()
    finally:
        engine.dispose()
    return [IncidentView.model_validate(json.loads(row)) for row in rows]


def effects_in(place: Path) -> list[str]:
    """The keys that runbooks have written, a line for each effect."""
    file = place / "effects"
    return file.read_text().splitlines() if file.exists() else []


async def runs_in(client: Client) -> list[Run]:
    """Every episode that Temporal knows."""
    found = []
    async for run in client.list_workflows(f'WorkflowType = "{names.WORKFLOW}"'):
        attempt = 1
        if run.status is WorkflowExecutionStatus.RUNNING:
            described = await client.get_workflow_handle(run.id, run_id=run.run_id).describe()
            attempt = max(1, described.raw_description.pending_workflow_task.attempt)
        found.append(Run(run.id, run.status.name.lower() if run.status else "", attempt))
    return found
