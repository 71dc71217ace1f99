"""Queries from outside wedge no incident, because a run that has answered one begins anew.

The scenario is the benchmark's, small: each incident is looked at while no worker runs, the clock
of its page runs out, somebody comments, and a worker starts.
"""

import asyncio
import itertools
from pathlib import Path

import pytest

from benchmarks.stuck.installation import Installation, installed
from benchmarks.stuck.people import ANSWERED, METADATA, Looking, by_query
from benchmarks.stuck.scenarios import WAITS_FOR_A_WORKER, Mistreated, stopped
from benchmarks.stuck.verdict import stuck_ones, that_do_not_replay
from standfast.incidents import names
from standfast.incidents.actions import Action, Comment
from standfast.intake.actions import act

pytestmark = pytest.mark.long

MANY = 8
COMMENTS = 10


async def test_incident_that_is_looked_at_never_gets_stuck(tmp_path: Path) -> None:
    async with installed(tmp_path) as installation:
        incidents, looks = await _looked_at_while_stopped(installation)
        assert looks == {ANSWERED: MANY}
        assert await stuck_ones(installation, incidents) == {}


async def test_without_the_eviction_some_do(tmp_path: Path) -> None:
    """The test that would fail: so the one above shows something."""
    async with installed(tmp_path) as installation:
        installation.evict_after_queries = False
        incidents, _ = await _looked_at_while_stopped(installation)
        assert await that_do_not_replay(installation, incidents)


async def test_no_action_is_refused_for_nothing_while_others_ask(tmp_path: Path) -> None:
    """A run that is replayed for a query and then stays in memory refuses one action of twenty."""
    looking = Looking()
    async with installed(tmp_path) as installation:
        looks = [by_query(installation, query) for query in (names.QUERY_INCIDENT, METADATA)]

        async def comment_again_and_again(incident: str) -> None:
            async with looking.all_the_time(looks, incident, every=0.05):
                for number in range(COMMENTS):
                    comment = Comment(by="ana", text=f"note {number}")
                    await act(
                        installation.client, incident, Action.COMMENT, comment, answer_within=30
                    )

        async with installation.worker():
            incidents = await installation.report_many(4)
            await installation.all_wait_for_people(incidents)
            await asyncio.gather(*map(comment_again_and_again, incidents))
        assert looking.looks[ANSWERED]
        assert await that_do_not_replay(installation, incidents) == {}


async def _looked_at_while_stopped(installation: Installation) -> Mistreated:
    """Half of them by the Web UI, the others as `temporal workflow query` does."""
    looks = itertools.cycle(
        by_query(installation, query, within=WAITS_FOR_A_WORKER)
        for query in (names.QUERY_INCIDENT, METADATA)
    )

    async def look(incident: str) -> object:
        return await next(looks)(incident)

    return await stopped(installation, MANY, look)
