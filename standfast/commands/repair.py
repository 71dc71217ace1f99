"""`repair`: resets the stuck run of an incident or a review to before its fault, by hand."""

import sys
from typing import Annotated, Any

import typer

from standfast.commands.failures import UsageError
from standfast.commands.local.session import LocalSession, in_local_session
from standfast.commands.options import AsJson
from standfast.health.fault import DoesNotReplay
from standfast.health.repair import Diagnosis
from standfast.hosting.watchdog import build_repairer
from standfast.incidents.ids import incident_of_workflow
from standfast.intake.errors import Refused
from standfast.records.repairs import Begun
from standfast.terminal.lines import print_line, print_note
from standfast.terminal.output import print_json


def _run_of(text: str) -> str:
    written = text.strip().upper()
    if not incident_of_workflow(written):
        raise UsageError(f"{text} is not an incident id; one looks like INC-7F3K2QXWM4")
    return written


RunOf = Annotated[
    str,
    typer.Argument(
        metavar="ID", parser=_run_of, help="Such as INC-7F3K2QXWM4, or REVIEW-INC-7F3K2QXWM4-1."
    ),
]


def repair(
    workflow_id: RunOf,
    by: Annotated[str, typer.Option("--by", metavar="PERSON", help="Who does this.")] = "operator",
    yes: Annotated[bool, typer.Option("--yes", help="Do it without asking.")] = False,
    as_json: AsJson = False,
) -> None:
    """Reset a stuck incident to before its fault; later signals and updates are reapplied.

    A stuck review begins again with all that is on record. Its history is replayed with this code,
    and it goes on with this code. What replays is left alone. The watchdog does the same
    automatically for faults of its own code.
    """

    async def diagnosed(session: LocalSession) -> Diagnosis:
        try:
            found = await build_repairer(await session.client(), session.records).diagnose(
                workflow_id
            )
        except DoesNotReplay as why:
            raise Refused(
                f"{workflow_id} cannot be repaired by a reset: {why}. Fix that and restart the "
                "worker: it then goes on"
            ) from None
        if found is None:
            raise Refused(
                f"{workflow_id} needs no repair: this code replays it. If it is stuck all the "
                "same, its worker runs other code: `standfast doctor`"
            )
        return found

    async def repaired(session: LocalSession) -> Begun:
        begun = await build_repairer(await session.client(), session.records).repair(found, by)
        if begun is not Begun.TAKEN:
            session.acted_for(by, f"repair {workflow_id}: reset to event {found.fault.event_id}")
        return begun

    found = in_local_session(diagnosed)
    if not as_json:
        for line in _plan(found):
            print_line(line)
    if not yes and not _confirmed(as_json):
        print_note("nothing was done")
        raise typer.Exit(1)
    if in_local_session(repaired) is Begun.TAKEN:
        raise Refused(f"{workflow_id} is being repaired by somebody else: try again in a minute")
    if as_json:
        print_json(_document(found, by))
        return
    look = f"standfast show {workflow_id}"
    what = "was reset"
    if found.is_review:
        look = f"standfast review show {found.incident_id} --episode {found.episode}"
        what = "begins again within seconds"
    print_line(f"{workflow_id} {what}. `{look}` shows its state.")


def _confirmed(as_json: bool) -> bool:
    if as_json or not sys.stdin.isatty():
        raise UsageError("give --yes: there is nobody to ask")
    return typer.confirm("Repair it?")


def _plan(found: Diagnosis) -> list[str]:
    fault = found.fault
    whose = "this very code" if found.ours else f"other code ({fault.code or 'without an id'})"
    lines = [
        f"{found.workflow_id} is stuck: {fault.why}",
        f"That workflow task was completed by {whose}.",
    ]
    if found.is_review:
        return [*lines, "Its run will be ended, and another goes on with all that is on record."]
    lines.append(
        f"Its run will be reset to event {fault.event_id} of {found.events}; later actions of "
        "people and systems are applied again."
    )
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
        "workflow_id": found.workflow_id,
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
