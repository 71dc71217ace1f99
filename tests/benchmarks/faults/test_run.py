"""A short run, with the real processes: nothing is lost, doubled or stuck."""

from pathlib import Path

import pytest

from benchmarks.faults.plan import Blow, Door, Errand, Plan, Round
from benchmarks.faults.run import run
from tests.durability.cases import CASES

pytestmark = pytest.mark.long

PEOPLE = next(at for at, case in enumerate(CASES) if case.kind == "by people")
SHORT = Plan(
    seed=0,
    # Not the worker: what it was doing would be tried again after its heartbeat's fifteen seconds.
    rounds=(Round(0.5, (Blow("API killed", 0.0, 0.0), Blow("channel answers 500", 0.0, 1.0))),),
    errands=(
        Errand(0, 0.0, Door.WEBHOOK, PEOPLE, again=True, by_update=False),
        Errand(1, 0.2, Door.MAIL, PEOPLE, again=True, by_update=True),
    ),
)


@pytest.mark.nightly
async def test_a_run_in_which_the_api_is_killed_and_the_channel_fails(tmp_path: Path) -> None:
    result = await run(SHORT, "this", "here", tmp_path / "failed")
    assert result.is_sound, (result, *(log.read_text() for log in tmp_path.glob("failed/*")))
    assert result.reports == 3  # two, and the probe
    assert result.tried["API killed"] == result.tried["channel answers 500"] == 1
    assert result.tried["same mail again"] == 1
    assert result.tried["same update id again"]
    assert result.recoveries
