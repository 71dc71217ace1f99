"""One run: an installation, its load, the faults of the plan, and the audit of what is left."""

import asyncio
import tempfile
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path

from pydantic import Field

from benchmarks.faults.audit import Kind, audit, copies
from benchmarks.faults.evidence import Evidence, Upset, effects_in, records_in, runs_in
from benchmarks.faults.installation import Installation, open_installation
from benchmarks.faults.kinds import FAULTS
from benchmarks.faults.load import Load
from benchmarks.faults.plan import Blow, Plan, Round
from benchmarks.faults.sink import open_sink
from standfast.messages.message import Message

RECOVERS_WITHIN = 90.0
"""Seconds from the end of a fault until a new report is paged; after that the run is stuck."""

ENDS_WITHIN = 150.0
"""Seconds from the last recovery until every incident has to be closed."""

_SETTLES = 2.0


class RunResult(Message):
    """A run as a line of the results' file.

    commit: the code's. reports: how many were taken. messages, effects: how many arrived, were had.
    copies: messages that came again under their key. recoveries: seconds, by the round's kinds.
    tried: how often each kind was. left_out: those that this machine does not let us do.
    """

    seed: int
    at: str
    commit: str
    machine: str
    seconds: float
    reports: int
    messages: int
    copies: int
    effects: int
    lost: tuple[str, ...]
    doubled: tuple[str, ...]
    stuck: tuple[str, ...]
    recoveries: tuple[tuple[str, float], ...]
    tried: dict[str, int]
    left_out: dict[str, int] = Field(default_factory=dict)
    troubles: dict[str, int] = Field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        """Whether nothing was lost, doubled or stuck."""
        return not (self.lost or self.doubled or self.stuck)


async def run(plan: Plan, commit: str, machine: str, keep: Path | None = None) -> RunResult:
    """Do what the plan says, in a directory of its own, of which nothing is left.

    keep: where the logs of a run that is not sound are copied.
    """
    began, at = time.monotonic(), time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())
    with tempfile.TemporaryDirectory(prefix="faults-") as place:
        async with open_sink() as sink, open_installation(Path(place), sink) as there:
            story = _Story(there, plan)
            found = await story.happens()
            findings = audit(found)
            words = there.logs() if findings else ""
    by_kind = {kind: tuple(one.what for one in findings if one.kind is kind) for kind in Kind}
    if findings and keep:
        _write(keep, f"seed-{plan.seed}.log", words)
    return RunResult(
        seed=plan.seed,
        at=at,
        commit=commit,
        machine=machine,
        seconds=round(time.monotonic() - began, 1),
        reports=len(found.told.accepted),
        messages=len(found.arrived),
        copies=copies(found.arrived),
        effects=len(found.effects),
        lost=by_kind[Kind.LOST],
        doubled=by_kind[Kind.DOUBLED],
        stuck=by_kind[Kind.STUCK],
        recoveries=tuple(story.recoveries),
        tried=dict(sorted((story.tried + found.told.tried).items())),
        left_out=dict(sorted(story.left_out.items())),
        troubles=dict(sorted(found.told.troubles.items())),
    )


def _write(directory: Path, name: str, words: str) -> None:
    directory.mkdir(parents=True, exist_ok=True)
    (directory / name).write_text(words)


class _Story:
    """What happens in a run, in its order."""

    def __init__(self, there: Installation, plan: Plan) -> None:
        self.tried: Counter[str] = Counter()
        self.left_out: Counter[str] = Counter()
        self.recoveries: list[tuple[str, float]] = []
        self._there = there
        self._plan = plan
        self._upsets: list[Upset] = []
        self._unpaged: list[str] = []
        self._probes: list[str] = []

    async def happens(self) -> Evidence:
        """From the first report until all is closed, or has to be."""
        client = await self._there.client()
        load = Load(self._there, client, self._plan)
        going_on = asyncio.create_task(load.goes_on())
        try:
            for number, one in enumerate(self._plan.rounds):
                await asyncio.sleep(one.pause)
                await self._strike(one)
                await self._recover(one, load, number)
            with suppress(TimeoutError):
                async with asyncio.timeout(ENDS_WITHIN):
                    await asyncio.gather(*map(load.withdraw, self._probes))
                    await asyncio.shield(going_on)
            # What is closed is on record a moment later, where nobody waits for it.
            await asyncio.sleep(_SETTLES)
            return Evidence(
                told=load.told,
                records=records_in(self._there.settings.records_url),
                runs=await runs_in(client),
                arrived=self._there.sink.arrived,
                effects=effects_in(self._there.place),
                upsets=self._upsets,
                unpaged=self._unpaged,
                left=dict(load.open),
            )
        finally:
            going_on.cancel()
            with suppress(asyncio.CancelledError):
                await going_on
            await load.close()

    async def _strike(self, one: Round) -> None:
        began = time.time()
        async with asyncio.TaskGroup() as group:
            for blow in one.blows:
                group.create_task(self._blow(blow))
        self._upsets.append(Upset(began, time.time()))

    async def _blow(self, blow: Blow) -> None:
        fault = FAULTS[blow.kind]
        if not fault.possible(self._there):
            self.left_out[blow.kind] += 1
            return
        await asyncio.sleep(blow.after)
        self.tried[blow.kind] += 1
        await fault.strike(self._there, blow.lasts)

    async def _recover(self, one: Round, load: Load, number: int) -> None:
        """Until the first new report is paged."""
        began = time.monotonic()
        kinds = " + ".join(blow.kind for blow in one.blows)
        incident = ""
        with suppress(TimeoutError):
            async with asyncio.timeout(RECOVERS_WITHIN):
                incident = await load.probe(number)
                self._probes.append(incident)
        took = RECOVERS_WITHIN - (time.monotonic() - began)
        if not incident or not await self._there.sink.page_for(incident, max(took, 1.0)):
            self._unpaged.append(f"probe {number} {incident}, after {kinds}")
        self.recoveries.append((kinds, round(time.monotonic() - began, 1)))
        last = self._upsets[-1]
        self._upsets[-1] = last._replace(ended=time.time())
