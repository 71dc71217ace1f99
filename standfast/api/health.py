"""Health checks and metrics, for operators and Prometheus."""

import asyncio
import logging
import time

from fastapi import APIRouter, Depends, Request, Response
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest
from pydantic import BaseModel
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from standfast.api.access import Caller, bearer, needs, recognised
from standfast.api.backend import Backend, TheBackend
from standfast.api.problem_details import RETRY_AFTER, Problem, documented, problem_of
from standfast.incidents.roles import Role
from standfast.policy import Policy
from standfast.policy.sources import METRICS
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

_LOOK_FOR = 3.0
"""Seconds for Temporal, and for the records, to answer."""

_NO_ROUTE = "none"
_NO_METHOD = "any"

_NOT_READY = (
    "reports cannot be accepted just now; a responder's token shows why, and so does the log"
)

_log = logging.getLogger(__name__)

router = APIRouter(tags=["health"])


class Health(BaseModel):
    """`checks` has the state of each dependency, for responders and the key of the metrics."""

    status: str = "ok"
    checks: dict[str, str] = {}


class Metrics:
    """The application's metrics, in a registry of its own."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self._requests = Counter(
            "standfast_api_requests",
            "Requests that were answered.",
            ("method", "route", "status"),
            registry=self.registry,
        )
        self._seconds = Histogram(
            "standfast_api_request_seconds",
            "Seconds from a request to the beginning of its answer.",
            ("method", "route"),
            registry=self.registry,
        )
        self._alerts = Counter(
            "standfast_alerts",
            "Alerts that webhooks held, by what they did; `refused` are bodies.",
            ("source", "action"),
            registry=self.registry,
        )
        self._mails = Counter(
            "standfast_mails",
            "Mail that was handled, by result; and by kind what was set aside.",
            ("result", "kind"),
            registry=self.registry,
        )

        self._chats_kept = Gauge(
            "standfast_chat_kept",
            "1 while a process keeps the chat up to date, else 0.",
            ("chat",),
            registry=self.registry,
        )
        self._chats_behind = Gauge(
            "standfast_chat_behind",
            "Messages, channels and invitations in the chat that are not as they should be.",
            ("chat",),
            registry=self.registry,
        )

    def saw_chat(self, chat: str, *, kept: bool, behind: int) -> None:
        """Keep how a chat of the policy stands."""
        self._chats_kept.labels(chat).set(int(kept))
        self._chats_behind.labels(chat).set(behind)

    def took_alert(self, source: str, action: str) -> None:
        """Count an alert, or a body of which none was taken: its action is `refused`."""
        self._alerts.labels(source, action).inc()

    def handled_mail(self, result: str, kind: str) -> None:
        """Count a mail; `kind` is empty where it was not set aside."""
        self._mails.labels(result, kind).inc()

    def answered(self, scope: Scope, status: int, seconds: float) -> None:
        """Count an answer, under the route's pattern and one of its methods.

        Whoever asks can make up paths and methods without end.
        """
        route = getattr(scope.get("route"), "path", _NO_ROUTE)
        known = getattr(scope.get("route"), "methods", None) or ()
        method = scope["method"] if scope["method"] in known else _NO_METHOD
        self._requests.labels(method, route, str(status)).inc()
        self._seconds.labels(method, route).observe(seconds)


class Counted:
    """ASGI middleware that counts every answer."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        came = time.perf_counter()

        async def counting(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._metrics.answered(scope, message["status"], time.perf_counter() - came)
            await send(message)

        await self._app(scope, receive, counting)


@router.get("/healthz", operation_id="healthz", response_model=Health)
async def healthz() -> Health:
    """Whether this process answers at all."""
    return Health()


@router.get("/readyz", operation_id="readyz", response_model=Health, responses=documented(503))
async def readyz(request: Request, backend: TheBackend) -> Health:
    """Whether reports can be accepted: Temporal and the records answer.

    What is wrong is told to a responder's token, and to the key of the metrics.
    """
    temporal, records = await asyncio.gather(_temporal(backend), _records(backend))
    checks = {"temporal": temporal, "records": records}
    away = {name: word for name, word in checks.items() if word != "ok"}
    if away:
        _log.warning("not ready: %s", "; ".join(away.values()))
    if not await _may_know(request, backend):
        if away:
            raise Problem(503, detail=_NOT_READY, headers=RETRY_AFTER)
        return Health()
    if away:
        raise Problem(503, detail="; ".join(away.values()), headers=RETRY_AFTER, checks=checks)
    return Health(checks=checks)


async def _may_know(request: Request, backend: Backend) -> bool:
    """Whether who asks may know how it is; while the records are away, nobody can be told apart."""
    try:
        caller = await recognised(request, backend, bearer(request))
    except RecordsUnavailable:
        return False
    return caller is not None and (caller.source == METRICS or _is_responder(caller))


def _is_responder(caller: Caller) -> bool:
    return not caller.source and caller.role.may(Role.RESPONDER)


@router.get(
    "/metrics",
    operation_id="metrics",
    response_class=Response,
    dependencies=[Depends(needs(Role.RESPONDER, or_key_of=METRICS))],
    responses={
        200: {"content": {"text/plain": {"schema": {"type": "string"}}}},
        **documented(401, 403),
    },
)
async def metrics(request: Request, backend: TheBackend) -> Response:
    """The metrics of requests, answers and chats, for Prometheus: it needs the key `metrics`."""
    counted: Metrics = request.app.state.metrics
    await asyncio.to_thread(look_at_chats, backend.policy.current(), backend.records, counted)
    return Response(generate_latest(counted.registry), media_type=CONTENT_TYPE_LATEST)


def look_at_chats(policy: Policy, records: RecordStore, metrics: Metrics) -> None:
    """Measure how the policy's chats stand. While the records are away, that stays as it was."""
    names = policy.chat.named
    if not names:
        return
    try:
        kept = records.chat_keepers.kept()
        for name in names:
            behind = len(records.chat_steps.in_trouble(name))
            metrics.saw_chat(name, kept=name in kept, behind=behind)
    except RecordsUnavailable as away:
        _log.warning("how the chats stand is not known: %s", away)


async def _temporal(backend: Backend) -> str:
    try:
        async with asyncio.timeout(_LOOK_FOR):
            there = await backend.client.service_client.check_health()
    except Exception as error:
        return problem_of(error).detail
    return "ok" if there else "Temporal says that it is not ready"


async def _records(backend: Backend) -> str:
    try:
        async with asyncio.timeout(_LOOK_FOR):
            await asyncio.to_thread(backend.records.tokens.get, "")
    except Exception as error:
        return (
            "the records did not answer in time" if isinstance(error, TimeoutError) else str(error)
        )
    return "ok"
