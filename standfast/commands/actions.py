"""What people do to an open incident: one command for each action, answered at once."""

from typing import Annotated, Any

import typer
from pydantic import ValidationError

from standfast.commands.failures import UsageError
from standfast.commands.options import AsJson, By, IncidentId
from standfast.commands.session import in_session
from standfast.incidents.actions import PAYLOADS, Action
from standfast.incidents.assessment import Level
from standfast.incidents.relations import Relation
from standfast.incidents.resolution import Verdict
from standfast.intake.actions import act
from standfast.intake.errors import Refused
from standfast.messages.problems import problems
from standfast.terminal.output import print_json, say
from standfast.time.clocks import HoldReason

Reason = Annotated[str, typer.Option("--reason", help="Why.")]


def acknowledge(incident_id: IncidentId, by: By, as_json: AsJson = False) -> None:
    """Take it: paging stops."""
    _do(Action.ACKNOWLEDGE, incident_id, as_json, by=by)


def resolve(
    incident_id: IncidentId,
    by: By,
    summary: Annotated[str, typer.Option(help="What was done.")],
    step: Annotated[list[str] | None, typer.Option(help="One step; may be repeated.")] = None,
    root_cause: Annotated[str, typer.Option(help="What was behind it.")] = "",
    workaround: Annotated[bool, typer.Option("--workaround", help="The cause remains.")] = False,
    as_json: AsJson = False,
) -> None:
    """Say that it is resolved; its verification begins."""
    _do(
        Action.RESOLVE,
        incident_id,
        as_json,
        by=by,
        summary=summary,
        steps=step or (),
        root_cause=root_cause,
        workaround=workaround,
    )


def verify(
    incident_id: IncidentId,
    by: By,
    resolved: Annotated[bool, typer.Option("--resolved", help="It works again.")] = False,
    partial: Annotated[bool, typer.Option("--partial", help="It works in part.")] = False,
    unresolved: Annotated[bool, typer.Option("--unresolved", help="It is as before.")] = False,
    comment: Annotated[str, typer.Option(help="What was seen.")] = "",
    as_json: AsJson = False,
) -> None:
    """Say, as the reporter or for them, whether it is resolved."""
    said = {
        Verdict.RESOLVED: resolved,
        Verdict.PARTIALLY_RESOLVED: partial,
        Verdict.UNRESOLVED: unresolved,
    }
    verdicts = [verdict for verdict, given in said.items() if given]
    if len(verdicts) != 1:
        raise UsageError("give one of --resolved, --partial and --unresolved")
    _do(Action.VERIFY, incident_id, as_json, by=by, verdict=verdicts[0], comment=comment)


def escalate(incident_id: IncidentId, by: By, reason: Reason, as_json: AsJson = False) -> None:
    """Ask for the next tier."""
    _do(Action.ESCALATE, incident_id, as_json, by=by, reason=reason)


def reassign(
    incident_id: IncidentId,
    by: By,
    team: Annotated[str, typer.Option(help="The team, by its name in the policy.")],
    to: Annotated[str, typer.Option(metavar="PERSON", help="A person of that team.")] = "",
    as_json: AsJson = False,
) -> None:
    """Give it to another team, or to a person in it."""
    _do(Action.REASSIGN, incident_id, as_json, by=by, team=team, to=to)


def hold(
    incident_id: IncidentId,
    by: By,
    reason: Annotated[HoldReason, typer.Option(help="What it waits for.")],
    comment: Annotated[str, typer.Option(help="More about it.")] = "",
    as_json: AsJson = False,
) -> None:
    """Stop its clocks while somebody else has to act."""
    _do(Action.HOLD, incident_id, as_json, by=by, reason=reason, comment=comment)


def resume(incident_id: IncidentId, by: By, as_json: AsJson = False) -> None:
    """Let its clocks go on."""
    _do(Action.RESUME, incident_id, as_json, by=by)


def comment(
    incident_id: IncidentId,
    by: By,
    text: Annotated[str, typer.Option(help="The note.")],
    as_json: AsJson = False,
) -> None:
    """Put a note on its timeline."""
    _do(Action.COMMENT, incident_id, as_json, by=by, text=text)


def reprioritise(
    incident_id: IncidentId,
    by: By,
    impact: Annotated[Level, typer.Option(help="How much it hurts.")],
    urgency: Annotated[Level, typer.Option(help="How soon it must end.")],
    pin: Annotated[bool, typer.Option("--pin", help="Nothing raises it by itself.")] = False,
    as_json: AsJson = False,
) -> None:
    """Set impact and urgency; the policy's matrix gives the priority."""
    _do(Action.REPRIORITISE, incident_id, as_json, by=by, impact=impact, urgency=urgency, pin=pin)


def page(
    incident_id: IncidentId,
    by: By,
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Page whoever is on call, now: also where it is quiet."""
    _do(Action.PAGE, incident_id, as_json, by=by, reason=reason)


def command(
    incident_id: IncidentId,
    by: By,
    to: Annotated[str, typer.Option(metavar="PERSON", help="Give command to this person.")] = "",
    as_json: AsJson = False,
) -> None:
    """Take command of it as the incident commander, or give command to somebody."""
    _do(Action.COMMAND, incident_id, as_json, by=by, to=to)


def link(
    incident_id: IncidentId,
    by: By,
    to: Annotated[str, typer.Option(metavar="ID", help="The other incident.")],
    relation: Annotated[
        Relation, typer.Option(help="What the other one is to this one.")
    ] = Relation.RELATED,
    as_json: AsJson = False,
) -> None:
    """Show that another incident belongs to it, on both."""
    _do(Action.LINK, incident_id, as_json, by=by, to=to, relation=relation)


def merge(
    incident_id: IncidentId,
    by: By,
    into: Annotated[str, typer.Option(metavar="ID", help="The incident that goes on.")],
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Close it as the same as another: that one goes on, with the reporters of both."""
    _do(Action.MERGE, incident_id, as_json, by=by, into=into, reason=reason)


def approve(incident_id: IncidentId, by: By, reason: Reason = "", as_json: AsJson = False) -> None:
    """Let the runbook run that waits for approval."""
    _do(Action.APPROVE, incident_id, as_json, by=by, reason=reason)


def deny(incident_id: IncidentId, by: By, reason: Reason = "", as_json: AsJson = False) -> None:
    """Forbid the runbook that waits for approval; people take over."""
    _do(Action.DENY, incident_id, as_json, by=by, reason=reason)


def delegate(
    incident_id: IncidentId,
    by: By,
    to: Annotated[str, typer.Option(metavar="PERSON", help="Who is to decide as well.")],
    reason: Reason = "",
    as_json: AsJson = False,
) -> None:
    """Have somebody else asked too whether the runbook may run."""
    _do(Action.DELEGATE, incident_id, as_json, by=by, to=to, reason=reason)


def withdraw(incident_id: IncidentId, by: By, reason: Reason, as_json: AsJson = False) -> None:
    """Close it without a resolution: a mistake, or not needed any more."""
    _do(Action.WITHDRAW, incident_id, as_json, by=by, reason=reason)


def _do(action: Action, incident_id: str, as_json: bool, **fields: Any) -> None:
    model = PAYLOADS[action]
    try:
        payload = model.model_validate(fields)
    except ValidationError as error:
        raise Refused("\n".join(problems(error, model.model_fields))) from None
    result = in_session(lambda session: act(session.client, incident_id, action, payload))
    if as_json:
        print_json(result)
    else:
        say(f"{result.incident_id}: {result.message}")
