"""Decrypts for Temporal's web UI what it shows: its remote codec, behind our sign-in."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse

from standfast.api.access import Caller
from standfast.api.backend import TheBackend
from standfast.api.problem_details import Problem
from standfast.api.visible import unreadable
from standfast.console.csrf import is_from_here
from standfast.console.session import needs_role
from standfast.console.temporal_ui.link import PREFIX, READS
from standfast.encryption.payload_codec import PayloadEncryption, incident_of
from standfast.encryption.remote_codec import decoded, parsed, saying, written

codec = APIRouter(include_in_schema=False)

_PATH = f"{PREFIX}/codec"

_HIDDEN = saying("this incident is confidential")


def endpoint(request: Request, public_url: str | None) -> str:
    """Where the UI, on our own pages, asks for it: it wants a whole address."""
    return f"{public_url or str(request.base_url).rstrip('/')}{_PATH}"


@codec.post(f"{_PATH}/decode")
async def decode(
    request: Request,
    caller: Annotated[Caller, Depends(needs_role(READS))],
    backend: TheBackend,
) -> JSONResponse:
    """What the UI sends, decrypted. It changes nothing."""
    says_where_from = {"sec-fetch-site", "origin"} & set(request.headers)
    if not says_where_from or not is_from_here(request):
        raise Problem(403, detail="this came from another site, so nothing was decrypted")
    try:
        payloads = parsed(await request.json())
    except ValueError as wrong:
        raise Problem(400, detail=str(wrong)) from None
    encryption = backend.client.data_converter.payload_codec
    if isinstance(encryption, PayloadEncryption):
        incidents = {incident_of(payload) for payload in payloads} - {""}
        hidden = await unreadable(caller, backend, incidents)
        readable = [_HIDDEN if incident_of(one) in hidden else one for one in payloads]
        payloads = await decoded(encryption, readable)
    return JSONResponse(written(payloads), headers={"Cache-Control": "no-store"})
