"""The channels of people: list them, send a test message through one."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request

from standfast.api.access import Caller
from standfast.api.backend import TheBackend
from standfast.api.bodies import example, json_only
from standfast.api.caller_budgets import TESTED_CHANNELS, spend
from standfast.api.incidents import Responder
from standfast.api.problems import Problem, documented
from standfast.hosting.kind_context import kind_context
from standfast.incidents.channel_list import ChannelTest, ChannelTestResult, ListedChannel
from standfast.incidents.roles import Role
from standfast.notification.channel_test import listed_channels, send_test
from standfast.notification.errors import UnknownRecipient
from standfast.records.audit import AuditEvent, AuditKind

router = APIRouter(prefix="/api/channels", tags=["channels"])


@router.get(
    "",
    operation_id="list_channels",
    response_model=tuple[ListedChannel, ...],
    responses=documented(401, 403, 422, 503),
)
async def list_(
    backend: TheBackend,
    caller: Responder,
    person: Annotated[str, Query(max_length=100, description="Whose.")] = "",
) -> tuple[ListedChannel, ...]:
    """List channels, without their URLs; responders see their own, operators everybody's."""
    if not caller.role.may(Role.OPERATOR):
        person = person or caller.name
    _must_be_theirs(caller, person)
    context = kind_context(backend.settings, backend.records)
    try:
        return await asyncio.to_thread(
            lambda: tuple(listed_channels(backend.policy.current(), context, person))
        )
    except UnknownRecipient as unknown:
        raise Problem(422, detail=f"person: {unknown}") from None


@router.post(
    "/test",
    operation_id="test_channel",
    response_model=ChannelTestResult,
    dependencies=[Depends(json_only)],
    responses=documented(400, 401, 403, 413, 415, 422, 429, 503),
)
async def test(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    wanted: Annotated[
        ChannelTest, Body(openapi_examples=example({"person": "george", "channel": "sms"}))
    ],
) -> ChannelTestResult:
    """Send a test message through exactly one channel; what the provider said of it.

    Responders test their own channels, operators everybody's.
    """
    _must_be_theirs(caller, wanted.person)
    spend(request, TESTED_CHANNELS, caller)
    policy = await asyncio.to_thread(backend.policy.current)
    context = kind_context(backend.settings, backend.records)
    try:
        tested = await send_test(policy, context, wanted.person, wanted.channel, caller.name)
    except UnknownRecipient as unknown:
        raise Problem(422, detail=str(unknown)) from None
    event = AuditEvent(
        AuditKind.CHANNEL_TESTED,
        by=caller.name,
        subject=f"{wanted.channel} of {wanted.person}",
        detail=tested.words,
    )
    await backend.audit.record(event)
    return tested


def _must_be_theirs(caller: Caller, person: str) -> None:
    """Problem: 403 where a responder asks for somebody else's channels."""
    if person != caller.name and not caller.role.may(Role.OPERATOR):
        raise Problem(
            403, detail=f"channels: {caller.name} sees and tests their own only; operators, all"
        )
