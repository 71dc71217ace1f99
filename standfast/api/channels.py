"""The channels of people: list them, send a test message through one."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Query, Request

from standfast.api.access import Caller
from standfast.api.backend import TheBackend
from standfast.api.bodies import example, json_only
from standfast.api.caller_budgets import TESTED_CHANNELS, spend
from standfast.api.incidents import Responder
from standfast.api.problem_details import Problem, documented
from standfast.incidents.channel_list import ChannelTest, ChannelTestResult, ListedChannel
from standfast.incidents.roles import Role
from standfast.notification.channel_test import listed_channels, send_test
from standfast.notification.errors import TooManyTests, UnknownRecipient
from standfast.policy import Policy

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
    """List channels, without their URLs; responders see their own, operators everybody's.

    Of what people have added, addresses are masked.
    """
    needs = backend.for_channels()
    if not caller.role.may(Role.OPERATOR):
        person = person or needs.policy.person_signed_in_as(caller.name) or caller.name
    _must_be_theirs(caller, person, needs.policy)
    try:
        return await listed_channels(needs, person)
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
    needs = backend.for_channels()
    _must_be_theirs(caller, wanted.person, needs.policy)
    spend(request, TESTED_CHANNELS, caller)
    try:
        return await send_test(needs, wanted.person, wanted.channel, caller.name)
    except UnknownRecipient as unknown:
        raise Problem(422, detail=str(unknown)) from None
    except TooManyTests as wait:
        raise Problem(429, detail=str(wait)) from None


def _must_be_theirs(caller: Caller, person: str, policy: Policy) -> None:
    """Problem: 403 where a responder asks for somebody else's channels."""
    theirs = (caller.name, policy.person_signed_in_as(caller.name))
    if person not in theirs and not caller.role.may(Role.OPERATOR):
        raise Problem(
            403, detail=f"channels: {caller.name} sees and tests their own only; operators, all"
        )
