"""Handles a mail: it opens an incident, joins one, comments, confirms, or is set aside."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from pydantic import ValidationError

from standfast.incidents.actions import Action, Comment, Verify
from standfast.incidents.dedup_keys import is_of_a_source
from standfast.incidents.flowchart import Box
from standfast.incidents.ids import incident_id
from standfast.incidents.own_channel import OwnSettings
from standfast.incidents.record import IncidentView
from standfast.incidents.relations import Link
from standfast.incidents.report import LONGEST_DESCRIPTION
from standfast.incidents.resolution import Verdict
from standfast.incidents.same_person import known_as
from standfast.intake.actions import act
from standfast.intake.answer_tags import NotAnAnswer
from standfast.intake.errors import NoSuchIncident, Refused, Unavailable
from standfast.intake.page_links import ExpiredPageLink
from standfast.intake.reporting import report_incident
from standfast.mail.attachments import keep
from standfast.mail.author import Author
from standfast.mail.desk import MailDesk, MailOutcome, MailResult, set_aside
from standfast.mail.handled_before import HandledBefore
from standfast.mail.incident_finder import IncidentFinder
from standfast.mail.mail import Attachment, Envelope, Mail
from standfast.mail.marks.mark import SetAsideKind
from standfast.mail.page_reply_handling import PageReplyHandling
from standfast.mail.reading_apart import read_apart
from standfast.mail.record_replies import RecordReplies
from standfast.mail.reports import (
    LONGEST_COMMENT,
    LONGEST_WORDS,
    fingerprint,
    report_of,
    title_of,
    with_limit,
    with_whole_text,
)
from standfast.mail.set_aside import keep_aside
from standfast.mail.threading import (
    Meaning,
    Thread,
    has_other_subject,
    is_new_matter,
)
from standfast.mail.verdict import only_agrees, verdict_in
from standfast.policy import Policy
from standfast.records.errors import RecordsUnavailable

_log = logging.getLogger(__name__)

_MAX_ATTEMPTS = 3
"""Tries, as an incident may close while a mail is delivered to it."""
_TURNS: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
"""By Message-ID: of two messages with one id, the second must see what became of the first."""

_NO_CONFIRMATION = "not counted as a confirmation"
_NO_ANSWER_TO_A_PAGE = "not counted as an answer to a page"


async def handle_mail(
    raw: bytes,
    desk: MailDesk,
    policy: Policy,
    envelope: Envelope | None = None,
    now: datetime | None = None,
) -> MailResult:
    """Handle a message, whatever its bytes are. Once this returns, Temporal has its content.

    Raises:
        Unavailable, NoAnswer: it is not handled; deliver it again later.
        RPCError, RuntimeError: Temporal cannot be reached; deliver it again later.
    """
    message = await read_apart(raw, envelope, policy.mail)
    no_answer = f"a program sent it: {message.by_program}" if message.by_program else ""
    handling = _Handling(message.mail, desk, policy, now or datetime.now(UTC), no_answer)
    if message.kind:
        result = set_aside(message.kind, message.reason)
    else:
        result = await handling.done()
    if result.kind:
        result = await _kept(result, handling, raw, envelope)
    desk.count(result)
    return result


async def handle_opened(
    raw: bytes, desk: MailDesk, policy: Policy, envelope: Envelope | None, now: datetime
) -> MailResult:
    """Handle a message that was set aside, and that a person opens: it is never set aside again.

    now: when it came, by which a message without an id is known again.

    Raises: as `handle_mail`.
    """
    message = await read_apart(raw, envelope, policy.mail)
    no_answer = "it had been set aside, and somebody else opened it"
    return await _Handling(message.mail, desk, policy, now, no_answer, is_opened=True).done()


async def _kept(
    result: MailResult, handling: "_Handling", raw: bytes, envelope: Envelope | None
) -> MailResult:
    mail_id = await keep_aside(
        handling.desk.records,
        handling.mail,
        raw,
        envelope,
        fingerprint=handling.fingerprint,
        kind=SetAsideKind(result.kind),
        reason=result.reason,
        incident_id=result.incident_id,
    )
    return result.model_copy(update={"mail_id": mail_id})


class _Handling:
    """One message being handled."""

    def __init__(
        self,
        mail: Mail,
        desk: MailDesk,
        policy: Policy,
        now: datetime,
        no_answer: str,
        is_opened: bool = False,
    ) -> None:
        """`no_answer` is as for `Author`."""
        self.mail = mail
        self.desk = desk
        self.policy = policy
        self.now = now
        self.fingerprint = fingerprint(mail, now)
        self.author = Author(mail, policy.mail, desk.answers, now, no_answer)
        self._before = HandledBefore(desk.records)
        self._finder = IncidentFinder(mail, desk, self.author, self._before, now)
        self._reply = PageReplyHandling(mail, desk, policy, self.fingerprint, self._keep)
        self._record = RecordReplies(mail, desk, policy, self.author, self.fingerprint)
        self._is_opened = is_opened
        self._no_answer_to_a_page = ""
        self._was_paged = ""
        """Who wrote it, where it answers a page of theirs."""
        self._says_more = False
        """Than that answer to a page, which is none."""

    async def done(self) -> MailResult:
        """The result, now or from when it came before."""
        async with _TURNS.setdefault(self.mail.message_id or self.fingerprint, asyncio.Lock()):
            return await self._done()

    async def _done(self) -> MailResult:
        known = await self._before.result(self.fingerprint)
        if known:
            return known
        result = await self._take()
        if result.kind and self._is_opened:
            result = await self._report_new()
        if not result.kind:
            await self._before.remember(self.fingerprint, self.mail.message_id, result)
        return result

    async def _take(self) -> MailResult:
        if answered := await self._answer_to_a_page():
            return answered
        for _ in range(_MAX_ATTEMPTS):
            thread = await self._finder.thread()
            if thread is None:
                return await self._report_new()
            closed = thread.view.status == "closed" or thread.view.stage is Box.CLOSE
            if closed and (reason := self._why_nothing_new(thread.view.incident_id)):
                return await self._thanks(thread.view) or set_aside(
                    SetAsideKind.NOTHING_NEW, reason, thread.view.incident_id
                )
            if thread.answered and is_new_matter(self.mail, thread, self.now):
                return await self._report_new_matter(thread)
            if closed:
                return await self._after_the_end(thread)
            try:
                return await self._tell(thread)
            except (NoSuchIncident, Refused) as changed:
                _log.info("%s changed while mail came in: %s", thread.view.incident_id, changed)
        raise Unavailable("the incident keeps changing; please try again")

    async def _own_channels(self) -> Mapping[str, OwnSettings]:
        """The channels that people have added themselves, where the policy lets them.

        Without the record store mail does not wait: the policy's addresses are known all the same.
        """
        if not self.policy.contact_methods:
            return {}
        try:
            return await self.desk.records.run(self.desk.records.own_channels.all)
        except RecordsUnavailable as away:
            _log.warning("mail is read without people's own addresses: %s", away)
            return {}

    async def _answer_to_a_page(self) -> MailResult | None:
        """What became of it as the answer to a page; None where it is none."""
        reply = self._reply
        try:
            claim = self.author.page_claim(self.desk.pages, self.policy, await self._own_channels())
        except (NotAnAnswer, ExpiredPageLink) as why:
            if isinstance(why, ExpiredPageLink):
                self._was_paged = why.claim.person
            if reply.asked:
                self._no_answer_to_a_page = f"{_NO_ANSWER_TO_A_PAGE}: {why}"
                self._says_more = bool(reply.asked.comment)
                if isinstance(why, ExpiredPageLink):
                    reply.tell(why.claim, str(why))
            return None
        if claim is None:
            return None
        self._was_paged = claim.person
        return await reply.handled(claim)

    async def _tell(self, thread: Thread) -> MailResult:
        """A comment on an open incident, or the answer to the question whether it is resolved."""
        view = thread.view
        text = self.mail.own_words
        if not text and not self.mail.attachments:
            reason = f"a reply to {view.incident_id} that says nothing"
            return set_aside(SetAsideKind.NOTHING_NEW, reason, view.incident_id)
        asked = view.stage in (Box.ISSUE_RESOLVED, Box.FOLLOW_UP)
        is_named = known_as(self.author.name, view.reporters)
        verdict = verdict_in(text, self.policy.mail) if is_named and asked else None
        room = LONGEST_WORDS if verdict else LONGEST_COMMENT
        kept = await self._keep(view.incident_id, with_whole_text(self.mail, text, room))
        why_not = self._no_answer_to_a_page
        if verdict:
            try:
                return await self._confirm(view, verdict, text, kept)
            except NotAnAnswer as why:
                why_not = f"{_NO_CONFIRMATION}: {why}"
            except Refused as changed:
                _log.info("%s: added as a comment: %s", view.incident_id, changed)
        if has_other_subject(self.mail, thread):
            text = f"Subject: {title_of(self.mail, is_reply=True)}\n\n{text}"
        return await self._comment(view.incident_id, view.reporters, text, kept, why_not)

    async def _confirm(
        self, view: IncidentView, verdict: Verdict, text: str, kept: str
    ) -> MailResult:
        """Say it in the reporter's name. NotAnAnswer: why it does not count as a confirmation."""
        reporter = self.author.confirms(view)
        words = with_limit(text, kept, LONGEST_WORDS)
        payload = Verify(by=reporter, verdict=verdict, comment=words)
        await act(
            self.desk.client,
            view.incident_id,
            Action.VERIFY,
            payload,
            update_id=f"mail-verify-{self.fingerprint[:32]}",
        )
        return MailResult(
            result=MailOutcome.CONFIRMED,
            incident_id=view.incident_id,
            reason=f"{reporter}, who reported it, says: {verdict.value.replace('_', ' ')}",
        )

    async def _comment(
        self, identity: str, reporters: Sequence[str], text: str, kept: str, why_not: str = ""
    ) -> MailResult:
        """A comment; `why_not` says why it counts as no more, although it reads like more."""
        who, mark = self.author.in_words(reporters)
        if why_not:
            mark += f"[{why_not}]\n"
        words = with_limit(mark + text, kept, LONGEST_COMMENT)
        payload = Comment(by=who, text=words, as_reporter=True)
        await act(
            self.desk.client,
            identity,
            Action.COMMENT,
            payload,
            update_id=f"mail-comment-{self.fingerprint[:32]}",
        )
        return MailResult(
            result=MailOutcome.COMMENTED,
            incident_id=identity,
            reason=f"{who} wrote about {identity}{why_not and f': {why_not}'}",
        )

    async def _after_the_end(self, thread: Thread) -> MailResult:
        """Its reporter's reply to a closed incident reports it again; that of somebody who works
        on incidents here is on its record. Another's, or what only names its id, opens a new one.
        So does its reporter's reply about what a source has reported.
        """
        view, key = thread.view, thread.view.report.dedup_key
        is_theirs = self.author.opened(view) and not self.author.doubt
        if thread.answered and is_theirs and key and not is_of_a_source(key):
            thread, identity = thread._replace(meaning=Meaning.AGAIN), view.incident_id
        elif not is_theirs and (kept := await self._on_record(view)):
            return kept
        else:
            key = await self._finder.own_key()
            identity = incident_id(key)
        return await self._report(key, identity, thread, f"{view.incident_id} had closed")

    async def _on_record(self, view: IncidentView) -> MailResult | None:
        """What somebody of the policy replies about what has closed, as a comment on its record."""
        return await self._record.of_person(
            view, self._keep, self._own_channels, self._was_paged, self._reply, self.now
        )

    async def _thanks(self, view: IncidentView) -> MailResult | None:
        """A reply that agrees, as a comment on the record; None where it is nobody's who may."""
        if self._no_answer_to_a_page:
            return None
        return await self._record.thanks(view, self._keep) or await self._on_record(view)

    def _why_nothing_new(self, closed: str) -> str:
        """Why it says nothing new of this incident, which has closed; empty where it does."""
        if any(not one.is_inline for one in self.mail.attachments):
            return ""
        if self._no_answer_to_a_page and not self._says_more:
            return f"{closed} has closed, and this only answers a page. {self._no_answer_to_a_page}"
        if only_agrees(self.mail.own_words, self.policy.mail):
            return f"{closed} is closed, and the reply agrees"
        return ""

    async def _report_new(self) -> MailResult:
        key = await self._finder.own_key()
        return await self._report(key, incident_id(key))

    async def _report_new_matter(self, thread: Thread) -> MailResult:
        """What is sent as a reply, but is about something else: a new incident.

        It is linked where a reporter of the other one wrote it.
        """
        key = await self._finder.own_key()
        matter = thread._replace(meaning=Meaning.NEW_MATTER)
        about = f"a new matter, sent as a reply about {thread.view.incident_id}"
        opened = await self._report(key, incident_id(key), matter, about)
        if opened.result is MailOutcome.OPENED and self.author.as_reporter(thread.view):
            link = Link(by=self.author.name or "somebody, by mail", to=thread.view.incident_id)
            # A signal waits for a worker; nobody has to hear that it is linked.
            handle = self.desk.client.get_workflow_handle(opened.incident_id)
            await handle.signal(Action.LINK.value, link)
        return opened

    async def _report(
        self,
        key: str,
        identity: str,
        thread: Thread | None = None,
        before: str = "",
    ) -> MailResult:
        """Report it; `identity` is that of its key, `before` what goes before it in the reason."""
        kept = await self._keep(
            identity, with_whole_text(self.mail, self.mail.text, LONGEST_DESCRIPTION)
        )
        report = report_of(
            self.mail, self.policy.mail, self.now, key, kept, thread, self.author.doubt_of_report
        )
        result = await report_incident(
            self.desk.client,
            report,
            now=self.now,
            policy=self.policy,
            records=self.desk.records.incidents,
            task_queue=self.desk.task_queue,
            attempt=f"mail-{self.fingerprint}",
        )
        who = self.author.name or "somebody"
        episode = f", episode {result.episode}" if result.episode > 1 else ""
        if result.created:
            reason = f"{before}; {who} reports it" if before else f"{who} reports it"
            return MailResult(
                result=MailOutcome.OPENED,
                incident_id=result.incident_id,
                reason=f"{reason}: {result.incident_id}{episode}",
            )
        # A repeat does not change the incident's title, so its text becomes a comment.
        try:
            text = self.mail.own_words
            kept = await self._keep(
                result.incident_id, with_whole_text(self.mail, text, LONGEST_COMMENT)
            )
            await self._comment(result.incident_id, (who,), text, kept)
        except (NoSuchIncident, Refused, ValidationError) as changed:
            _log.info("%s: joined without a comment: %s", result.incident_id, changed)
        return MailResult(
            result=MailOutcome.JOINED,
            incident_id=result.incident_id,
            reason=f"{who} reports what is open already: {result.incident_id}{episode}",
        )

    async def _keep(self, identity: str, attachments: Sequence[Attachment]) -> str:
        if not attachments:
            return ""
        limits = self.policy.mail.attachments
        kept = await asyncio.to_thread(keep, attachments, self.desk.attachments, identity, limits)
        return kept.text
