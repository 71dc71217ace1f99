"""Tells the operators what was found: each finding once, whichever worker has seen it."""

import asyncio
import hashlib
import logging
from collections.abc import Awaitable, Callable, Collection, Sequence

from temporalio.exceptions import ApplicationError

from standfast.incidents import finding_texts
from standfast.incidents.assessment import Priority
from standfast.incidents.finding import Bulletin, Finding, FindingKind
from standfast.incidents.notification import Delivery, Notification, Purpose
from standfast.records.errors import RecordsUnavailable
from standfast.records.findings import Findings, Pace

_log = logging.getLogger(__name__)

Send = Callable[[Notification], Awaitable[Delivery]]
Operators = Callable[[], Sequence[str]]


class Notices:
    """Messages to the operators, kept in the record store so that all workers send one."""

    def __init__(
        self, findings: Findings, operators: Operators, send: Send, pace: Pace | None = None
    ) -> None:
        """`operators` may block; `send` raises ApplicationError when it reaches nobody."""
        self._findings = findings
        self._operators = operators
        self._send = send
        self._pace = pace or Pace()
        self._told_without_records: frozenset[str] = frozenset()

    async def tell(self, checked: Collection[FindingKind], found: Sequence[Finding]) -> None:
        """Keep what a look at these kinds has found, and tell what is to be told of it now."""
        try:
            await asyncio.to_thread(self._findings.seen, checked, found)
            bulletin = await asyncio.to_thread(self._findings.claim, self._pace)
        except RecordsUnavailable as away:
            await self._tell_without_records(found, away)
            return
        if bulletin is None:
            return
        told = await self._reach(bulletin)
        keep = self._findings.told if told else self._findings.not_told
        try:
            await asyncio.to_thread(keep, bulletin)
        except RecordsUnavailable as away:
            _log.warning("the operators may be told %s again: %s", bulletin.key, away)

    async def _tell_without_records(
        self, found: Sequence[Finding], away: RecordsUnavailable
    ) -> None:
        """A page matters more than that it may come from every worker."""
        new = [each for each in found if each.key not in self._told_without_records]
        _log.warning("each worker tells its findings by itself: %s", away)
        if not new:
            return
        text = "\0".join(each.key for each in new)
        key = f"watchdog:{hashlib.sha256(text.encode()).hexdigest()[:20]}"
        if await self._reach(Bulletin(key=key, new=tuple(new))):
            self._told_without_records = frozenset(each.key for each in found)

    async def _reach(self, bulletin: Bulletin) -> bool:
        """Send it to every operator; whether one was reached, or there is none."""
        people = await asyncio.to_thread(self._operators)
        if not people:
            _log.error(
                "nobody is told of this: the policy names no `operators`, and nobody is on call: "
                "%s",
                finding_texts.subject(bulletin),
            )
            return True
        outcomes = await asyncio.gather(
            *(self._send(_message(bulletin, person)) for person in people), return_exceptions=True
        )
        for person, outcome in zip(people, outcomes, strict=True):
            if isinstance(outcome, ApplicationError):
                _log.error("operator %s was not told: %s", person, outcome.message)
            elif isinstance(outcome, BaseException):
                raise outcome
        return any(isinstance(outcome, Delivery) for outcome in outcomes)


def _message(bulletin: Bulletin, person: str) -> Notification:
    about = {each.incident_id for each in (*bulletin.new, *bulletin.again, *bulletin.over)}
    all_clear = not bulletin.new and not bulletin.again
    return Notification(
        key=f"{bulletin.key}:{person}",
        incident_id=about.pop() if len(about) == 1 else "",
        purpose=Purpose.TELL if all_clear else Purpose.PAGE,
        recipient=person,
        priority=Priority.P1,
        title=finding_texts.subject(bulletin),
        body=finding_texts.body(bulletin),
    )
