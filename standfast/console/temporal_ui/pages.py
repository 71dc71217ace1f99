"""The routes of Temporal's web UI: its pages, and its API in front of the embedded server's.

The UI has no sign-in and answers under any name, so it is on no port of its own. Here it stands
behind our sign-in, the check of the host name, and rules for who reads and who writes.
"""

import asyncio
import base64
import hashlib
import re
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from typing import Annotated, Final

import httpx
from fastapi import APIRouter, Depends, Request, Response
from fastapi.responses import JSONResponse, StreamingResponse

from standfast.api.access import Caller
from standfast.api.backend import TheBackend
from standfast.api.problem_details import Problem
from standfast.console.csrf import is_from_here
from standfast.console.errors import PageRoute
from standfast.console.session import needs_role
from standfast.console.temporal_ui import codec
from standfast.console.temporal_ui.assets import INDEX, TemporalAssets
from standfast.console.temporal_ui.link import PREFIX, READS, WRITES
from standfast.hosting.data_directory import running_server
from standfast.hosting.errors import ServerFailed
from standfast.outgoing.egress import trusted_certificates
from standfast.records.audit import AuditEvent, AuditKind

pages = APIRouter(route_class=PageRoute, include_in_schema=False)
api = APIRouter(include_in_schema=False)

Reader = Annotated[Caller, Depends(needs_role(READS))]

_API = f"{PREFIX}/api/v1/"
_JSON: Final = "application/json+no-payload-shorthand"
"""What the server's HTTP API calls the form of payloads that the UI knows."""

_LONG_POLL, _CONNECTS_WITHIN = 75.0, 5.0
"""Seconds. The UI waits for new events, which the server answers after 60 at the latest."""

MOST_AT_ONCE = 20
"""Calls of one person; a browser sends six. All together have as many as httpx has connections."""

_METADATA = re.compile(
    r"/api/v1/namespaces/[^/]+/workflows/[^/]+/query/__temporal_workflow_metadata"
)
"""The one query that opening a run's page asks: where the incident stands, in Markdown."""

_INLINE = re.compile(rb"<script>(.*?)</script>", re.DOTALL)
_CSP = (
    "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' {scripts}; "
    "style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
    "connect-src 'self'; worker-src 'self' blob:; manifest-src 'self'; frame-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'none'"
)


@pages.get(PREFIX, dependencies=[Depends(needs_role(READS))])
@pages.get(f"{PREFIX}/{{path:path}}", dependencies=[Depends(needs_role(READS))])
async def page(request: Request, backend: TheBackend, path: str = "") -> Response:
    """A page of the UI, or a file that it loads."""
    if running_server(backend.settings.data_dir) is None:
        raise Problem(
            404,
            detail="no Temporal server runs on this data directory; with a server of your own, use "
            "its own web UI (STANDFAST_LINK leads there)",
        )
    assets: TemporalAssets = request.app.state.temporal_assets
    is_file = path.startswith("_app/") or ("." in path and "/" not in path)
    try:
        asset = await assets.get(path if is_file else INDEX)
    except ServerFailed as failed:
        raise Problem(503, detail=str(failed)) from None
    if asset.status != httpx.codes.OK:
        raise Problem(404, detail="Temporal's web UI has no such file")
    fixed = path.startswith("_app/immutable/")
    return Response(
        asset.content,
        media_type=asset.content_type,
        headers={
            "Content-Security-Policy": _policy_for(asset.content if not is_file else b""),
            "Cache-Control": "private, max-age=31536000, immutable" if fixed else "no-store",
        },
    )


@api.get(f"{_API}settings")
async def settings(request: Request, caller: Reader, backend: TheBackend) -> Response:
    """What the UI offers: only what the caller may do."""
    return JSONResponse(
        {
            "Auth": {"Enabled": False, "Options": None},
            "DefaultNamespace": "",
            "ShowTemporalSystemNamespace": False,
            "DisableNewsFetch": True,
            "Codec": {
                "Endpoint": codec.endpoint(request, backend.settings.public_url),
                "PassAccessToken": False,
                "IncludeCredentials": True,
            },
            "Version": "",
            "DisableWriteActions": not caller.role.may(WRITES),
            "HideWorkflowQueryErrors": True,
        }
    )


def _counted(request: Request, caller: Reader) -> Iterator[Caller]:
    """The caller, whose call is counted for as long as it lasts. Problem: 429 for too many."""
    running: Counter[str] = request.app.state.temporal_calls
    if running[caller.name] >= MOST_AT_ONCE:
        raise Problem(
            429,
            detail=f"{caller.name} has {MOST_AT_ONCE} calls of Temporal's UI under way, the most "
            "that one may have: close some of its pages",
            headers={"Retry-After": "10"},
        )
    running[caller.name] += 1
    try:
        yield caller
    finally:
        running[caller.name] -= 1
        if not running[caller.name]:
            del running[caller.name]


@api.api_route(
    f"{_API}{{path:path}}", methods=["GET", "POST", "PUT", "PATCH", "DELETE"], name="temporal api"
)
async def call(
    request: Request, caller: Annotated[Caller, Depends(_counted)], backend: TheBackend
) -> Response:
    """One call of the UI, passed on to the embedded server."""
    path = request.scope["raw_path"].decode("ascii").removeprefix(PREFIX)
    _refuse_what_they_may_not(request, path, caller)
    if _changes(request, path):
        what = f"{request.method} {path}"
        await backend.audit.record(
            AuditEvent(AuditKind.TEMPORAL_CHANGED, by=caller.name, subject=what)
        )
    server = running_server(backend.settings.data_dir)
    if server is None:
        raise Problem(503, detail="the Temporal server is not running")
    http: httpx.AsyncClient = request.app.state.temporal_http
    query = request.scope["query_string"].decode("ascii")
    url = f"http://{server.http_address}{path}{'?' if query else ''}{query}"
    body = await request.body()
    try:
        asked = http.build_request(
            request.method,
            url,
            content=body or None,
            headers={"Host": server.http_host, "Accept": _JSON, "Content-Type": _JSON},
        )
    except httpx.InvalidURL:
        raise _no_address() from None
    answer = await _answer(http, asked, request)
    return StreamingResponse(
        _content(answer), status_code=answer.status_code, media_type="application/json"
    )


def open_http() -> httpx.AsyncClient:
    """The client with which calls are passed on; close it at the end."""
    return httpx.AsyncClient(
        trust_env=False,
        verify=trusted_certificates(),
        timeout=httpx.Timeout(_LONG_POLL, connect=_CONNECTS_WITHIN, pool=_CONNECTS_WITHIN),
    )


async def _answer(
    http: httpx.AsyncClient, asked: httpx.Request, request: Request
) -> httpx.Response:
    """The answer, whose content is still to be read; Problem: 503 without one."""
    sending = asyncio.create_task(http.send(asked, stream=True))
    # The UI may be waiting for new events: nobody else waits for that when it is over.
    ends = [
        asyncio.create_task(request.app.state.leaving.wait()),
        asyncio.create_task(_left(request)),
    ]
    try:
        await asyncio.wait({sending, *ends}, return_when=asyncio.FIRST_COMPLETED)
        if not sending.done():
            raise Problem(503, detail="this server is stopping, or nobody waits for the answer")
        return sending.result()
    except httpx.HTTPError as error:
        why = str(error) or type(error).__name__
        raise Problem(503, detail=f"the Temporal server does not answer: {why}") from None
    finally:
        for task in (sending, *ends):
            task.cancel()


async def _left(request: Request) -> None:
    """Wait until whoever asked has gone; all of the body has been read."""
    while (await request.receive())["type"] != "http.disconnect":
        pass


async def _content(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for part in answer.aiter_bytes():
            yield part
    finally:
        await answer.aclose()


def _refuse_what_they_may_not(request: Request, path: str, caller: Caller) -> None:
    """Problem: 400 for a path that could mean another, 403 for what the caller may not do."""
    if re.search(r"(?:^|/)(?:\.|%2[eE]){1,2}(?:/|$)", path) or "%2f" in path.lower():
        raise _no_address()
    if request.method == "GET":
        return
    says_where_from = {"sec-fetch-site", "origin"} & set(request.headers)
    if not says_where_from or not is_from_here(request):
        raise Problem(403, detail="this came from another site, so nothing was done")
    if _changes(request, path) and not caller.role.may(WRITES):
        raise Problem(
            403,
            detail=f"this needs the role {WRITES}; {caller.name} is signed in as {caller.role}: "
            "act on the incident's page",
        )


def _no_address() -> Problem:
    return Problem(400, detail="this address is not one of Temporal's")


def _changes(request: Request, path: str) -> bool:
    return request.method != "GET" and not _METADATA.fullmatch(path)


def _policy_for(html: bytes) -> str:
    """The Content-Security-Policy of a page: no scripts but those that the page came with."""
    digests = (hashlib.sha256(script).digest() for script in _INLINE.findall(html))
    allowed = (f"'sha256-{base64.b64encode(digest).decode()}'" for digest in digests)
    return _CSP.format(scripts=" ".join(allowed)).replace("  ", " ").replace(" ;", ";")
