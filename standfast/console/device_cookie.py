"""Which device a browser is, among those that get pages: it gets none of who was there before."""

import asyncio
from datetime import UTC, datetime, timedelta

from fastapi import Request, Response

from standfast.api.backend import backend_of
from standfast.console.session import signing_of
from standfast.records.push_devices import DeviceOwner

_COOKIE = "standfast_device"
_PURPOSE = "standfast.device"
_LASTS = timedelta(days=400)


def remember_device(request: Request, response: Response, device_id: str) -> None:
    """Have the browser tell which device it is from now on."""
    signing = signing_of(backend_of(request).settings)
    signing.set_cookie(response, _COOKIE, signing.sign(_PURPOSE, device_id), lasts=_LASTS)


async def follow_device(request: Request, name: str, session: str, token: str) -> None:
    """Somebody has signed in: the device goes on with their session, or is ended if not theirs.

    session: the fingerprint of its secret. token: the id of its token; empty without.
    """
    if device_id := _device_of(request):
        owner = DeviceOwner("", name, session, token)
        devices = backend_of(request).records.push_devices
        await asyncio.to_thread(devices.follow, device_id, owner, datetime.now(UTC))


async def end_device(request: Request, response: Response) -> None:
    """Somebody has signed out: the browser gets no more pages."""
    if device_id := _device_of(request):
        devices = backend_of(request).records.push_devices
        now = datetime.now(UTC)
        await asyncio.to_thread(devices.end, device_id, "somebody signed out on it", now)
        signing_of(backend_of(request).settings).drop_cookie(response, _COOKIE)


def _device_of(request: Request) -> str:
    """The id of the browser's device, if we signed it; empty without."""
    signing = signing_of(backend_of(request).settings)
    known = signing.read(_PURPOSE, signing.cookie(request, _COOKIE))
    return known if isinstance(known, str) else ""
