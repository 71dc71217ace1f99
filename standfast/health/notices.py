"""Notifies the operators of findings: of each once, whichever worker found it."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence

from standfast.incidents import finding_texts
from standfast.incidents.assessment import Priority
from standfast.incidents.finding import Finding, FindingKind, OperatorNotice
from standfast.incidents.notification import Delivery, Notification, Purpose
from standfast.notification.errors import NotDelivered
from standfast.records.errors import RecordsUnavailable
from standfast.records.findings import Findings, NoticeLimits

_log = logging.getLogger(__name__)

Send = Callable[[Notification], Awaitable[Delivery]]
Operators = Callable[[], Sequence[str]]


class Notices:
    """Notices to the operators. The record store makes sure that only one worker sends each."""

    def __init__(
        self, findings: Findings, operators: Operators, send: Send, pace: NoticeLimits | None = None
    ) -> None:
        """`operators` may block; `send` raises NotDelivered when it reaches nobody."""
        self._findings = findings
        self._operators = operators
        self._send = send
        self._pace = pace or NoticeLimits()
        self._notified_without_records: frozenset[str] = frozenset()

    async def notify(self, checked: Collection[FindingKind], found: Sequence[Finding]) -> None:
        """Store what a scan of these kinds has found, and send the notice that is due, if any."""
        try:
            await asyncio.to_thread(self._findings.seen, checked, found)
            notice = await asyncio.to_thread(self._findings.claim, self._pace)
        except RecordsUnavailable as away:
            await self._notify_without_records(found, away)
            return
        if notice is None:
            return
        told = await self._send_to_operators(notice)
        keep = self._findings.told if told else self._findings.not_told
        try:
            await asyncio.to_thread(keep, notice)
        except RecordsUnavailable as away:
            _log.warning("the operators may get notice %s again: %s", notice.key, away)

    async def _notify_without_records(
        self, found: Sequence[Finding], away: RecordsUnavailable
    ) -> None:
        """Send it anyway: a missing notice is worse than one from every worker."""
        new = [each for each in found if each.key not in self._notified_without_records]
        _log.warning("each worker sends its own notices: %s", away)
        if not new:
            return
        text = "\0".join(each.key for each in new)
        key = f"watchdog:{hashlib.sha256(text.encode()).hexdigest()[:20]}"
        if await self._send_to_operators(OperatorNotice(key=key, new=tuple(new))):
            self._notified_without_records = frozenset(each.key for each in found)

    async def _send_to_operators(self, notice: OperatorNotice) -> bool:
        """Send it to every operator; whether one was reached, or there is none."""
        people = await asyncio.to_thread(self._operators)
        if not people:
            _log.error(
                "nobody is notified of this: the policy names no `operators`, and nobody is on "
                "call: "
                "%s",
                finding_texts.subject(notice),
            )
            return True
        outcomes = await asyncio.gather(
            *(self._send(_message(notice, person)) for person in people), return_exceptions=True
        )
        for person, outcome in zip(people, outcomes, strict=True):
            if isinstance(outcome, NotDelivered):
                _log.error("operator %s was not notified: %s", person, outcome)
            elif isinstance(outcome, BaseException):
                raise outcome
        return any(isinstance(outcome, Delivery) for outcome in outcomes)


def _message(notice: OperatorNotice, person: str) -> Notification:
    about = {each.incident_id for each in (*notice.new, *notice.again, *notice.over)}
    all_clear = not notice.new and not notice.again
    return Notification(
        key=f"{notice.key}:{person}",
        incident_id=about.pop() if len(about) == 1 else "",
        purpose=Purpose.TELL if all_clear else Purpose.PAGE,
        recipient=person,
        priority=Priority.P1,
        title=finding_texts.subject(notice),
        body=finding_texts.body(notice),
    )
