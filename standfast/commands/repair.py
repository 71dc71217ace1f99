"""`repair`: resets a stuck incident's run to before its fault, by hand."""

import sys
from typing import Annotated, Any

import typer

from standfast.commands.failures import UsageError
from standfast.commands.local.session import LocalSession, in_local_session
from standfast.commands.options import AsJson, IncidentId
from standfast.health.fault import DoesNotReplay
from standfast.health.repair import Diagnosis
from standfast.hosting.watchdog import build_repairer
from standfast.intake.errors import Refused
from standfast.records.repairs import Begun
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import print_json


def repair(
    incident_id: IncidentId,
    by: Annotated[str, typer.Option("--by", metavar="PERSON", help="Who does this.")] = "operator",
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Reset a stuck incident to before its fault; later signals and updates are reapplied.

    Its history is replayed with this code, and it goes on with this code. An incident that replays
    is left alone. The watchdog does the same automatically for faults of its own code.
    """

    async def diagnosed(session: LocalSession) -> Diagnosis:
        try:
            found = await build_repairer(await session.client(), session.records).diagnose(
                incident_id
            )
        except DoesNotReplay as why:
            raise Refused(
                f"{incident_id} cannot be repaired by a reset: {why}. Fix that and restart the "
                "worker: it then goes on"
            ) from None
        if found is None:
            raise Refused(
                f"{incident_id} needs no repair: this code replays it. If it is stuck all the "
                "same, its worker runs other code: `standfast doctor`"
            )
        return found

    async def repaired(session: LocalSession) -> Begun:
        begun = await build_repairer(await session.client(), session.records).repair(found, by)
        if begun is not Begun.TAKEN:
            session.acted_for(by, f"repair {incident_id}: reset to event {found.fault.event_id}")
        return begun

    found = in_local_session(diagnosed)
    if not as_json:
        for line in _plan(found):
            print_line(line)
    if not yes and not _confirmed(as_json):
        print_note("nothing was done")
        raise typer.Exit(1)
    if in_local_session(repaired) is Begun.TAKEN:
        raise Refused(f"{incident_id} is being repaired by somebody else: try again in a minute")
    if as_json:
        print_json(_document(found, by))
        return
    print_line(f"{incident_id} was reset. `standfast show {incident_id}` shows its state.")


def _confirmed(as_json: bool) -> bool:
    if as_json or not sys.stdin.isatty():
        raise UsageError("give --yes: there is nobody to ask")
    return typer.confirm("Repair it?")


def _plan(found: Diagnosis) -> list[str]:
    fault = found.fault
    whose = "this very code" if found.ours else f"other code ({fault.code or 'without an id'})"
    lines = [
        f"{found.incident_id} is stuck: {fault.why}",
        f"That workflow task was completed by {whose}.",
        f"Its run will be reset to event {fault.event_id} of {found.events}; later actions of "
        "people and systems are applied again.",
    ]
    if fault.said:
        said = ", ".join(f"{name} {count}×" for name, count in fault.said.items())
        lines.append(
            f"Applied again, before anything else: {said}. What makes no sense so early has no "
            "effect, such as an acknowledgement before the page: look, and do it again."
        )
    if fault.again:
        again = ", ".join(f"{name} {count}×" for name, count in fault.again.items())
        lines.append(
            f"Will run again: {again}. Messages are not sent twice, and a runbook continues from "
            "its journal."
        )
    return lines


def _document(found: Diagnosis, by: str) -> dict[str, Any]:
    fault = found.fault
    return {
        "incident_id": found.incident_id,
        "episode": found.episode,
        "run_id": found.run_id,
        "reset_to": fault.event_id,
        "events": found.events,
        "why": fault.why,
        "code": fault.code or None,
        "again": dict(fault.again),
        "said": dict(fault.said),
        "by": by,
    }
