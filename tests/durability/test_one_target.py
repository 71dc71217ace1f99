"""Two hundred incidents about one thing at once, two workers, and one of them dies half way."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Coroutine, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from standfast.incidents.assessment import Decision
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView
from standfast.incidents.resolution import RemediationOutcome
from tests.durability.site import Site, open_site
from tests.http_sink import HttpSink

pytestmark = pytest.mark.long

INCIDENTS = 200
LATER = 60
"""Incidents in a second wave: the first one mostly meets the run that hangs, this one the cap."""
AT_MOST = 3
"""Remediations of one target in an hour."""

_CALLS_AT_ONCE = 20

T = TypeVar("T")

PROGRAM = """#!/bin/sh
# Notes its beginning and its end. The second one ever to begin hangs, and obeys no SIGTERM.
cd "$(dirname "$0")"
echo "begin $STANDFAST_KEY $PPID $(date +%T.%N)" >> lines
if test "$(grep -c ^begin lines)" = 2; then trap '' TERM; sleep 60; fi
sleep 0.3
echo "end $STANDFAST_KEY $(date +%T.%N)" >> lines
"""


@pytest.fixture
async def site(tmp_path: Path, sink: HttpSink) -> AsyncIterator[Site]:
    """Where the runbook is to run at most three times an hour."""
    runbook = {
        "steps": [{"run": ["./runbook"], "within": "50s"}],
        "check": ["grep", "-q", "^end {key} ", f"{tmp_path}/lines"],
    }
    # The runs help and are wanted again, which would stop automation for another reason.
    guards = {"per_target_and_hour": AT_MOST, "max_concurrent": 1, "flapping_limit": 100}
    async with open_site(tmp_path, sink.address, PROGRAM, runbook, guards) as site:
        yield site


async def test_remediations_never_overlap_and_never_exceed_the_cap(site: Site) -> None:
    await asyncio.gather(site.worker(), site.worker())
    async with asyncio.TaskGroup() as group:
        reporting = group.create_task(_a_few_at_once(site.report() for _ in range(INCIDENTS)))
        await site.until(lambda: len(_begun(site)) > 1, "a second remediation begins")
        first, killed = (line.split()[1] for line in _begun(site)[:2])
        site.worker_of(supervisor=int(_begun(site)[1].split()[2])).kill()
        await site.until(lambda: not site.started_by_runbooks(), "all of the killed run is gone")
        with (site.place / "lines").open("a") as lines:
            print("gone", killed, file=lines)
    await site.worker()
    await site.all_decided(INCIDENTS)
    reported = reporting.result() + await _a_few_at_once(site.report() for _ in range(LATER))
    await site.all_decided(INCIDENTS + LATER)
    while len(_keys(site)) < AT_MOST:  # a machine so fast that two waves were over before that
        reported.append(await site.report())
        await site.decided(reported[-1])
    reported.append(await site.report())
    last = await site.decided(reported[-1])

    assert list(_overlaps(site.lines("lines"))) == [], "\n".join(site.lines("lines"))
    assert Counter(_keys(site, every=True)) == {
        key: 2 if key == killed else 1 for key in _keys(site)
    }
    assert len(_keys(site)) == AT_MOST
    assert _keys(site)[0] == first
    assert f"{AT_MOST} are the most" in _decision(last).reasons[0]

    on_record = site.records.remediations.history()
    assert [run.key for run in on_record] == list(_keys(site))
    assert {run.outcome for run in on_record} == {RemediationOutcome.SUCCEEDED}
    assert {run.target for run in on_record} == {"service:press"}

    views = await _a_few_at_once(site.view(incident) for incident in reported)
    decisions = {view.incident_id: _decision(view) for view in views}
    helped = {key for key, decision in decisions.items() if decision.answer == "yes"}
    assert helped == {run.incident_id for run in on_record}
    held_back = [one.reasons[0] for one in decisions.values() if one.answer == "no"]
    assert len(held_back) == len(reported) - AT_MOST
    for reason in held_back:
        assert reason.startswith("one remediation at a time per target") or reason.startswith(
            f"service:press has had {AT_MOST} remediations within an hour"
        )

    (settled,) = (run.incident_id for run in on_record if run.key == killed)
    assert decisions[settled].reasons == (
        "nobody saw step 1 of 1 end, since its worker was lost",
        "the check of step 1 of 1 failed with exit code 1",
        "step 1 of 1 had not been done, so it is run again",
        "step 1 of 1 succeeded",
        "the check succeeded",
    )


def _begun(site: Site) -> list[str]:
    return [line for line in site.lines("lines") if line.startswith("begin ")]


def _keys(site: Site, *, every: bool = False) -> Sequence[str]:
    """The runs in the order in which they began; `every` beginning, or each run once."""
    keys = [line.split()[1] for line in _begun(site)]
    return keys if every else list(dict.fromkeys(keys))


def _overlaps(lines: Sequence[str]) -> Iterator[str]:
    """Each beginning while another one was at work; a killed one is, until all of it has gone."""
    at_work = None
    for what, key in (line.split()[:2] for line in lines):
        if what == "begin":
            if at_work:
                yield f"{key} began while {at_work} was at work"
            at_work = key
        else:
            if key != at_work:
                yield f"{what} {key} while {at_work} was at work"
            at_work = None


def _decision(view: IncidentView) -> Decision:
    (decision,) = (one for one in view.decisions if one.box is Box.AUTOMATED_RESOLUTION)
    return decision


async def _a_few_at_once(work: Iterable[Coroutine[Any, Any, T]]) -> list[T]:
    turn = asyncio.Semaphore(_CALLS_AT_ONCE)

    async def in_turn(one: Coroutine[Any, Any, T]) -> T:
        async with turn:
            return await one

    return await asyncio.gather(*map(in_turn, work))
