"""What is written into the audit log of requests: to the API, the console, and from chats."""

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from http import HTTPStatus

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from standfast.hosting.client_address import client_of
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

ONE_IN = 60.0
"""Seconds. Refusals of one caller at one address are one entry in this time, with their number."""

_MOST = 200
"""Callers and addresses that have entries of their own in that time; the others share one."""

_OF_STRANGERS = (AuditKind.REFUSED, AuditKind.SIGN_IN_REFUSED)
"""What anybody can cause, from any number of addresses: it must crowd out nothing else."""

_ORIGIN: ContextVar[str] = ContextVar("origin", default="")
"""The address that the request in hand came from."""

_ELSEWHERE = "other addresses"
_REFUSED = (401, 403)

_log = logging.getLogger(__name__)


class AuditLog:
    """Writes events; those that strangers can cause without end are counted together.

    While the record store is away, an event is a line of this process's log. For one event loop.
    """

    def __init__(self, records: RecordStore, one_in: float = ONE_IN) -> None:
        """`one_in` is in seconds."""
        self._records = records
        self._one_in = one_in
        self._more: dict[AuditEvent, int] = {}
        self._writing: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Write, now and then and at the end, what was counted."""
        counting = asyncio.create_task(self._write_counts())
        try:
            yield
        finally:
            counting.cancel()
            if self._writing:
                await asyncio.wait(self._writing)
            await self._write(self._counted())

    async def record(self, event: AuditEvent) -> None:
        """Write an event now."""
        await self._write([from_here(event)])

    def count(self, event: AuditEvent) -> None:
        """Write an event soon: the first of its kind, caller and address; then their number."""
        event = from_here(event)
        key = AuditEvent(event.kind, event.by, origin=event.origin, detail=event.detail)
        is_full = event.kind in _OF_STRANGERS and len(self._more) >= _MOST
        if is_full and key not in self._more:
            key = AuditEvent(event.kind, origin=_ELSEWHERE)
            event = key
        if key in self._more:
            self._more[key] += 1
            return
        self._more[key] = 0
        task = asyncio.create_task(self._write([event]))
        self._writing.add(task)
        task.add_done_callback(self._writing.discard)

    async def _write_counts(self) -> None:
        while True:
            await asyncio.sleep(self._one_in)
            await self._write(self._counted())

    def _counted(self) -> list[AuditEvent]:
        counted, self._more = self._more, {}
        return [event._replace(times=times) for event, times in counted.items() if times]

    async def _write(self, events: Iterable[AuditEvent]) -> None:
        events = list(events)
        if not events:
            return
        try:
            await self._records.run(self._records.audit.record, *events)
        except RecordsUnavailable as away:
            for event in events:
                _log.warning("not in the audit log, since %s: %s", away, event)


def from_here(event: AuditEvent) -> AuditEvent:
    """The event, from where the request in hand came from, unless it says from where."""
    return event if event.origin else event._replace(origin=_ORIGIN.get())


def noting(records: RecordStore, by: str) -> Callable[[AuditEvent], None]:
    """Adds events to the log at once: done by this person, in the name that the event has, from
    where the request in hand came from. It blocks.
    """

    def note(event: AuditEvent) -> None:
        records.audit.record(from_here(event.acted_by(by, event.by)))

    return note


class Audited:
    """ASGI middleware that records every 401 and 403, and what is done in somebody else's name."""

    def __init__(self, app: ASGIApp, log: AuditLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        _ORIGIN.set(client_of(HTTPConnection(scope)))

        async def watching(message: Message) -> None:
            if message["type"] == "http.response.start":
                status = message["status"]
                if status in _REFUSED and not state.get("refusal_on_record"):
                    self._log.count(_event(AuditKind.REFUSED, scope, detail=str(status)))
                elif status < HTTPStatus.BAD_REQUEST and (behalf := state.get("behalf")):
                    await self._log.record(_event(AuditKind.ACTED_FOR, scope, behalf=behalf))
            await send(message)

        await self._app(scope, receive, watching)


def _event(kind: AuditKind, scope: Scope, *, behalf: str = "", detail: str = "") -> AuditEvent:
    caller = scope["state"].get("caller") or scope["state"].get("refused")
    return AuditEvent(
        kind,
        by=caller.name if caller else "",
        behalf=behalf,
        # Without the query, which may hold a key.
        subject=f"{scope['method']} {scope['path']}",
        detail=detail,
    )
