"""`replay-check`: does the code at hand go on with what is open? Asked before a deploy."""

import random
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from standfast.commands.failures import FAILED
from standfast.commands.options import AsJson
from standfast.commands.session import Session, in_session
from standfast.hosting.build import code_id
from standfast.hosting.replay_check import Replayed, open_runs, replayed
from standfast.terminal.output import note, print_json, progress, say


def replay_check(
    sample: Annotated[
        int | None,
        typer.Option(min=1, metavar="N", help="Replay N open incidents, drawn by lot; not all."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Before a deploy: replay what is open against the code at hand.

    Nothing is changed, no worker is asked, and it costs no Action. Exit code 0 when this code goes
    on with every incident that it will meet; 1 with those where it does something else than their
    history says, and why: with this code they would stand still.
    """

    are_open, done, stuck = in_session(lambda session: _replay(session, sample))
    if as_json:
        print_json(_document(are_open, done))
    else:
        _tell(are_open, done, stuck)
    if stuck:
        raise typer.Exit(FAILED)


async def _replay(
    session: Session, sample: int | None
) -> tuple[int, list[Replayed], list[Replayed]]:
    """How many are open, those that were replayed, and of these those that would stand still."""
    runs = await open_runs(session.client, session.settings.task_queue)
    drawn = random.sample(runs, min(sample or len(runs), len(runs)))
    done = []
    with progress("Replaying", len(drawn)) as advance:
        async for one in replayed(session.client, drawn):
            done.append(one)
            advance()
    build_id = session.settings.build_id
    return len(runs), done, [one for one in done if one.would_stand_still(build_id)]


def _document(are_open: int, done: Sequence[Replayed]) -> dict[str, Any]:
    return {
        "code": code_id(),
        "open": are_open,
        "replayed": len(done),
        "differ": [
            {
                "incident_id": one.run.incident_id,
                "run_id": one.run.run_id,
                "why": one.why,
                "last_code": one.last_code,
                "pinned_to": one.run.pinned_to,
            }
            for one in done
            if one.why
        ],
    }


def _tell(are_open: int, done: Sequence[Replayed], stuck: Sequence[Replayed]) -> None:
    if not are_open:
        say("no incident is open")
        return
    of_all = f" of {are_open}" if len(done) < are_open else ""
    pinned = sum(bool(one.why) for one in done) - len(stuck)
    verdict = f"{len(stuck) or 'none'} would stand still"
    if not stuck and not pinned:
        verdict = "it goes on with all of them"
    say(f"{len(done)}{of_all} open incidents replayed with code {code_id()}: {verdict}")
    for one in stuck:
        say(f"{one.run.incident_id}  {one.why}")
    if pinned:
        say(f"{pinned} that differ stay with the build they are pinned to")
    if stuck:
        note(
            "put the change behind workflow.patched, or pin these to the code that they have, or "
            "after the deploy start each again with `standfast repair`: see docs/deploys.md"
        )
