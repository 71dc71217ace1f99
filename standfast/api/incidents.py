"""Reports and questions: report an issue, list incidents, show one."""

import asyncio
from datetime import UTC, datetime
from functools import cache
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Query, Request, Response
from pydantic import Field

from standfast.api.access import Caller, entered_by, in_the_name_of, named_by, needs
from standfast.api.backend import Backend, TheBackend
from standfast.api.bodies import example, json_only
from standfast.api.caller_budgets import SENT_REPORTS, spend
from standfast.api.idempotency import IdempotencyKey, once
from standfast.api.problem_details import Problem, documented
from standfast.api.visible import ANSWER_WITHIN, found_for, must_have_names, reader_of
from standfast.hosting.settings import Settings
from standfast.hosting.signing import signing_keys
from standfast.incidents.attachment import Attachment, attachments_in
from standfast.incidents.dedup_keys import callers_key
from standfast.incidents.ids import is_incident_id
from standfast.incidents.incident_filter import IncidentFilter, PageOfIncidents
from standfast.incidents.record import IncidentView
from standfast.incidents.report import Channel, Report, ReportResult
from standfast.incidents.roles import Role
from standfast.incidents.visibility import Everybody, Responders
from standfast.intake.errors import NoSuchIncident
from standfast.intake.reporting import report_incident
from standfast.lookup.incident_lists import page_of_incidents
from standfast.lookup.page_tokens import PageTokens

REPORT_WITHIN = 6.0
"""Seconds for Temporal to accept a report; after that the reporter must send it again."""

_PATIENCE = 3.0

_MOST_LISTED = 200

_EXAMPLE = {
    "title": "VPN drops every few minutes",
    "description": "Since this morning, from home and from the Vienna office.",
    "service": "vpn",
    "reporter": "mia@fernhill.example",
    "users_affected": 3,
    "labels": {"site": "vienna"},
}

router = APIRouter(prefix="/api/incidents", tags=["incidents"])


def _incident_id(
    incident_id: Annotated[str, Path(examples=["INC-7F3K2QXWM4"], description="An id.")],
) -> str:
    if not is_incident_id(incident_id.upper()):
        raise NoSuchIncident("there is no such incident; ids look like INC-7F3K2QXWM4")
    return incident_id.upper()


IncidentId = Annotated[str, Depends(_incident_id)]
"""The id in the path, in capitals; a 404 where nothing could have it."""

Episode = Annotated[int | None, Query(ge=1, le=1_000_000, description="Else the latest.")]
"""The episode that an address names. A database takes no number of any length."""

Reporter = Annotated[Caller, Depends(needs(Role.REPORTER))]
Responder = Annotated[Caller, Depends(needs(Role.RESPONDER))]


@cache
def page_tokens_of(settings: Settings) -> PageTokens:
    """What signs the cursors of lists with these settings."""
    return PageTokens(signing_keys(settings))


class ListQuery(IncidentFilter):
    """The filter of a list, and the page."""

    limit: int = Field(default=50, ge=1, le=_MOST_LISTED)
    page: str = Field(default="", max_length=4_000, description="`next` of the page before.")


class Shown(IncidentView):
    """An incident; `notes` say what could not be looked up, `attachments` what its texts name."""

    notes: Responders[tuple[str, ...]] = ()
    attachments: Everybody[tuple[Attachment, ...]] = ()


@router.post(
    "",
    operation_id="report",
    status_code=201,
    response_model=ReportResult,
    dependencies=[Depends(json_only)],
    responses={
        200: {"description": "It joined an open incident.", "model": ReportResult},
        201: {
            "description": "It opened an incident.",
            "headers": {"Location": {"schema": {"type": "string"}}},
        },
        **documented(400, 401, 403, 409, 413, 415, 422, 503),
    },
)
async def report(
    request: Request,
    response: Response,
    backend: TheBackend,
    caller: Reporter,
    report: Annotated[Report, Body(openapi_examples=example(_EXAMPLE))],
    key: IdempotencyKey = None,
) -> ReportResult:
    """Report an issue. A 2xx means that Temporal has stored it; after a 5xx, send it again.

    `reporter` is the caller unless it is named; a token of the role reporter reports as itself.
    `dedup_key` is the caller's own: nobody else's report, and no source's alert, has that key.
    With an Idempotency-Key the same report, sent again within 24 hours, gets the same answer.
    """
    must_not_be_a_monitors(caller, report)
    spend(request, SENT_REPORTS, caller)
    reporter = in_the_name_of(request, caller, _reporter(caller, report))
    names = {"reporter": reporter, "entered_by": entered_by(caller, reporter)}
    whose = report.model_copy(update=names)
    secret = await asyncio.to_thread(backend.records.installation.key_secret)
    own_key = callers_key(secret, caller.name, whose.dedup_key)
    owned = whose.model_copy(update={"dedup_key": own_key})
    result = await once(
        backend.records,
        caller,
        key,
        whose,
        ReportResult,
        lambda attempt: _take(backend, owned, attempt),
    )
    response.status_code = 201 if result.created else 200
    response.headers["Location"] = request.url_for(
        show.__name__, incident_id=result.incident_id
    ).path
    return result


def _reporter(caller: Caller, report: Report) -> str:
    whose = named_by(caller, report.reporter)
    if whose != caller.name and not caller.role.may(Role.RESPONDER):
        raise Problem(
            403, detail=f"reporter: {caller.name} reports in their own name only; leave it out"
        )
    return whose


def must_not_be_a_monitors(caller: Caller, report: Report) -> None:
    """Problem: 403 where a person reports as if a monitor did.

    What a monitor says is believed without asking: its labels, its recovery.
    """
    if report.by_monitor and not caller.role.may(Role.OPERATOR):
        raise Problem(
            403,
            detail=f"channel: {Channel.MONITOR} is for sources, and for operators that report for "
            f"one; {caller.name} is neither",
        )


async def _take(backend: Backend, report: Report, attempt: str) -> ReportResult:
    policy = await asyncio.to_thread(backend.policy.current)
    async with asyncio.timeout(REPORT_WITHIN):
        return await report_incident(
            backend.client,
            report,
            now=datetime.now(UTC),
            policy=policy,
            records=backend.records.incidents,
            task_queue=backend.settings.task_queue,
            attempt=attempt,
            patience=_PATIENCE,
        )


@router.get(
    "",
    operation_id="list",
    response_model=PageOfIncidents,
    responses=documented(401, 403, 422, 503),
)
async def list_(
    backend: TheBackend, caller: Responder, wanted: Annotated[ListQuery, Query()]
) -> PageOfIncidents:
    """List incidents a page at a time: open ones before closed ones, newest first."""
    async with asyncio.timeout(ANSWER_WITHIN):
        tokens = page_tokens_of(backend.settings)
        found = await page_of_incidents(
            backend.client,
            backend.records,
            tokens,
            wanted,
            wanted.limit,
            wanted.page,
            reader=reader_of(caller, backend),
        )
        if not found.incidents and not wanted.page:
            await must_have_names(caller, backend, wanted.names)
        return found


@router.get(
    "/{incident_id}",
    operation_id="show",
    response_model=Shown,
    responses=documented(401, 403, 404, 422, 503, 504),
)
async def show(
    backend: TheBackend,
    caller: Reporter,
    incident_id: IncidentId,
    episode: Episode = None,
) -> Shown:
    """Show an incident: its state, the reasons, and what it waits for. Reporters see their own."""
    found = await found_for(caller, backend, incident_id, episode)
    named = attachments_in(found.view)
    return Shown.model_construct(**dict(found.view), notes=found.notes, attachments=named)
