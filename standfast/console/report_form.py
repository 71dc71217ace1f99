"""The form in which a person reports an incident; sent twice, it is reported once."""

import asyncio
import hashlib
import json
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from standfast.api.access import Caller, entered_by, in_the_name_of, named_by
from standfast.api.backend import Backend, TheBackend
from standfast.api.caller_budgets import SENT_REPORTS, spend
from standfast.api.incidents import REPORT_WITHIN, must_not_be_a_monitors
from standfast.console.actions import beside_fields
from standfast.console.csrf import checked, typed_in
from standfast.console.errors import PageRoute
from standfast.console.once import once_of
from standfast.console.rendering import page
from standfast.console.viewer import Viewer
from standfast.incidents.dedup_keys import sealed
from standfast.incidents.report import Channel, Report
from standfast.incidents.roles import Role
from standfast.intake.errors import Refused
from standfast.intake.reporting import report_incident
from standfast.messages.problems import problems

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_HELPED = "Good. It is counted, and nothing was reported."
_PATIENCE = 3.0
_BY_HAND = (Channel.PORTAL, Channel.PHONE, Channel.EMAIL)
_OF_EVERYBODY = frozenset(
    {"title", "description", "service", "users_affected", "error_message"}
    | {"impact_statement", "occurred_at", "labels", "confidential"}
)
_FOLDED_AWAY = ("occurred_at", "reporter", "channel", "labels")


@router.get("/report")
async def report_form(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """The empty form; an address like `/report?service=wiki` fills in what it names.

    Who reports it is for the person at the form to say, not for whoever made the link.
    """
    given = request.query_params.items()
    asked = {name: text for name, text in given if name in _OF_EVERYBODY}
    done = _HELPED if request.query_params.get("did") == "helped" else ""
    return form_page(request, backend, caller, asked, done=done)


@router.post("/report", dependencies=[Depends(checked)])
async def report(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """Report it and show the incident, or show the form with what is wrong in it."""
    typed = await typed_in(request)
    spend(request, SENT_REPORTS, caller)
    try:
        told = Report.model_validate(_report(typed, caller))
        must_not_be_a_monitors(caller, told)
        attempt = await _attempt(backend, caller, once_of(request), typed)
        async with asyncio.timeout(REPORT_WITHIN):
            found = await report_incident(
                backend.client,
                told,
                now=datetime.now(UTC),
                policy=backend.policy.current(),
                records=backend.records.incidents,
                task_queue=backend.settings.task_queue,
                attempt=attempt,
                patience=_PATIENCE,
            )
    except ValidationError as error:
        lines = problems(error, Report.model_fields)
    except Refused as why:
        lines = (str(why),)
    except ValueError as error:
        lines = (f"labels: {error}",)
    else:
        in_the_name_of(request, caller, told.reporter)
        did = "report" if found.created else "joined"
        return RedirectResponse(f"/incidents/{found.incident_id}?did={did}", 303)
    return form_page(request, backend, caller, typed, lines, 422)


def form_page(
    request: Request,
    backend: Backend,
    caller: Caller,
    typed: Mapping[str, str],
    lines: tuple[str, ...] = (),
    status: int = 200,
    *,
    done: str = "",
    suggestions: Sequence[Any] = (),
    looked: bool = False,
) -> Response:
    """The form with what was typed.

    lines: what is wrong with it. done: what was done instead of reporting. suggestions: known fixes
    (`console.suggestions`); looked: whether any were looked for.
    """
    wrong = beside_fields(lines)
    usual = {"users_affected": "1", "reporter": caller.name, "channel": Channel.PORTAL.value}
    given = defaultdict(str, usual | dict(typed))
    services = backend.policy.current().services
    channels = [(each.value, each.value.capitalize()) for each in _BY_HAND]
    return page(
        request,
        "report.html",
        caller=caller,
        status=status,
        given=given,
        wrong=defaultdict(str, wrong),
        problems=list(wrong.items()),
        done=done,
        suggestions=suggestions,
        looked=looked,
        for_others=caller.role.may(Role.RESPONDER),
        channels=channels,
        services=[(key, service.title) for key, service in services.items()],
        more=any(name in wrong or typed.get(name) for name in _FOLDED_AWAY),
    )


def _fields(caller: Caller) -> frozenset[str]:
    """The fields of the form. Responders may report for others; a reporter only for themselves."""
    for_others = {"reporter", "channel"} if caller.role.may(Role.RESPONDER) else set()
    return _OF_EVERYBODY | for_others


def _report(typed: Mapping[str, str], caller: Caller) -> dict[str, Any]:
    """The fields of the report; empty ones are left out, so that their defaults apply.

    ValueError: a label is not written as `name = value`.
    """
    usual = {"reporter": caller.name, "channel": Channel.PORTAL.value}
    given = {name: text for name, text in typed.items() if name in _fields(caller) and text.strip()}
    fields: dict[str, Any] = usual | given
    fields["reporter"] = named_by(caller, fields["reporter"].strip())
    fields["entered_by"] = entered_by(caller, fields["reporter"])
    if (users := fields.get("users_affected", "")).strip().isdecimal() and len(users) < 20:
        fields["users_affected"] = int(users)
    if "confidential" in fields:
        fields["confidential"] = True  # as a browser sends a box that is ticked
    if "occurred_at" in fields:
        fields["occurred_at"] = _in_utc(fields["occurred_at"])
    if "labels" in fields:
        fields["labels"] = dict(map(_label, filter(str.strip, fields["labels"].splitlines())))
    return fields


def _in_utc(typed: str) -> str:
    """A moment as browsers send it has no zone; the form says that it is UTC."""
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        return typed
    return typed if moment.tzinfo else f"{typed}Z"


def _label(line: str) -> tuple[str, str]:
    name, equals, value = line.partition("=")
    if not equals or not name.strip():
        raise ValueError(f"{line.strip()[:60]!r} is not written as name = value")
    return name.strip(), value.strip()


async def _attempt(backend: Backend, caller: Caller, once: str, typed: Mapping[str, str]) -> str:
    """The idempotency key of the report: the same form with the same words gives the same.

    The id of the incident follows from it, so it is sealed as deduplication keys are.
    """
    if not once:
        return ""
    told = json.dumps([caller.name, once, sorted(typed.items())]).encode(errors="surrogatepass")
    secret = await asyncio.to_thread(backend.records.installation.key_secret)
    return sealed(secret, f"console-{hashlib.sha256(told).hexdigest()}")
