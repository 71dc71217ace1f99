"""People's own channels and rules; each person has to do with their own only."""

from typing import Annotated

from fastapi import APIRouter, Body, Depends, Path, Request

from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend
from standfast.api.bodies import example, json_only
from standfast.api.caller_budgets import CHANGED_CHANNELS, spend
from standfast.api.incidents import Responder
from standfast.api.problem_details import Problem, documented
from standfast.incidents.ids import is_channel_id
from standfast.incidents.own_channel import (
    ChannelCode,
    MyChannels,
    NewOwnChannel,
    OwnChannel,
    OwnChannelAction,
    PagingRules,
)
from standfast.own_channels.setting_up import OwnChannelSetup

router = APIRouter(prefix="/api", tags=["own channels"])

_CHANGES = documented(400, 401, 403, 404, 409, 413, 415, 422, 429, 503)
_NEW = {"method": "sms", "address": "+49 30 1234567", "name": "phone"}
_RULES = {
    "high": [{"through": "push"}, {"through": "sms", "after": "2m"}],
    "low": [{"through": "mail"}],
    "quiet": {"begins": "22:00", "ends": "07:00", "time_zone": "Europe/Berlin"},
}


def setup_of(backend: Backend, caller: Caller) -> OwnChannelSetup:
    """The channels of the caller. Refused: the caller is none of the policy's people."""
    needs = backend.for_channels()
    return OwnChannelSetup(needs.policy.person_signed_in_as(caller.name) or caller.name, needs)


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
    "/me/channels/{channel_id}/{action}",
    operation_id="act_on_my_channel",
    response_model=OwnChannel,
    responses=_CHANGES,
)
async def act(
    request: Request,
    backend: TheBackend,
    caller: Responder,
    channel_id: ChannelId,
    action: OwnChannelAction,
) -> OwnChannel:
    """Send another code through a channel, test it, or remove it."""
    spend(request, CHANGED_CHANNELS, caller)
    return await setup_of(backend, caller).act(action, channel_id)


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
