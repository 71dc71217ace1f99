"""Problem Details (RFC 9457): every error that the API answers, as `application/problem+json`."""

import inspect
import logging
from collections.abc import Collection, Mapping
from http import HTTPStatus
from typing import Any, get_args

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send
from temporalio.service import RPCError

from standfast.encryption.errors import EncryptionError
from standfast.hosting.errors import NotReachable
from standfast.intake.errors import (
    Closed,
    IntakeError,
    Invalid,
    NoAnswer,
    NotAllowed,
    NotFound,
    Refused,
    Unavailable,
)
from standfast.messages.clean_text import one_line
from standfast.messages.problems import lines
from standfast.records.errors import TO_STRANGERS, RecordsUnavailable

MEDIA_TYPE = "application/problem+json"
_log = logging.getLogger(__name__)

RETRY_AFTER = {"Retry-After": "5"}
"""Seconds after which to try again when something was unavailable."""

SCHEMA_NAME = "ProblemDetails"
SCHEMA = {
    "title": SCHEMA_NAME,
    "description": "An error, as Problem Details (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string", "description": "What is wrong and what to do, in words."},
        "errors": {
            "type": "array",
            "items": {"type": "string"},
            "description": "One line for each field that is wrong.",
        },
    },
}

_NOT_CONNECTED = "Failed client connect"
"""The start of the SDK's RuntimeError when a lazy client cannot connect."""

_log = logging.getLogger(__name__)


class Problem(Exception):  # noqa: N818
    """An answer that is an error. `extra` become members of the document, beside RFC 9457's.

    >>> raise Problem(403, "Forbidden", "this needs the role operator; ana is a responder")
    """

    def __init__(
        self,
        status: int,
        title: str = "",
        detail: str = "",
        headers: Mapping[str, str] | None = None,
        **extra: Any,
    ) -> None:
        """An empty `title` is the status's own phrase."""
        super().__init__(detail or title)
        self.status = status
        self.title = title or _phrase(status)
        self.detail = detail
        self.headers = dict(headers or {})
        self.extra = extra

    @property
    def document(self) -> dict[str, Any]:
        """The problem as JSON would have it."""
        told = {"type": "about:blank", "title": self.title, "status": self.status}
        return told | ({"detail": self.detail} if self.detail else {}) | self.extra

    @property
    def response(self) -> JSONResponse:
        """The HTTP response."""
        return JSONResponse(self.document, self.status, headers=self.headers, media_type=MEDIA_TYPE)


def _phrase(status: int) -> str:
    """RFC 9110's, which older Pythons do not have yet."""
    newer = {413: "Content Too Large", 422: "Unprocessable Content"}
    return newer.get(status) or HTTPStatus(status).phrase


def documented(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """For `responses=` of a route: the problems with which it may answer.

    A route that answers 401 may answer 429, after too many of them.
    """
    if 401 in statuses:
        statuses = (*statuses, 429)
    content = {MEDIA_TYPE: {"schema": {"$ref": f"#/components/schemas/{SCHEMA_NAME}"}}}
    return {status: {"description": _phrase(status), "content": content} for status in statuses}


def temporal_is_away(why: str) -> Problem:
    """503: earlier answers stay valid; send this request again."""
    return Problem(503, detail=f"Temporal cannot be reached: {one_line(why)}", headers=RETRY_AFTER)


def problem_of(error: Exception, endpoint: Any = None) -> Problem:
    """The answer to a failure; an unexpected one is a 500 without details, and in the log.

    endpoint: the function that was to serve the request.
    """
    match error:
        case Problem():
            return error
        case HTTPException():
            detail = "" if error.detail == HTTPStatus(error.status_code).phrase else error.detail
            if allowed := (error.headers or {}).get("Allow"):
                detail = f"this path takes {allowed}"
            return Problem(error.status_code, detail=str(detail), headers=error.headers)
        case ClientDisconnect():  # nobody reads it; without it each would be a traceback
            return Problem(400, detail="the connection ended before the body did")
        case RequestValidationError():
            return _invalid(error, endpoint)
        case Invalid():
            return Problem(422, detail=str(error), errors=[str(error)])
        case Refused() | Closed():
            return Problem(409, detail=str(error))
        case NotFound():
            return Problem(404, detail=str(error))
        case NotAllowed():
            return Problem(403, detail=str(error))
        case NoAnswer():
            return Problem(504, detail=str(error), headers=RETRY_AFTER)
        case RecordsUnavailable():
            _log.warning("a request could not be served: %s", error)
            return Problem(503, detail=TO_STRANGERS, headers=RETRY_AFTER)
        case Unavailable() | NotReachable() | IntakeError() | EncryptionError():
            return Problem(503, detail=str(error), headers=RETRY_AFTER)
        case RPCError():
            return temporal_is_away(error.message or error.status.name)
        case TimeoutError():
            return temporal_is_away("no answer in time")
        case RuntimeError() if str(error).startswith(_NOT_CONNECTED):
            return temporal_is_away("nobody takes the connection")
    # Here, because most who ask for the problem let the error go no further.
    _log.error("unexpected: %s", type(error).__name__, exc_info=error)
    return Problem(500, detail="this should not have happened; the server's log tells more")


def install(app: FastAPI) -> None:
    """Answer every failure of `app` as a problem. Before any other middleware is added."""

    async def answer(request: Request, error: Exception) -> JSONResponse:
        return problem_of(error, request.scope.get("endpoint")).response

    # FastAPI has handlers of its own for the first two; the last catches whatever is left.
    for kind in (HTTPException, RequestValidationError, *_EXPECTED, Exception):
        app.add_exception_handler(kind, answer)
    app.add_middleware(LastResort)


class LastResort:
    """ASGI middleware that answers what nobody expected.

    Starlette would do so outside of all other middleware: such an answer would have no security
    headers, and no metric would count it.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        begun = False

        async def noting(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, receive, noting)
        except Exception as error:
            if begun or scope["type"] != "http":
                raise
            await problem_of(error).response(scope, receive, send)


_EXPECTED: tuple[type[Exception], ...] = (
    Problem,
    ClientDisconnect,
    IntakeError,
    NotReachable,
    RecordsUnavailable,
    EncryptionError,
    RPCError,
    TimeoutError,
    RuntimeError,
)


def _invalid(error: RequestValidationError, endpoint: Any) -> Problem:
    """422 with a line for each field; 400 for what is not even JSON."""
    found: list[ErrorDetails] = list(error.errors())
    for detail in found:
        if detail["type"] == "json_invalid":
            why = f"{detail['ctx']['error']}, at character {detail['loc'][-1]}"
            return Problem(400, detail=f"the body is not JSON: {why}")
    told = lines([_named(detail) for detail in found], _fields_of(endpoint))
    return Problem(422, detail="; ".join(told), errors=list(told))


def _named(detail: ErrorDetails) -> ErrorDetails:
    """With the field's name only, without the part of the request it is in."""
    return {**detail, "loc": detail["loc"][1:] or ("the body",)}


def _fields_of(endpoint: Any) -> Collection[str]:
    """The fields of the endpoint's body, for hints on misspelt ones."""
    parameters = inspect.signature(endpoint).parameters.values() if endpoint else ()
    for parameter in parameters:
        for kind in (parameter.annotation, *get_args(parameter.annotation)):
            if isinstance(kind, type) and issubclass(kind, BaseModel):
                return kind.model_fields
    return ()
