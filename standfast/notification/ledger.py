"""The ledger of messages, as a sender uses it: what is known of a message, and what became of it.

A message matters more than the ledger: while the record store is away it goes out as well, and may
be sent twice.
"""

import asyncio
import hashlib
import logging
from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from typing import TypeVar

from standfast.decisions import storm
from standfast.incidents import notification_texts as texts
from standfast.incidents.confidentiality import Reader
from standfast.incidents.ids import episode_of
from standfast.incidents.notification import Audience, Notification, Purpose
from standfast.incidents.told_of_others import LinesTold, lines_without, told_in
from standfast.notification.channels import TRY_ALL_FOR
from standfast.notification.errors import NotDelivered
from standfast.policy_file.source import PolicySource
from standfast.records.delivery import SentThrough
from standfast.records.digest import Admission, Digest, PageLine
from standfast.records.errors import RecordsUnavailable
from standfast.records.projections import Projection
from standfast.records.store import RecordStore

ANSWERS_WITHIN = timedelta(seconds=10)
"""How long a message waits for the ledger; then it goes out without."""

DIGEST_LEASE = TRY_ALL_FOR + 3 * ANSWERS_WITHIN
"""How long a digest is one worker's to send; when that worker has died, the next may send it."""

_EVERY_RESPONDER = Reader(())
"""Who finds what every responder finds, and so nothing confidential."""

_MOST_LOOKED_AT = 200
"""Incidents of one digest; each costs about a millisecond."""

_log = logging.getLogger(__name__)

Answer = TypeVar("Answer")


class DeliveryLedger:
    """Asks the record store twice for a message: before it is sent, and when a channel took it.

    A page that is held asks once, and so does forgetting it; a digest asks three times for all its
    pages: what to send, what has happened to those incidents, and that it was sent. A message that
    tells of other incidents asks once more, whether all may still read of them.
    """

    def __init__(
        self, policy: PolicySource, records: RecordStore, digest_lease: timedelta = DIGEST_LEASE
    ) -> None:
        self._policy = policy
        self._records = records
        self._digest_lease = digest_lease
        self._noting: set[asyncio.Task[None]] = set()
        """What is being written; here, since the event loop alone would not hold it."""

    async def open(self, notification: Notification, text: str) -> Admission | Digest | None:
        """Look a message up before it is sent; None when the record store is away.

        text: the message's fingerprint.
        """
        key, recipient = notification.key, notification.recipient
        if not _may_be_bundled(notification):
            known = await self._ask(key, self._records.deliveries.intend, key, recipient, text)
            return Admission(known) if known else None
        page = PageLine(
            key=key,
            recipient=recipient,
            team=notification.team,
            incident_id=notification.incident_id,
            priority=notification.priority,
            title=notification.content.what if notification.content else notification.title,
            fingerprint=text,
        )
        digests = self._records.digests
        if notification.digest:
            return await self._ask(key, digests.claim, page, self._digest_lease)
        rules = self._policy.current().storm

        def holding(recent: int, since: datetime | None, now: datetime) -> timedelta | None:
            return storm.held_for(rules, page.priority, recent=recent, waiting_since=since, now=now)

        return await self._ask(key, digests.admit, page, holding, rules.within)

    def forget(self, notification: Notification) -> bool:
        """Take a page out of its digest; False when it is not held, or its digest is on its way.

        Raises:
            RecordsUnavailable: the record store is away.
        """
        return self._records.digests.forget(
            notification.key, notification.recipient, notification.team
        )

    async def delivered(self, notification: Notification, text: str, through: SentThrough) -> None:
        """A channel took it."""
        key, recipient = notification.key, notification.recipient
        await self._note(key, self._records.deliveries.delivered, key, recipient, text, through)

    async def undelivered(
        self, notification: Notification, text: str, why: NotDelivered, *, is_in_doubt: bool = False
    ) -> None:
        """No channel took it in this attempt."""
        key, recipient = notification.key, notification.recipient
        details = (key, recipient, text, str(why), why.not_through, is_in_doubt or why.in_doubt)
        await self._note(key, self._records.deliveries.undelivered, *details)

    async def digest_sent(self, digest: Digest, through: SentThrough) -> None:
        """A channel took the digest; each of its pages is then delivered."""
        await self._note(digest.key, self._records.digests.sent, digest, through)

    async def digest_not_sent(self, digest: Digest, why: NotDelivered) -> None:
        """No channel took the digest."""
        details = (digest, str(why), digest.is_in_doubt or why.in_doubt)
        await self._ask(digest.key, self._records.digests.not_sent, *details)

    async def since_held(self, digest: Digest) -> dict[str, str]:
        """What has happened to the digest's incidents since their pages were held, by their ids.

        Those that must be acted on are left out; so are all while the record store is away, and of
        a very long digest what does not come first.
        """
        ids = list(dict.fromkeys(page.incident_id for page in digest.pages))[:_MOST_LOOKED_AT]
        found = await self._ask(digest.key, self._records.projections.of, ids) or {}
        return await asyncio.to_thread(_since_held, found.values())

    async def as_it_is_now(self, notification: Notification) -> Notification:
        """The message, without what it tells of others that not every responder finds any more.

        It was put into words before, maybe long before. While the record store is away it tells of
        no others.
        """
        content, incident_id = notification.content, notification.incident_id
        told = told_in(content.evidence, incident_id) if content else None
        if content is None or not told:
            return notification
        hidden = await self._ask(notification.key, self._hidden, told)
        lines = lines_without(content.evidence, incident_id, told if hidden is None else hidden)
        said = content.model_copy(update={"evidence": lines})
        return notification.model_copy(update={"content": said})

    def _hidden(self, told: LinesTold) -> LinesTold:
        episodes = self._records.hidden_episodes.of(told.incidents, _EVERY_RESPONDER)
        articles = told.articles
        if articles:
            search = self._records.article_search
            articles = frozenset(search.hidden(articles, _EVERY_RESPONDER))
        return LinesTold(frozenset(incident_id for incident_id, _ in episodes), articles)

    async def repairs(self, notification: Notification) -> int:
        """How often the incident's run was reset in this message's episode."""
        key, incident_id = notification.key, notification.incident_id
        if not key.startswith(f"{incident_id}:"):
            return 0
        count = self._records.repairs.count
        return await self._ask(key, count, incident_id, episode_of(key)) or 0

    async def _ask(self, key: str, call: Callable[..., Answer], *details: object) -> Answer | None:
        """What the record store answers; None when it is away."""
        try:
            async with asyncio.timeout(ANSWERS_WITHIN.total_seconds()):
                return await self._records.run(call, *details)
        except (RecordsUnavailable, TimeoutError) as away:
            _log_away(key, away)
            return None

    async def _note(self, key: str, call: Callable[..., object], *details: object) -> None:
        """Have it written, and wait for that, unless the record store is away.

        It is written as well when the sender is cancelled or waits no longer: else a message that
        a channel took would be sent once more.
        """
        noting = asyncio.create_task(self._written(key, call, *details))
        self._noting.add(noting)
        noting.add_done_callback(self._noting.discard)
        try:
            async with asyncio.timeout(ANSWERS_WITHIN.total_seconds()):
                await asyncio.shield(noting)
        except TimeoutError as away:
            _log_away(key, away)

    async def _written(self, key: str, call: Callable[..., object], *details: object) -> None:
        """Its failure is told here, for perhaps nobody waits for it."""
        try:
            await self._records.run(call, *details)
        except RecordsUnavailable as away:
            _log_away(key, away)


def _since_held(found: Iterable[Projection]) -> dict[str, str]:
    words = {one.incident_id: texts.since_held(one.view) for one in found}
    return {incident_id: why for incident_id, why in words.items() if why}


def _log_away(key: str, away: RecordsUnavailable | TimeoutError) -> None:
    _log.warning(
        "%s: the ledger of deliveries is away, so it may be sent twice: %s",
        key,
        str(away) or f"no answer in {ANSWERS_WITHIN.total_seconds():.0f} s",
    )


def fingerprint(notification: Notification) -> str:
    """What stands for what a message says in the ledger, in whatever words a channel has it."""
    content = notification.content
    says = (content.model_dump_json(),) if content else (notification.title, notification.body)
    parts = (notification.audience, notification.purpose, *says)
    return hashlib.sha256("\0".join(parts).encode("utf-8", "replace")).hexdigest()


def _may_be_bundled(notification: Notification) -> bool:
    return (
        notification.purpose is Purpose.PAGE
        and notification.audience is Audience.PERSON
        and notification.team != ""
        and not notification.at_once
    )
