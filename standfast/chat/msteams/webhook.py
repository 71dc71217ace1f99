"""`POST /chat/teams/messages`: what Microsoft tells us that people did, once it is believed."""

import asyncio
import logging
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from microsoft_teams.api.activities import Activity
from microsoft_teams.api.activities.invoke.adaptive_card import AdaptiveCardInvokeActivity
from microsoft_teams.api.models.adaptive_card import AdaptiveCardActionMessageResponse
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from standfast.chat.events import Handler
from standfast.chat.msteams.activities import (
    NotForUs,
    Place,
    delivery_of,
    event_of,
    must_be_ours,
    place_of,
    read,
)
from standfast.chat.msteams.inbound_tokens import InboundTokens, KeysAway, NotFromTeams

PATH = "/chat/teams/messages"

LARGEST_BODY = 256_000
"""Bytes; Teams sends 28 kB and its own fields."""

OLDEST = timedelta(hours=1)
"""What is said to have been done longer ago is a replay: Microsoft gives up long before."""

ANSWER_WITHIN = 8.0
"""Seconds; after ten, Teams tells who pressed a button that something went wrong."""

_REMEMBERED = 10_000
_STILL_ON_IT = "This takes longer than usual. The message here shows when it is done."
_NOTED = "Noted."

_log = logging.getLogger(__name__)

Tell = Callable[[Place, str, str], Awaitable[None]]
"""Says a text to a user alone: the place where they did something, the user, and the text."""

Met = Callable[[str, str], None]
"""A user did something in a conversation."""


class Webhook:
    """Takes the requests for one bot. For one event loop."""

    def __init__(
        self,
        tokens: InboundTokens,
        handle: Handler,
        *,
        tenant: str,
        app: str,
        tell: Tell,
        met: Met,
        answer_within: float = ANSWER_WITHIN,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """answer_within: in seconds, which `clock` counts too."""
        self._tokens = tokens
        self._handle = handle
        self._tenant = tenant
        self._app = app
        self._tell = tell
        self._met = met
        self._answer_within = answer_within
        self._clock = clock
        self._seen: OrderedDict[str, float] = OrderedDict()
        self._going_on: set[asyncio.Task[None]] = set()

    async def receive(self, request: Request) -> Response:
        """200; 401 or 403: it is not believed; 400: no activity; 503: Microsoft's keys are away."""
        try:
            # First, so that nobody else has us read anything.
            service_url = await self._tokens.service_url(request.headers.get("authorization", ""))
        except NotFromTeams as strange:
            return _refused(401, str(strange))
        except KeysAway as away:
            _log.warning("a request of Teams must come again: %s", away)
            return _refused(503, str(away))
        body = await _body(request)
        if body is None:
            return _refused(413, f"more than {LARGEST_BODY} bytes")
        try:
            activity = read(body)
        except ValueError as wrong:
            return _refused(400, str(wrong))
        if activity is None:
            return Response()
        try:
            must_be_ours(activity, service_url, tenant=self._tenant, app=self._app)
            self._must_be_new(activity)
        except NotForUs as strange:
            return _refused(403, str(strange))
        return await self._taken(activity)

    async def close(self) -> None:
        """Wait a moment for what is still being dealt with."""
        if self._going_on:
            await asyncio.wait(self._going_on, timeout=ANSWER_WITHIN)

    def _must_be_new(self, activity: Activity) -> None:
        at = activity.timestamp
        if at is None or abs(datetime.now(UTC) - at) > OLDEST:
            raise NotForUs("it is too old: is the clock here right?")
        now, delivery = self._clock(), delivery_of(activity)
        while self._seen and next(iter(self._seen.values())) < now - OLDEST.total_seconds():
            self._seen.popitem(last=False)
        if delivery in self._seen:
            raise NotForUs("it was delivered before")
        self._seen[delivery] = now
        if len(self._seen) > _REMEMBERED:
            self._seen.popitem(last=False)

    async def _taken(self, activity: Activity) -> Response:
        is_button = isinstance(activity, AdaptiveCardInvokeActivity)
        place, user = place_of(activity), activity.from_.id
        said: list[str] = []
        is_answered = False

        async def answer(text: str) -> None:
            if is_button and not is_answered:
                said.append(text)
            else:
                await self._tell(place, user, text)

        try:
            event = event_of(activity, self._app, answer)
        except ValueError as wrong:
            return _refused(400, str(wrong))
        if event is None:
            return Response()
        self._met(user, place.conversation)
        task = asyncio.ensure_future(self._handle(event))
        self._going_on.add(task)
        task.add_done_callback(self._going_on.discard)
        done, _ = await asyncio.wait([task], timeout=self._answer_within)
        is_answered = True
        if not is_button:
            return Response()
        text = "\n\n".join(said) or (_NOTED if done else _STILL_ON_IT)
        shown = AdaptiveCardActionMessageResponse(value=text)
        return JSONResponse(shown.model_dump(by_alias=True))


async def _body(request: Request) -> bytes | None:
    """The body; None of one that is too large."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > LARGEST_BODY:
            return None
    return bytes(body)


def _refused(status: int, why: str) -> Response:
    return JSONResponse(
        {"title": "Not taken", "status": status, "detail": why},
        status,
        media_type="application/problem+json",
    )
