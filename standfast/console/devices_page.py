"""The page of devices that get pages as pushes: one's own, for administrators everybody's."""

import asyncio
import re
from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import RedirectResponse

from standfast.api.access import Caller
from standfast.api.backend import Backend, TheBackend, backend_of
from standfast.api.caller_budgets import CHANGED_CHANNELS, TESTED_CHANNELS, spend
from standfast.api.problem_details import Problem
from standfast.console.csrf import checked
from standfast.console.device_cookie import remember_device
from standfast.console.errors import PageRoute
from standfast.console.forms import form_of
from standfast.console.rendering import page
from standfast.console.session import needs_role, secret_of
from standfast.console.viewer import Viewer
from standfast.hosting.push_key import push_sender
from standfast.incidents.roles import Role
from standfast.messages.clean_text import one_line
from standfast.notification.web_push import Push, Urgency, subscription_problem
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.push_devices import DeviceOwner, PushDevice, Subscription
from standfast.records.sessions import fingerprint

PATH = "/devices"

_LONGEST_LABEL = 60

_SYSTEMS = ("iPhone", "iPad", "Android", "Windows", "Mac OS X", "Linux")
_BROWSERS = (("Edg", "Edge"), ("Firefox", "Firefox"), ("Chrome", "Chrome"), ("Safari", "Safari"))

_DONE = {
    "added": "This device gets pages now. Send it a test, to be sure.",
    "ended": "It gets no more pages.",
    "tested": "The push service has taken the test: it is on its way to the device.",
}

_responder = Depends(needs_role(Role.RESPONDER))

router = APIRouter(include_in_schema=False, route_class=PageRoute)


@router.get(PATH, dependencies=[_responder])
async def listed(request: Request, backend: TheBackend, caller: Viewer, did: str = "") -> Response:
    """The devices, the latest first; those too that get nothing any more."""
    return await _show(request, backend, caller, done=_DONE.get(did, ""))


@router.post(PATH, dependencies=[Depends(checked), _responder])
async def added(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """Have this browser get the pages of whoever is signed in."""
    spend(request, CHANGED_CHANNELS, caller)
    person = backend.policy.current().person_signed_in_as(caller.name)
    if not person:
        wrong = "You are none of the policy's people: nobody pages you."
        return await _show(request, backend, caller, wrong=wrong, status=409)
    form = await form_of(request)
    typed = {name: str(form.get(name, "")) for name in ("endpoint", "public_key", "auth", "label")}
    sender = await asyncio.to_thread(push_sender, backend.settings)
    subscription = Subscription(
        typed["endpoint"], typed["public_key"], typed["auth"], sender.key.id
    )
    if wrong := subscription_problem(subscription, sender.services):
        return await _show(request, backend, caller, wrong=wrong, status=422)
    session = request.state.session
    owner = DeviceOwner(person, caller.name, fingerprint(secret_of(request)), session.token)
    label = one_line(typed["label"])[:_LONGEST_LABEL] or _described(request)
    devices, now = backend.records.push_devices, datetime.now(UTC)
    device = await asyncio.to_thread(devices.add, owner, label, subscription, now)
    await _record(request, AuditKind.DEVICE_ADDED, caller, device)
    response = RedirectResponse(f"{PATH}?did=added", 303)
    remember_device(request, response, device.id)
    return response


@router.post(PATH + "/end", dependencies=[Depends(checked), _responder])
async def ended(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """Have a device get no more, by its `id`; others' only as administrator."""
    device = await _chosen(request, backend, caller)
    because, now = f"{caller.name} has removed it", datetime.now(UTC)
    await asyncio.to_thread(backend.records.push_devices.end, device.id, because, now)
    await _record(request, AuditKind.DEVICE_ENDED, caller, device)
    return RedirectResponse(f"{PATH}?did=ended", 303)


@router.post(PATH + "/test", dependencies=[Depends(checked), _responder])
async def tested(request: Request, backend: TheBackend, caller: Viewer) -> Response:
    """Send a device a message that says no more than that it arrives."""
    spend(request, TESTED_CHANNELS, caller)
    device = await _chosen(request, backend, caller)
    wrong = await asyncio.to_thread(_send_test, backend, device)
    await _record(request, AuditKind.CHANNEL_TESTED, caller, device)
    if wrong:
        return await _show(request, backend, caller, wrong=wrong, status=502)
    return RedirectResponse(f"{PATH}?did=tested", 303)


def _send_test(backend: Backend, device: PushDevice) -> str:
    """Why the test was not taken; empty where it was."""
    devices, now = backend.records.push_devices, datetime.now(UTC)
    target = next(
        (t for t in devices.targets(device.person, now) if t.device.id == device.id), None
    )
    if target is None:
        return f"{device.label} gets no pages any more."
    content = {
        "title": "Standfast: a test",
        "body": f"Pages for {device.person} arrive on this device.",
        "tag": "standfast-test",
        "opens": PATH,
    }
    push = Push(content, "standfast-test", Urgency.HIGH, timedelta(minutes=5))
    result = push_sender(backend.settings).send(target.subscription, push)
    if result.gone:
        devices.end(device.id, result.sent.problem, now)
    elif not result.sent.problem:
        devices.used(device, now)
    return f"{device.label}: {result.sent.problem}." if result.sent.problem else ""


async def _show(
    request: Request,
    backend: Backend,
    caller: Caller,
    *,
    done: str = "",
    wrong: str = "",
    status: int = 200,
) -> Response:
    policy = backend.policy.current()
    person = policy.person_signed_in_as(caller.name)
    sender = await asyncio.to_thread(push_sender, backend.settings)
    return page(
        request,
        "devices.html",
        caller=caller,
        status=status,
        devices=await _visible_to(caller, backend),
        everybodys=caller.role.may(Role.ADMINISTRATOR),
        person=person,
        channel=bool(person and policy.people[person].push_channels),
        key=sender.key.public,
        label=_described(request),
        done=done,
        wrong=wrong,
    )


async def _chosen(request: Request, backend: Backend, caller: Caller) -> PushDevice:
    """The device of the form, if the caller may do something with it. Problem: 404 where not."""
    identity = str((await form_of(request)).get("id", ""))
    for device in await _visible_to(caller, backend):
        if device.id == identity:
            return device
    raise Problem(404, detail=f"there is no device {identity[:20]!r}")


async def _visible_to(caller: Caller, backend: Backend) -> list[PushDevice]:
    name = None if caller.role.may(Role.ADMINISTRATOR) else caller.name
    now = datetime.now(UTC)
    return await asyncio.to_thread(backend.records.push_devices.listed, now, name)


def _described(request: Request) -> str:
    """What a browser says of itself, for people: `Chrome on Android`."""
    said = request.headers.get("user-agent", "")
    system = next((each for each in _SYSTEMS if each in said), "")
    browser = next((name for part, name in _BROWSERS if re.search(rf"\b{part}", said)), "Browser")
    return f"{browser} on {system}" if system else browser


async def _record(request: Request, kind: AuditKind, caller: Caller, device: PushDevice) -> None:
    event = AuditEvent(kind, by=caller.name, subject=device.id, detail=f"for {device.person}")
    await backend_of(request).audit.record(event)
