"""Receives webhooks: authenticates the source, limits its rate, and ingests its alerts."""

import asyncio
import hashlib
import logging
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from functools import partial
from types import TracebackType
from typing import Annotated, Self
from urllib.parse import urlencode

from fastapi import Depends, Request
from pydantic import TypeAdapter

from standfast.api.access import (
    SOURCE_PARAMETER,
    counted,
    key_given,
    must_be_key_of,
    owner_of_key,
)
from standfast.api.backend import Backend
from standfast.api.body_limit import read_prefix
from standfast.api.health import Metrics
from standfast.api.problem_details import Problem
from standfast.api.signatures import BadSignature, pagerduty_webhook, standard_webhook
from standfast.api.webhooks.reading import Sent, look_into
from standfast.decisions.mapping import Body, alerts_in
from standfast.decisions.policy_names import no_such_source
from standfast.incidents.alert import Alert, CannotMap
from standfast.incidents.dedup_keys import incident_key
from standfast.intake.alert_ingestion import AlertIngestion, Outcome, Sender, incidents_in
from standfast.intake.deduplication import Deduplication
from standfast.outgoing.secrets import NoSuchSecret, resolved
from standfast.policy import Policy
from standfast.policy.sources import NOT_SOURCES, Signature, UnknownBodies, removed_source
from standfast.records.errors import RecordsUnavailable
from standfast.time.rate_limiters import RateLimiter

_log = logging.getLogger(__name__)

REDELIVERY_WINDOW = timedelta(minutes=5)
"""A body without a key that comes again within this time was delivered twice."""

REMEMBER_A_KEY_FOR = 2.0
"""Seconds for which a source's key is cached: in a storm that halves the work. A revoked key works
that much longer.
"""

_MOST_KEYS = 1_000

_OUTCOMES: TypeAdapter[Sequence[Outcome]] = TypeAdapter(list[Outcome])
_KEYS: TypeAdapter[list[str]] = TypeAdapter(list[str])


class WebhookReceiver:
    """Receives webhooks for one process. An async context manager: it works inside its block."""

    def __init__(self, backend: Backend, metrics: Metrics) -> None:
        self._backend = backend
        self._metrics = metrics
        self._rates = RateLimiter()
        self._keys: dict[str, tuple[str, float]] = {}
        self._deduplication = Deduplication(
            backend.client,
            backend.records,
            backend.policy.current,
            backend.settings.task_queue,
        )
        self._ingestion = AlertIngestion(
            backend.client, backend.records, backend.policy.current, self._deduplication
        )

    async def __aenter__(self) -> Self:
        await self._deduplication.__aenter__()
        await self._ingestion.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._ingestion.__aexit__(kind, error, trace)
        await self._deduplication.__aexit__(kind, error, trace)

    async def source(self, name: str, request: Request) -> Sender:
        """The source of a path. Problem: 404 where neither the policy nor the key knows it."""
        # This checks the status of a few files, which is cheaper than a thread in a storm.
        policy = self._backend.policy.current()
        if name not in policy.sources and await self._owner(request, key_given(request)) != name:
            raise Problem(404, detail=no_such_source(name, policy.sources))
        return self._sender(name)

    async def source_of_key(self, request: Request, key: str) -> Sender:
        """The source that a key belongs to. Problem: 401 where it belongs to none, 403 where it is
        a key for something else.
        """
        return self._sender(await self._owner(request, key))

    def _sender(self, name: str) -> Sender:
        # The alerts of one that the policy has no more open an incident, for no sender shows a 404.
        source = self._backend.policy.current().sources.get(name)
        return Sender(name, source or removed_source(name))

    async def _owner(self, request: Request, key: str) -> str:
        name, until = self._keys.get(key, ("", 0.0))
        if time.monotonic() < until:
            return name
        self._keys.pop(key, None)
        owner = await owner_of_key(request, self._backend, key)
        if owner in NOT_SOURCES:
            raise Problem(403, detail=f"this is the key of {owner}, which sends no alerts here")
        if len(self._keys) >= _MOST_KEYS:
            self._keys.clear()
        self._keys[key] = (owner, time.monotonic() + REMEMBER_A_KEY_FOR)
        return owner

    async def read(self, request: Request) -> Sent:
        """What the request sends, up to the limit of webhooks."""
        most = self._backend.settings.largest_webhook
        raw, cut_off, end = await read_prefix(request, most)
        parameters = request.query_params.multi_items()
        query = urlencode([item for item in parameters if item[0] != SOURCE_PARAMETER])
        content_type = request.headers.get("content-type", "")
        return Sent(raw, content_type, query, most if cut_off else None, end)

    async def authenticate(self, sender: Sender, request: Request) -> tuple[str, Sent]:
        """Check that this source sent it. Return the webhook's id, "" without one, and the body.

        Problem: 401 without a good signature, or where the source does not sign, without a key;
        403 with the key of another; 413 where it is too large for its signature to be checked.
        """
        signature = sender.source.signature
        if signature:
            sent = await self.read(request)
            if sent.cut_off_at:
                raise Problem(413, detail=f"more than {sent.cut_off_at} bytes cannot be verified")
            try:
                return _verify_signature(signature, request, sent.raw), sent
            except BadSignature as bad:
                raise counted(request, Problem(401, detail=str(bad))) from None
        # Before anything is read: who has no key takes no memory.
        owner = await self.source_of_key(request, key_given(request))
        must_be_key_of(sender.name, owner.name)
        return request.headers.get("webhook-id", ""), await self.read(request)

    def check_rate(self, sender: Sender, cost: int = 1, paid: int = 0) -> None:
        """Count alerts against their source's rate limit. Problem: the source's `busy_status`.

        A body counts as one until its alerts are known, which is `paid` then.
        """
        most = sender.source.max_per_minute
        wait = self._rates.wait_for(sender.name, most, cost, paid)
        if wait:
            raise Problem(
                sender.source.busy_status,
                detail=f"more than {most} alerts a minute came from {sender.name}; send it again "
                f"in {wait} s",
                headers={"Retry-After": str(wait)},
            )

    async def receive(
        self, sender: Sender, sent: Sent, webhook_id: str = "", *, may_be_empty: bool = False
    ) -> Sequence[Outcome]:
        """Ingest the alerts of a body; the outcome of each.

        webhook_id: a webhook of that source and id is ingested once; a repeat gets its answer.
        may_be_empty: whether a list without alerts is right.

        Problem: 429 or 503 where it must come again later.

        Raises:
            CannotMap: no mapping of this source fits the body.
        """
        webhooks = self._backend.records.webhooks
        if webhook_id:
            answered = await asyncio.to_thread(webhooks.answer, sender.name, webhook_id)
            if answered is not None:
                return _OUTCOMES.validate_json(answered)
        policy = self._backend.policy.current()

        look = partial(
            _alerts_in,
            policy,
            sender.name,
            now=datetime.now(UTC),
            unknown=sender.source.unknown_bodies,
            may_be_empty=may_be_empty,
        )
        try:
            alerts = await look_into(sent, look)
        except CannotMap:
            self._metrics.took_alert(sender.name, "refused")
            raise
        self.check_rate(sender, incidents_in(sender, alerts), paid=1)
        if any(alert.key_is_new for alert in alerts):
            alerts = await asyncio.to_thread(
                self._reuse_keys_of_first_delivery, sender.name, sent.raw, alerts
            )
        if webhook_id:
            alerts = _of_delivery(sender.name, webhook_id, alerts)
        outcomes = await self._ingestion.ingest(sender, alerts)
        for outcome in outcomes:
            self._metrics.took_alert(sender.name, outcome.action)
        if webhook_id:
            answer = _OUTCOMES.dump_json(outcomes).decode()
            try:
                await asyncio.to_thread(webhooks.note, sender.name, webhook_id, answer)
            except RecordsUnavailable as away:
                # It is taken all the same: who was told otherwise would send it again, to be
                # counted again.
                _log.warning("the answer to a webhook was not kept for its id: %s", away)
        return outcomes

    def _reuse_keys_of_first_delivery(
        self, source: str, body: bytes, alerts: Sequence[Alert]
    ) -> tuple[Alert, ...]:
        """Alerts with generated keys get those of the first delivery of the same body.

        They are stored before anything is done, so that a lost answer opens nothing twice.
        """
        same = f"body {hashlib.sha256(body).hexdigest()}"
        webhooks = self._backend.records.webhooks
        noted = webhooks.answer(source, same, datetime.now(UTC) - REDELIVERY_WINDOW)
        keys = _KEYS.validate_json(noted) if noted else []
        if len(keys) != len(alerts):  # the first delivery, or the mapping has changed since
            webhooks.note(source, same, _KEYS.dump_json([a.dedup_key for a in alerts]).decode())
            return tuple(alerts)
        return tuple(
            _with_key(alert, source, key) if alert.key_is_new else alert
            for alert, key in zip(alerts, keys, strict=True)
        )


def _alerts_in(
    policy: Policy,
    name: str,
    body: Body,
    *,
    now: datetime,
    unknown: UnknownBodies,
    may_be_empty: bool,
) -> tuple[Alert, ...]:
    if may_be_empty and body.value == []:
        return ()
    return alerts_in(policy, name, body, now, unknown)


def _of_delivery(source: str, webhook_id: str, alerts: Sequence[Alert]) -> tuple[Alert, ...]:
    """Each with what is the same when it is sent again: its answer may not have been kept."""
    of = hashlib.sha256(f"{source}\0{webhook_id}".encode(errors="replace")).hexdigest()[:32]
    return tuple(
        alert.model_copy(update={"delivery": f"{of} {number}"})
        for number, alert in enumerate(alerts)
    )


def _with_key(alert: Alert, source: str, key: str) -> Alert:
    report = alert.report and alert.report.model_copy(
        update={"dedup_key": incident_key(source, key)}
    )
    return alert.model_copy(update={"dedup_key": key, "report": report})


def _verify_signature(signature: Signature, request: Request, body: bytes) -> str:
    try:
        secrets = [resolved(secret, os.environ) for secret in signature.secrets]
        if signature.style == "standard_webhooks":
            return standard_webhook(secrets, request.headers, body, datetime.now(UTC))
        pagerduty_webhook(secrets, request.headers, body)
    except NoSuchSecret as missing:
        raise Problem(
            503, detail=f"signatures cannot be checked here: {missing.variable} is not set"
        ) from None
    return ""


def receiver_of(request: Request) -> WebhookReceiver:
    """The webhook receiver of the app that serves this request."""
    receiver = request.app.state.webhook_receiver
    if not isinstance(receiver, WebhookReceiver):
        raise TypeError("this app was not made by build_app")
    return receiver


Receiver = Annotated[WebhookReceiver, Depends(receiver_of)]
