"""`repair`: resets a stuck incident's run to before its fault, by hand."""

import sys
from typing import Annotated, Any

import typer

from standfast.commands.failures import UsageError
from standfast.commands.options import AsJson, IncidentId
from standfast.commands.session import Session, in_session
from standfast.health.fault import DoesNotReplay
from standfast.health.repair import Diagnosis
from standfast.hosting.watching import build_repairer
from standfast.intake.errors import Refused
from standfast.records.repairs import Begun
from standfast.terminal.output import note, print_json, say


def repair(
    incident_id: IncidentId,
    by: Annotated[str, typer.Option("--by", metavar="PERSON", help="Who does this.")] = "operator",
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Reset a stuck incident to before its fault; what was said since is applied again.

    Its history is replayed with the code at hand, and it goes on by that code. An incident that
    replays is left alone. The watchdog does this by itself where this very code is at fault.
    """

    async def diagnosed(session: Session) -> Diagnosis:
        try:
            found = await build_repairer(session.client, session.records).diagnose(incident_id)
        except DoesNotReplay as why:
            raise Refused(
                f"{incident_id} cannot be repaired by a reset: {why}. Put that right and start the "
                "worker: it then goes on"
            ) from None
        if found is None:
            raise Refused(
                f"{incident_id} needs no repair: the code at hand goes on with it. If it stands "
                "still all the same, its worker runs other code: `standfast doctor`"
            )
        return found

    async def repaired(session: Session) -> Begun:
        return await build_repairer(session.client, session.records).repair(found, by)

    found = in_session(diagnosed)
    if not as_json:
        for line in _plan(found):
            say(line)
    if not yes and not _confirmed(as_json):
        note("nothing was done")
        raise typer.Exit(1)
    if in_session(repaired) is Begun.TAKEN:
        raise Refused(f"{incident_id} is being repaired by somebody else: look again in a minute")
    if as_json:
        print_json(_document(found, by))
        return
    say(f"{incident_id} was reset. `standfast show {incident_id}` shows how it goes on.")


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
        f"Its run will be reset to event {fault.event_id} of {found.events}; what people and "
        "systems said since then is applied again.",
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
            f"Done again: {again}. A message that was sent is not sent again, and a runbook is "
            "gone on with by its journal."
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
