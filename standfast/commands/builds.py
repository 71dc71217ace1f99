"""`build`: builds that run side by side, the current one, and moving incidents between them."""

from typing import Annotated, Any

import typer

from standfast.commands.failures import FAILED
from standfast.commands.local.session import LocalSession, in_local_session
from standfast.commands.options import AsJson
from standfast.hosting.build import code_id
from standfast.hosting.build_registration import build_warnings, make_current
from standfast.hosting.builds import Build, Builds, SeenWorker, find_builds, workers_seen
from standfast.hosting.replay_check import ReplayCheck
from standfast.hosting.routing import move
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import out, plain_text, print_json
from standfast.terminal.rows import Column, Rows

builds = typer.Typer(
    help="Builds side by side, by Temporal's Worker Versioning.", no_args_is_help=True
)

BuildId = Annotated[str, typer.Argument(metavar="BUILD", help="As in STANDFAST_BUILD_ID.")]


@builds.command("list")
def list_(as_json: AsJson = False) -> None:
    """Show the builds: which one is current, their workers, and their pinned incidents.

    Exit code 1 when incidents or reviews are pinned to a build that has no worker.
    """
    found, without = in_local_session(_look)
    if as_json:
        print_json(_document(found, without))
    else:
        _tell(found, without)
    if found and any(one.lacks_workers for one in found.builds):
        raise typer.Exit(FAILED)


@builds.command("make-current")
def make_current_(build_id: BuildId, as_json: AsJson = False) -> None:
    """Route new incidents, and all that are not pinned, to this build.

    It must have a worker already. Run `replay-check` first, where that build is installed.
    """
    in_local_session(lambda session: _make_current(session, build_id))
    _became(build_id, f"build {build_id} is current", as_json=as_json)


@builds.command()
def off(as_json: AsJson = False) -> None:
    """Route new incidents, and all that are not pinned, to workers without a build id."""
    in_local_session(lambda session: _make_current(session, ""))
    _became("", "no build is current: start workers without STANDFAST_BUILD_ID", as_json=as_json)


@builds.command("move")
def move_(build_id: BuildId, as_json: AsJson = False) -> None:
    """Move the incidents and reviews that are pinned to a build to the current build.

    For a build whose workers will not come back. Each is replayed first with this code, which must
    be the current build's. Exit code 1 when this code cannot replay some of them: those stay, and
    need a worker of their build.
    """
    done = in_local_session(lambda session: _move(session, build_id))
    left = [one for one in done if one.why]
    if as_json:
        print_json(
            {
                "moved": [one.run.workflow_id for one in done if not one.why],
                "left": [{"workflow_id": one.run.workflow_id, "why": one.why} for one in left],
            }
        )
    else:
        print_line(f"{len(done) - len(left)} of {len(done)} moved from build {build_id}")
        for one in left:
            print_line(f"  {one.run.workflow_id} stays: {one.why}")
    if left:
        print_note(f"start a worker with STANDFAST_BUILD_ID={build_id} for those that stay")
        raise typer.Exit(FAILED)


async def _make_current(session: LocalSession, build_id: str) -> None:
    await make_current(await session.client(), session.settings.task_queue, build_id)


async def _look(session: LocalSession) -> tuple[Builds | None, list[SeenWorker]]:
    """The builds, and the workers that have no build id."""
    task_queue = session.settings.task_queue
    seen = await workers_seen(await session.client(), task_queue)
    found = await find_builds(await session.client(), task_queue)
    return found, [worker for worker in seen if not worker.build_id]


async def _move(session: LocalSession, build_id: str) -> list[ReplayCheck]:
    task_queue = session.settings.task_queue
    return [one async for one in move(await session.client(), task_queue, build_id)]


def _became(current: str, told: str, *, as_json: bool) -> None:
    if as_json:
        print_json({"current": current})
    else:
        print_line(told)


def _document(found: Builds | None, without: list[SeenWorker]) -> dict[str, Any]:
    return {
        "code": code_id(),
        "current": found.current if found else "",
        "builds": [
            {
                "build_id": one.build_id,
                "state": one.state,
                "code": one.code,
                "workers": one.workers,
                "pinned": one.pinned,
            }
            for one in (found.builds if found else ())
        ],
        "workers_without_build_id": [
            {
                "identity": worker.identity,
                "code": worker.code,
                "last_seen": worker.last_seen.isoformat(),
            }
            for worker in without
        ],
    }


def _tell(found: Builds | None, without: list[SeenWorker]) -> None:
    codes = ", ".join(sorted({worker.code or "?" for worker in without}))
    if found is None:
        print_line(
            f"no builds; workers without a build id: {len(without)}" + (codes and f", code {codes}")
        )
        print_line(f"this code is {code_id()}")
        return
    rows = Rows(*map(Column, ("Build", "State", "Code", "Workers", "Pinned")))
    for one in found.builds:
        rows.add(*map(plain_text, _row(one)))
    if without:
        rows.add(*map(plain_text, ("(none)", "", codes, len(without), "–")))
    out().print(rows)
    for warned in build_warnings(found):
        print_note(f"{warned.what}: {warned.remedy}")


def _row(one: Build) -> tuple[object, ...]:
    return one.build_id, one.state, one.code or "?", one.workers, one.pinned
