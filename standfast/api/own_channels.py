"""People's own channels and rules: each person's own, and for operators what everybody has."""

import asyncio
from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Request

from standfast.api.access import Caller, needs
from standfast.api.backend import Backend, TheBackend
from standfast.api.bodies import example, json_only
from standfast.api.caller_budgets import CHANGED_CHANNELS, spend
from standfast.api.incidents import Responder
from standfast.api.problems import Problem, documented
from standfast.incidents.ids import is_channel_id
from standfast.incidents.own_channel import (
    ChannelCode,
    MaskedChannel,
    MyChannels,
    NewOwnChannel,
    OwnChannel,
    PagingRules,
)
from standfast.incidents.roles import Role
from standfast.own_channels.setting_up import Dependencies, OwnChannelSetup, seen_by_operators
from standfast.policy import Policy

router = APIRouter(prefix="/api", tags=["own channels"])

Operator = Annotated[Caller, Depends(needs(Role.OPERATOR))]

_CHANGES = documented(400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
_NEW = {"method": "sms", "address": "+49 30 1234567", "name": "phone"}
_RULES = {
    "high": [{"through": "push"}, {"through": "sms", "after": "2m"}],
    "low": [{"through": "mail"}],
    "quiet": {"begins": "22:00", "ends": "07:00", "time_zone": "Europe/Berlin"},
}


def setup_of(backend: Backend, caller: Caller) -> OwnChannelSetup:
    """The channels of the caller. Refused: the caller is none of the policy's people."""
    policy = backend.policy.current()
    needs = Dependencies(policy, backend.records, backend.channel_sender, backend.audit.record)
    return OwnChannelSetup(_person_of(policy, caller.name), needs)


def _person_of(policy: Policy, name: str) -> str:
    """The key in the policy of a caller who is called like it, or by that person's mail address.

    A full name is not enough: at some providers people choose theirs.
    """
    address = name.lower()
    found = [key for key, person in policy.people.items() if address in person.mail_addresses]
    return found[0] if name not in policy.people and len(found) == 1 else name


def _channel_id(
    channel_id: Annotated[str, Path(examples=["CHN-7F3K2Q"], description="An id.")],
) -> str:
    if not is_channel_id(channel_id.upper()):
        raise Problem(404, detail="there is no such channel; ids look like CHN-7F3K2Q")
    return channel_id.upper()


ChannelId = Annotated[str, Depends(_channel_id)]


@router.get(
    "/me/channels",
    operation_id="my_channels",
    response_model=MyChannels,
    responses=documented(401, 403, 409, 503),
)
async def mine(backend: TheBackend, caller: Responder) -> MyChannels:
    """Show the caller's channels, rules, and which channels may be added."""
    return await setup_of(backend, caller).shown()


@router.post(
    "/me/channels",
    operation_id="add_my_channel",
    status_code=201,
    response_model=OwnChannel,
    dependencies=[Depends(json_only)],
    responses=_CHANGES,
)
async def add(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    body: Annotated[NewOwnChannel, Body(openapi_examples=example(_NEW))],
) -> OwnChannel:
    """Add a channel: a code is sent through it, by which it is verified."""
    spend(request, CHANGED_CHANNELS, caller)
    return await setup_of(backend, caller).add(body)


@router.post(
    "/me/channels/{channel_id}/verify",
    operation_id="verify_my_channel",
    response_model=OwnChannel,
    dependencies=[Depends(json_only)],
    responses=_CHANGES,
)
async def verify(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    channel_id: ChannelId,
    body: Annotated[ChannelCode, Body(openapi_examples=example({"code": "123 456"}))],
) -> OwnChannel:
    """Verify a channel by the code that came through it."""
    spend(request, CHANGED_CHANNELS, caller)
    return await setup_of(backend, caller).verify(channel_id, body.code)


@router.post(
    "/me/channels/{channel_id}/code",
    operation_id="send_my_code",
    response_model=OwnChannel,
    responses=_CHANGES,
)
async def send_code(
    request: Request, backend: TheBackend, caller: Responder, channel_id: ChannelId
) -> OwnChannel:
    """Send another code through a channel that is not verified yet."""
    spend(request, CHANGED_CHANNELS, caller)
    return await setup_of(backend, caller).send_code(channel_id)


@router.post(
    "/me/channels/{channel_id}/test",
    operation_id="test_my_channel",
    response_model=OwnChannel,
    responses=_CHANGES,
)
async def test(
    request: Request, backend: TheBackend, caller: Responder, channel_id: ChannelId
) -> OwnChannel:
    """Send the caller a test page through this channel alone."""
    spend(request, CHANGED_CHANNELS, caller)
    return await setup_of(backend, caller).test(channel_id)


@router.post(
    "/me/channels/{channel_id}/remove",
    operation_id="remove_my_channel",
    response_model=OwnChannel,
    responses=_CHANGES,
)
async def remove(
    request: Request, backend: TheBackend, caller: Responder, channel_id: ChannelId
) -> OwnChannel:
    """Remove a channel."""
    spend(request, CHANGED_CHANNELS, caller)
    return await setup_of(backend, caller).remove(channel_id)


@router.post(
    "/me/rules",
    operation_id="set_my_rules",
    response_model=PagingRules,
    dependencies=[Depends(json_only)],
    responses=_CHANGES,
)
async def set_rules(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    body: Annotated[PagingRules, Body(openapi_examples=example(_RULES))],
) -> PagingRules:
    """Set which channels page the caller when, in place of the rules before."""
    spend(request, CHANGED_CHANNELS, caller)
    return await setup_of(backend, caller).set_rules(body)


@router.get(
    "/own-channels",
    operation_id="list_own_channels",
    response_model=list[MaskedChannel],
    responses=documented(401, 403, 503),
)
async def everybodys(backend: TheBackend, _: Operator) -> list[MaskedChannel]:
    """List the channels that people have added, with their addresses masked."""
    policy = backend.policy.current()
    return [*await asyncio.to_thread(seen_by_operators, policy, backend.records)]
