"""What the doors for webhooks share: who sends, how much may come, and what becomes of it."""

import asyncio
import hashlib
import os
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import Annotated, Self

from fastapi import Depends, Request
from pydantic import TypeAdapter

from standfast.api.access import key_given, must_be_key_of, owner_of_key
from standfast.api.backend import Backend
from standfast.api.problems import Problem
from standfast.api.rate_limits import SourceRateLimiter
from standfast.api.signatures import BadSignature, pagerduty_webhook, standard_webhook
from standfast.decisions.mapping import alerts_of, read_body
from standfast.incidents.alert import Alert, incident_key
from standfast.intake.alerts import AlertIngestion, Outcome, Sender
from standfast.intake.deduplication import Deduplication
from standfast.outgoing.secrets import NoSuchSecret, resolved
from standfast.policy.sources import Signature

SAME_WITHIN = timedelta(minutes=5)
"""For so long a body without a key that comes again is the same one, delivered twice."""

REMEMBER_A_KEY_FOR = 2.0
"""Seconds in which a source's key is not looked up again: in a storm that halves the work. So long
one that was revoked may go on.
"""

_MOST_KEYS = 1_000

_OUTCOMES: TypeAdapter[Sequence[Outcome]] = TypeAdapter(list[Outcome])
_KEYS: TypeAdapter[list[str]] = TypeAdapter(list[str])


class WebhookReceiver:
    """Takes webhooks for one process, for as long as its block lasts."""

    def __init__(self, backend: Backend) -> None:
        self._backend = backend
        self._rates = SourceRateLimiter()
        self._keys: dict[str, tuple[str, float]] = {}
        self._folding = Deduplication(
            backend.client,
            backend.records,
            backend.policy.current,
            backend.settings.task_queue,
        )
        self._alerting = AlertIngestion(
            backend.client, backend.records, backend.policy.current, self._folding
        )

    async def __aenter__(self) -> Self:
        await self._folding.__aenter__()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self._folding.__aexit__(kind, error, trace)

    async def source(self, name: str) -> Sender:
        """A source of the policy in force. Problem: 404 where it has none of that name."""
        # A look at the status of a few files: in a storm, cheaper than a thread.
        source = self._backend.policy.current().sources.get(name)
        if source is None:
            raise Problem(404, detail=f"the policy has no source {name[:100]!r}")
        return Sender(name, source)

    async def whose_key(self, key: str) -> Sender:
        """The source that a key belongs to. Problem: 401 where it is no source's."""
        name, until = self._keys.get(key, ("", 0.0))
        if time.monotonic() < until:
            return await self.source(name)
        self._keys.pop(key, None)
        owner = await owner_of_key(self._backend, key)
        if len(self._keys) >= _MOST_KEYS:
            self._keys.clear()
        self._keys[key] = (owner, time.monotonic() + REMEMBER_A_KEY_FOR)
        return await self.source(owner)

    async def checked(self, sender: Sender, request: Request, body: bytes) -> str:
        """Whether it is this source that sends; the id it gives the webhook, "" without one.

        Problem: 401 without a good signature, or where the source does not sign, without a key;
        403 with the key of another.
        """
        signature = sender.source.signature
        if signature:
            return _signed_id(signature, request, body)
        owner = await self.whose_key(key_given(request))
        must_be_key_of(sender.name, owner.name)
        return request.headers.get("webhook-id", "")

    def limited(self, sender: Sender) -> None:
        """Count a body against what its source may send. Problem: the status it understands."""
        most = sender.source.most_per_minute
        wait = self._rates.wait_for(sender.name, most)
        if wait:
            raise Problem(
                sender.source.busy_status,
                detail=f"more than {most} bodies a minute came from {sender.name}; send it again "
                f"in {wait} s",
                headers={"Retry-After": str(wait)},
            )

    async def take(
        self, sender: Sender, body: bytes, content_type: str, webhook_id: str = ""
    ) -> Sequence[Outcome]:
        """Do what a body asks for; what became of each alert in it.

        webhook_id: a webhook of that source and id is taken once; later ones get its answer.

        Raises:
            CannotMap: the body is none of this source's.
        """
        webhooks = self._backend.records.webhooks
        if webhook_id:
            answered = await asyncio.to_thread(webhooks.answer, sender.name, webhook_id)
            if answered is not None:
                return _OUTCOMES.validate_json(answered)
        policy = self._backend.policy.current()
        alerts = alerts_of(policy, sender.name, read_body(body, content_type), datetime.now(UTC))
        if any(alert.key_is_new for alert in alerts):
            alerts = await asyncio.to_thread(self._with_the_same_keys, sender.name, body, alerts)
        outcomes = await self._alerting.take(sender, alerts)
        if webhook_id:
            answer = _OUTCOMES.dump_json(outcomes).decode()
            await asyncio.to_thread(webhooks.note, sender.name, webhook_id, answer)
        return outcomes

    def _with_the_same_keys(
        self, source: str, body: bytes, alerts: Sequence[Alert]
    ) -> tuple[Alert, ...]:
        """Alerts whose keys are new, with the keys that the same body got a moment ago.

        Noted before anything is done, so that an answer which got lost opens nothing twice.
        """
        same = f"body {hashlib.sha256(body).hexdigest()}"
        webhooks = self._backend.records.webhooks
        noted = webhooks.answer(source, same, datetime.now(UTC) - SAME_WITHIN)
        if noted is None:
            webhooks.note(source, same, _KEYS.dump_json([a.dedup_key for a in alerts]).decode())
            return tuple(alerts)
        keys = _KEYS.validate_json(noted)
        return tuple(
            _with_key(alert, source, key) if alert.key_is_new else alert
            for alert, key in zip(alerts, keys, strict=True)
        )


def _with_key(alert: Alert, source: str, key: str) -> Alert:
    report = alert.report and alert.report.model_copy(
        update={"dedup_key": incident_key(source, key)}
    )
    return alert.model_copy(update={"dedup_key": key, "report": report})


def _signed_id(signature: Signature, request: Request, body: bytes) -> str:
    try:
        secrets = [resolved(secret, os.environ) for secret in signature.secrets]
        if signature.style == "standard_webhooks":
            return standard_webhook(secrets, request.headers, body, datetime.now(UTC))
        pagerduty_webhook(secrets, request.headers, body)
    except BadSignature as bad:
        raise Problem(401, detail=str(bad)) from None
    except NoSuchSecret as missing:
        raise Problem(
            503, detail=f"signatures cannot be checked here: {missing.variable} is not set"
        ) from None
    return ""


def receiver_of(request: Request) -> WebhookReceiver:
    """What takes webhooks in the app that serves this request."""
    taking = request.app.state.taking
    if not isinstance(taking, WebhookReceiver):
        raise TypeError("this app was not made by build_app")
    return taking


TheTaking = Annotated[WebhookReceiver, Depends(receiver_of)]
