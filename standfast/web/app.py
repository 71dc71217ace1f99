"""The application: every router, what runs beside them, and what holds for all of them."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from standfast.api import (
    actions,
    articles,
    attachments,
    bulk,
    channels,
    deliveries,
    events,
    health,
    incidents,
    mail,
    mail_set_aside,
    on_call,
    own_channels,
    problem_details,
    problems,
    reviews,
    search,
    silences,
    stats,
    views,
)
from standfast.api.backend import Backend
from standfast.api.body_limit import BodyLimit
from standfast.api.caller_budgets import CallerBudgets
from standfast.api.event_streams import MOST as MOST_STREAMS
from standfast.api.event_streams import EventStreams
from standfast.api.health import Counted, Metrics
from standfast.api.security import KnownHosts, SecurityHeaders, names_of
from standfast.api.subscription import Subscriptions
from standfast.api.webhooks import alertmanager, pagerduty, phone, sources
from standfast.api.webhooks.paths import TidyPaths
from standfast.api.webhooks.receiver import WebhookReceiver
from standfast.console import confirm, page_link, pages, sign_in
from standfast.console.board_watch import BoardWatch
from standfast.console.latest_findings import LatestFindings
from standfast.console.latest_views import LatestViews
from standfast.console.temporal_ui import codec as temporal_codec
from standfast.console.temporal_ui import markdown as temporal_markdown
from standfast.console.temporal_ui import pages as temporal_ui
from standfast.console.temporal_ui.assets import TemporalAssets
from standfast.hosting.audit import Audited
from standfast.hosting.watchdog import build_finder
from standfast.lookup.list_check import ListCheck
from standfast.lookup.open_list import OpenList
from standfast.web import openapi
from standfast.web.connections import ConnectionLimits
from standfast.web.fair_turns import FairTurns
from standfast.web.smtp import smtp_listener

_VERSION = version("standfast")


def build_app(backend: Backend) -> FastAPI:
    """The application on this backend. Its lifespan runs what lives beside the routes."""

    # What runs for as long as the application does, beside its routes.
    lives: list[AbstractAsyncContextManager[object]] = []

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as ends:
            for life in lives:
                await ends.enter_async_context(life)
            yield

    app = FastAPI(
        title="Standfast",
        version=_VERSION,
        lifespan=lifespan,
        # The pages that FastAPI has for these load scripts from elsewhere; ours is `openapi`.
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    openapi.install(app)
    app.state.backend = backend
    # Set when the server is to end: streams, which would go on for ever, wait for it too.
    app.state.leaving = asyncio.Event()
    app.state.watches = Subscriptions(backend.lookup, app.state.leaving)
    # At most half of the connections, so that the others are left for requests.
    app.state.event_streams = EventStreams(
        min(MOST_STREAMS, max(1, ConnectionLimits.of_this_process().total // 2))
    )
    app.state.caller_budgets = CallerBudgets()
    app.state.on_call_turns = asyncio.Semaphore(1)
    app.state.counting_numbers = asyncio.Semaphore(1)
    app.state.board_watch = BoardWatch(backend.client, backend.records)
    app.state.latest_views = LatestViews(backend.lookup)
    tokens = incidents.page_tokens_of(backend.settings)
    app.state.open_list = OpenList(backend.client, backend.records, tokens)
    app.state.list_check = ListCheck(backend.client, backend.records, backend.lookup)
    finder = build_finder(backend.client, backend.records, backend.settings.task_queue)
    app.state.latest_findings = LatestFindings(finder)
    app.state.metrics = Metrics()
    lives.append(backend.audit.running())
    problem_details.install(app)
    # Routes are matched in order, and storms come through these.
    app.include_router(pagerduty.router)
    app.include_router(alertmanager.router)
    app.include_router(mail.router)  # before the sources, whose path is any name
    app.include_router(phone.router)
    app.include_router(sources.router)
    app.include_router(health.router)
    app.include_router(incidents.router)
    app.include_router(search.router)
    app.include_router(views.router)
    app.include_router(articles.router)
    app.include_router(articles.of_incidents)
    app.include_router(attachments.router)
    app.include_router(deliveries.router)
    app.include_router(problems.of_incidents)
    app.include_router(problems.router)
    app.include_router(reviews.of_incidents)
    app.include_router(reviews.router)
    app.include_router(channels.router)
    app.include_router(events.router)
    app.include_router(actions.router)
    app.include_router(bulk.router)
    app.include_router(mail_set_aside.router)
    app.include_router(silences.router)
    app.include_router(on_call.router)
    app.include_router(own_channels.router)
    app.include_router(stats.router)
    sign_in.get_ready(backend.settings)
    app.include_router(sign_in.router)
    app.include_router(confirm.router)
    app.include_router(page_link.router)
    app.include_router(pages.router)
    app.include_router(temporal_codec.codec)
    app.include_router(temporal_markdown.markdown)  # before the pages, whose path is any
    app.include_router(temporal_ui.api)
    app.include_router(temporal_ui.pages)
    app.state.temporal_assets = TemporalAssets()
    lives.append(app.state.temporal_assets)
    app.state.temporal_calls = Counter()
    app.state.temporal_http = temporal_ui.open_http()
    lives.append(app.state.temporal_http)
    app.state.webhook_receiver = WebhookReceiver(backend, app.state.metrics)
    lives.append(app.state.webhook_receiver)
    app.state.phone_door = phone.PhoneDoor(backend)
    lives.append(smtp_listener(backend, app.state.metrics))
    # Paths that accept larger bodies, with their limits in bytes.
    larger = {mail.PATH: backend.policy.current().mail.max_bytes}
    webhooks = (pagerduty.PREFIX, alertmanager.PATH, sources.PREFIX)
    app.add_middleware(BodyLimit, most=backend.settings.largest_body, larger=larger, own=webhooks)
    app.add_middleware(KnownHosts, names=names_of(backend.settings), keyed=webhooks)
    app.add_middleware(TidyPaths, prefixes=webhooks)
    app.add_middleware(Audited, log=backend.audit)
    app.add_middleware(Counted, metrics=app.state.metrics)
    https = (backend.settings.public_url or "").startswith("https:")
    app.add_middleware(SecurityHeaders, https=https)
    app.add_middleware(FairTurns)
    return app
