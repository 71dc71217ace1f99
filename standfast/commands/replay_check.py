"""`replay-check`: before a deploy, checks that this code replays the open incidents."""

import random
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from standfast.commands.failures import FAILED
from standfast.commands.local.session import LocalSession, in_local_session
from standfast.commands.options import AsJson
from standfast.hosting.build import code_id
from standfast.hosting.replay_check import OpenRun, ReplayCheck, open_runs, replay_runs
from standfast.incidents.ids import episode_reviewed
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import print_json
from standfast.terminal.progress import progress


def replay_check(
    sample: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Replay only N of them, chosen at random."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Before a deploy: check that this code replays the open incidents.

    And the open reviews. It changes nothing, needs no worker and costs no Action. Exit code 0 when
    this code replays every one that it will run; 1 when the histories of some differ, with the
    reason: with this code they would be stuck.
    """

    are_open, done, stuck = in_local_session(lambda session: _replay(session, sample))
    if as_json:
        print_json(_document(are_open, done))
    else:
        _tell(are_open, done, stuck)
    if stuck:
        raise typer.Exit(FAILED)


async def _replay(
    session: LocalSession, sample: int | None
) -> tuple[int, list[ReplayCheck], list[ReplayCheck]]:
    """How many are open, those that were replayed, and of these those that would be stuck."""
    runs = await open_runs(await session.client(), session.settings.task_queue)
    drawn = random.sample(runs, min(sample or len(runs), len(runs)))
    done = []
    with progress("Replaying", len(drawn)) as advance:
        async for one in replay_runs(await session.client(), drawn):
            done.append(one)
            advance()
    build_id = session.settings.build_id
    return len(runs), done, [one for one in done if one.would_stand_still(build_id)]


def _document(are_open: int, done: Sequence[ReplayCheck]) -> dict[str, Any]:
    return {
        "code": code_id(),
        "open": are_open,
        "replayed": len(done),
        "differ": [
            {
                "incident_id": one.run.incident_id,
                "workflow_id": one.run.workflow_id,
                "run_id": one.run.run_id,
                "why": one.why,
                "last_code": one.last_code,
                "pinned_to": one.run.pinned_to,
            }
            for one in done
            if one.why
        ],
    }


def _tell(are_open: int, done: Sequence[ReplayCheck], stuck: Sequence[ReplayCheck]) -> None:
    if not are_open:
        print_line("no incident is open, and no review")
        return
    of_all = f" of {are_open}" if len(done) < are_open else ""
    pinned = sum(bool(one.why) for one in done) - len(stuck)
    verdict = f"{len(stuck) or 'none'} would be stuck"
    if not stuck and not pinned:
        verdict = "it goes on with all of them"
    nouns = _nouns([one.run for one in done], are_open)
    print_line(f"{len(done)}{of_all} open {nouns} replayed with code {code_id()}: {verdict}")
    for one in stuck:
        print_line(f"{one.run.workflow_id}  {one.why}")
    if pinned:
        print_line(f"{pinned} that differ stay with the build they are pinned to")
    if stuck:
        print_note(
            "put the change behind workflow.patched, or pin these to the code that they have, or "
            "after the deploy start each again with `standfast repair`: see docs/deploys.md"
        )


def _nouns(runs: Sequence[OpenRun], of: int) -> str:
    """What they are, of so many: `incidents and reviews`; `1 incident`, but `1 of 2 incidents`."""
    reviews = sum(episode_reviewed(run.workflow_id) is not None for run in runs)
    nouns = (("incident", len(runs) - reviews), ("review", reviews))
    return " and ".join(
        f"{noun}{'s' * (of > count or count > 1)}" for noun, count in nouns if count
    )
