"""A runbook that clings to life: it ignores SIGTERM, forks, and has a daemon that detached itself.

However it is ended, nothing of it lives on, and whoever acts next never meets it.
"""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from signal import SIGTERM

import pytest

from standfast.incidents.actions import Action, Withdraw
from standfast.incidents.record import Outcome
from standfast.incidents.resolution import RemediationOutcome
from standfast.intake.actions import act
from tests.durability.site import Site, open_site
from tests.hosting.worker_process import Process
from tests.http_sink import HttpSink

pytestmark = pytest.mark.long

PROGRAM = """#!/bin/sh
# Does nothing for ever, five of it, unless the file `calm` tells it to be done. `undo` fails where
# the file `stuck` is. Whoever starts while one of the five still lives says so in `met`.
cd "$(dirname "$0")"
trap '' TERM
if test "$1" = run || test "$1" = undo; then
    test -e alive && while read -r role pid; do
        kill -0 "$pid" 2>/dev/null && echo "$1 met the $role $pid" >> met
    done < alive
fi
case $1 in
    run)
        if test -e calm; then touch done; exit 0; fi
        "$0" child &
        "$0" child &
        (env -i setsid "$0" daemon > /dev/null 2>&1 < /dev/null &) ;;
    daemon)
        "$0" child & ;;
    undo)
        test ! -e stuck; exit ;;
esac
echo "$1 $$" >> alive
while :; do sleep 1; done
"""
ALL_OF_IT = ["child", "child", "child", "daemon", "run"]


@asynccontextmanager
async def _site(place: Path, sink: str, within: str) -> AsyncIterator[Site]:
    step = {"run": ["./runbook", "run"], "undo": ["./runbook", "undo"], "within": within}
    runbook = {"steps": [step], "check": ["test", "-e", f"{place}/done"]}
    async with open_site(place, sink, PROGRAM, runbook, guards={}) as site:
        yield site


@pytest.fixture
async def site(tmp_path: Path, sink: HttpSink) -> AsyncIterator[Site]:
    """Where that is the runbook's only step, and has all the time in the world."""
    async with _site(tmp_path, sink.address, within="10m") as site:
        yield site


@pytest.fixture
async def impatient_site(tmp_path: Path, sink: HttpSink) -> AsyncIterator[Site]:
    """Where it has a few seconds."""
    async with _site(tmp_path, sink.address, within="3s") as site:
        yield site


async def test_out_of_time_all_of_it_ends_before_it_is_undone(impatient_site: Site) -> None:
    site = impatient_site
    _, incident = await _at_work(site)

    view = await site.decided(incident)
    assert site.started_by_runbooks() == []
    assert site.lines("met") == []
    assert view.remediation
    assert view.remediation.rolled_back
    assert view.remediation.reasons == (
        "step 1 of 1 was not done within 3 s",
        "undoing step 1 of 1 succeeded",
    )


async def test_a_stopping_worker_takes_all_of_it_along_and_the_next_one_goes_on(
    site: Site,
) -> None:
    worker, incident = await _at_work(site)

    worker.send(SIGTERM)
    await site.until(worker.ended, "the worker ends")
    assert site.started_by_runbooks() == []
    assert worker.exit_code() == 0, worker.errors
    await _next_worker_goes_on(site, incident)


async def test_a_killed_worker_takes_all_of_it_along_and_the_next_one_goes_on(site: Site) -> None:
    worker, incident = await _at_work(site)

    worker.kill()
    await site.until(lambda: not site.started_by_runbooks(), "all of it has gone")
    await _next_worker_goes_on(site, incident)


async def test_withdrawn_all_of_it_ends_and_what_could_not_be_undone_is_paged(
    site: Site, sink: HttpSink
) -> None:
    _, incident = await _at_work(site)

    await _withdrawn_but_stuck(site, incident, sink)


async def test_withdrawn_when_its_worker_is_dead_another_one_undoes_it(
    site: Site, sink: HttpSink
) -> None:
    worker, incident = await _at_work(site)
    worker.kill()
    await site.worker()

    await _withdrawn_but_stuck(site, incident, sink)


async def _at_work(site: Site) -> tuple[Process, str]:
    """A worker in the middle of it, and the incident that it is for."""
    worker = await site.worker()
    incident = await site.report()

    def roles() -> list[str]:
        return sorted(line.split()[0] for line in site.lines("alive"))

    await site.until(lambda: roles() == ALL_OF_IT, "all of it is up")
    assert len(site.started_by_runbooks()) > len(ALL_OF_IT)  # the supervisor too
    return worker, incident


async def _next_worker_goes_on(site: Site, incident: str) -> None:
    """It says what it has found, and meets nothing of the earlier attempt."""
    (site.place / "calm").touch()
    await site.worker()
    view = await site.decided(incident)
    assert site.lines("met") == []
    assert view.outcome is Outcome.AUTOMATED
    assert view.remediation
    assert view.remediation.reasons == (
        "nobody saw step 1 of 1 end, since its worker was lost",
        "the check of step 1 of 1 failed with exit code 1",
        "step 1 of 1 had not been done, so it is run again",
        "step 1 of 1 succeeded",
        "the check succeeded",
    )


async def _withdrawn_but_stuck(site: Site, incident: str, sink: HttpSink) -> None:
    """Withdraw it: all has gone before it is undone, and somebody must look at what is left."""
    (site.place / "stuck").touch()
    withdrawal = Withdraw(by="rita", reason="the wrong press")
    await act(site.client, incident, Action.WITHDRAW, withdrawal, answer_within=30)
    (site.place / "done").touch()  # should anybody ask: it has had its effect

    view = await site.decided(incident)
    assert site.started_by_runbooks() == []
    assert site.lines("met") == []
    assert view.outcome is Outcome.WITHDRAWN
    assert view.remediation
    assert view.remediation.outcome is RemediationOutcome.STOPPED
    left = "step 1 of 1 could not be undone: undoing step 1 of 1 failed with exit code 1"
    assert view.remediation.left == (left,)
    (page,) = (one.json for one in sink.taken if "Please check" in one.json["title"])
    assert incident in page["title"]
    assert left in page["message"]
