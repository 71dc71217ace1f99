"""The process that keeps the policy's chats up to date, and that they call by HTTP."""

import asyncio
import contextlib
import logging
import os
import socket
import uuid
from collections.abc import AsyncIterator, Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute
from starlette.types import ASGIApp

from standfast.chat.kinds import providers
from standfast.chat.provider import ChatProvider
from standfast.chat.running import ChatAtWork, Place
from standfast.chat.threads import Doors
from standfast.hosting import data_directory
from standfast.hosting.audit import Audited, AuditLog
from standfast.hosting.connection import connect_lazily
from standfast.hosting.errors import HostingError
from standfast.hosting.http_server import HttpServer
from standfast.hosting.links import incident_link
from standfast.hosting.logs import log_to_standard_error
from standfast.hosting.records import open_records
from standfast.hosting.setting_values import proxies
from standfast.hosting.settings import Settings, load_settings, variable
from standfast.hosting.stopping import StopSignals, exit_code_of, say
from standfast.intake.page_answers import PageAnswers
from standfast.lookup.lookup import Lookup
from standfast.outgoing.secrets import NoSuchSecret
from standfast.policy.chat import ChatRules
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore

_log = logging.getLogger(__name__)

_POLICY_IS_READ_EVERY = 5.0
_ENDING = 5


def serve() -> int:
    """Keep the chats up to date until SIGTERM or SIGINT; the exit code: 0 after a signal."""
    log_to_standard_error()
    try:
        return exit_code_of("standfast-chat", _serve(load_settings()))
    except asyncio.CancelledError:
        return 0


async def _serve(settings: Settings) -> None:
    signals = StopSignals()
    policy = PolicySource(settings.policy)
    if not policy.current().chat.named:
        raise HostingError("the policy names no chat: see `chat` in docs/policy.md")
    async with chats_of(settings, policy) as place:
        signals.started()
        told = asyncio.create_task(signals.wait())
        while not told.done():
            await _work(settings, policy, place, told)


@contextlib.asynccontextmanager
async def chats_of(settings: Settings, policy: PolicySource) -> AsyncIterator[Place]:
    """What chats are worked for with. Neither Temporal nor the database need be there yet.

    Raises:
        HostingError: a setting cannot be used.
    """
    data_directory.create(settings.data_dir)
    records = open_records(settings)
    try:
        client = await connect_lazily(settings, lambda: records)
        lookup = Lookup(client, records)
        answers = PageAnswers(client, policy.current, lookup, records)
        yield Place(
            records=records,
            doors=Doors(client, policy.current, lookup, answers),
            task_queue=settings.task_queue,
            holder=f"{socket.gethostname()[:20]}-{os.getpid()}-{uuid.uuid4().hex[:12]}",
            link=incident_link(settings),
        )
    finally:
        records.close()


async def _work(
    settings: Settings, policy: PolicySource, place: Place, told: "asyncio.Task[None]"
) -> None:
    """Work for the chats of the policy as it is, until that changes, or a signal."""
    rules = policy.current().chat
    at_work = [ChatAtWork(provider, place) for provider in _providers(rules)]
    routes = [route for chat in at_work for route in chat.routes()]
    tasks = {asyncio.create_task(chat.run()) for chat in at_work}
    if routes:
        tasks.add(asyncio.create_task(_listen(settings, place.records, routes)))
    names = ", ".join(chat.provider.title for chat in at_work) or "nowhere"
    say(f"  Chat      {names}")
    changed = asyncio.create_task(_changes(policy, rules))
    try:
        ended, _ = await asyncio.wait({*tasks, changed, told}, return_when=asyncio.FIRST_COMPLETED)
        for task in ended & tasks:
            task.result()
    finally:
        for task in (*tasks, changed):
            task.cancel()
        await asyncio.gather(*tasks, changed, return_exceptions=True)


def _providers(rules: ChatRules) -> list[ChatProvider]:
    """What talks to each chat; one that lacks a secret keeps the others from nothing.

    Raises:
        HostingError: all of them lack one.
    """
    found: list[ChatProvider] = []
    missing: list[str] = []
    for name in rules.named:
        try:
            found += providers(rules, [name])
        except NoSuchSecret as secret:
            missing.append(f"chat.{name}: {secret.variable} is not set where the chats are kept")
    if missing and not found:
        raise HostingError("; ".join(missing))
    for words in missing:
        _log.error("%s", words)
    return found


async def _changes(policy: PolicySource, rules: ChatRules) -> None:
    """Wait until the policy says something else about chats."""
    while True:
        await asyncio.sleep(_POLICY_IS_READ_EVERY)
        if (await asyncio.to_thread(policy.current)).chat != rules:
            return


def called_by_chats(routes: Sequence[BaseRoute], log: AuditLog) -> ASGIApp:
    """What chats call; whoever is refused there is on record."""
    return Audited(Starlette(routes=list(routes)), log)


async def _listen(settings: Settings, records: RecordStore, routes: Sequence[BaseRoute]) -> None:
    """Serve what chats call. HostingError: the port cannot be had."""
    host, port = settings.api_host, settings.chat_port
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        listener = socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        raise HostingError(
            f"cannot listen on {host}, port {port}: {error.strerror}; set {variable('chat_port')}"
        ) from None
    log, trusted = AuditLog(records), proxies(settings.trusted_proxies)
    config = uvicorn.Config(
        called_by_chats(routes, log),
        lifespan="off",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=bool(trusted),
        forwarded_allow_ips=trusted,
        limit_concurrency=200,
        timeout_graceful_shutdown=_ENDING,
    )
    with listener:
        say(f"  Called by chats at port {listener.getsockname()[1]}")
        async with log.running():
            await HttpServer(config).serve(sockets=[listener])
