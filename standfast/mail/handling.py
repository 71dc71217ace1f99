"""Handles a mail: it opens an incident, joins one, comments, confirms, or is set aside."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from weakref import WeakValueDictionary

from pydantic import ValidationError

from standfast.incidents.actions import Action, Comment, Verify
from standfast.incidents.dedup_keys import is_of_a_source, mails_key
from standfast.incidents.flowchart import Box
from standfast.incidents.ids import incident_id
from standfast.incidents.own_channel import OwnSettings
from standfast.incidents.record import IncidentView
from standfast.incidents.relations import Link
from standfast.incidents.report import LONGEST_DESCRIPTION
from standfast.incidents.resolution import Verdict
from standfast.intake.actions import act
from standfast.intake.answer_tags import NotAnAnswer
from standfast.intake.errors import IntakeError, NoSuchIncident, Refused, Unavailable
from standfast.intake.page_links import ExpiredPageLink
from standfast.intake.reporting import report_incident
from standfast.mail.attachments import keep
from standfast.mail.author import Author, known_as
from standfast.mail.desk import MailDesk, MailOutcome, MailResult, set_aside
from standfast.mail.handled_before import HandledBefore
from standfast.mail.mail import Attachment, Envelope, Mail
from standfast.mail.marks.mark import SetAsideKind
from standfast.mail.page_reply_handling import PageReplyHandling
from standfast.mail.reading_apart import read_apart
from standfast.mail.reports import (
    LONGEST_COMMENT,
    LONGEST_WORDS,
    fingerprint,
    own_key,
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
    ids_named,
    is_new_matter,
    is_same_message,
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
_MOST_MERGES = 5
_MOST_ANSWERED = 20


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
    handling = _Handling(message.mail, desk, policy, now or datetime.now(UTC))
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
    return await _Handling(message.mail, desk, policy, now, is_opened=True).done()


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
        self, mail: Mail, desk: MailDesk, policy: Policy, now: datetime, is_opened: bool = False
    ) -> None:
        self.mail = mail
        self.desk = desk
        self.policy = policy
        self.now = now
        self.fingerprint = fingerprint(mail, now)
        self.author = Author(mail, policy.mail, desk.answers, now)
        self._before = HandledBefore(desk.records)
        self._is_opened = is_opened
        self._no_answer_to_a_page = ""

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
            thread = await self._thread()
            if thread is None:
                return await self._report_new()
            closed = thread.view.status == "closed" or thread.view.stage is Box.CLOSE
            if closed and self._only_agrees():
                reason = f"{thread.view.incident_id} is closed, and the reply agrees"
                return set_aside(SetAsideKind.NOTHING_NEW, reason, thread.view.incident_id)
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
        reply = PageReplyHandling(self.mail, self.desk, self.policy, self.fingerprint, self._keep)
        try:
            claim = self.author.page_claim(self.desk.pages, self.policy, await self._own_channels())
        except (NotAnAnswer, ExpiredPageLink) as why:
            if reply.asked:
                self._no_answer_to_a_page = f"{_NO_ANSWER_TO_A_PAGE}: {why}"
                if isinstance(why, ExpiredPageLink):
                    reply.tell(why.claim, str(why))
            return None
        return await reply.handled(claim) if claim else None

    async def _thread(self) -> Thread | None:
        """A reply to a known message counts for more than an id, which anybody can type."""
        for message_id in self.mail.answers[:_MOST_ANSWERED]:
            key = mails_key(await self._secret(), message_id)
            found = await self._find(incident_id(key))
            if found is None:
                other = await self._before.incident_of(message_id)
                found = await self._find(other) if other else None
            if found:
                return found._replace(answered=True)
        for named in ids_named(self.mail):
            found = await self._find(named)
            if found:
                return found._replace(answered=self.author.answers(found.view))
        return None

    async def _secret(self) -> bytes:
        """The secret of keys, which a process reads once. Unavailable: it could not be read yet."""
        try:
            return await asyncio.to_thread(self.desk.records.installation.key_secret)
        except RecordsUnavailable as away:
            raise Unavailable(f"{away}") from None

    async def _find(self, identity: str) -> Thread | None:
        """The incident, or the one that it was merged into; None where there is none."""
        found: Thread | None = None
        for _ in range(_MOST_MERGES):
            seen = await self._see(identity)
            if seen is None:
                return found
            titles = (*found.titles, found.view.title, found.view.report.title) if found else ()
            found = Thread(seen, answered=False, titles=titles)
            if not seen.merged_into:
                return found
            identity = seen.merged_into
        return found

    async def _see(self, identity: str) -> IncidentView | None:
        try:
            return (await self.desk.lookup.find(identity)).view
        except NoSuchIncident:
            return None
        except Unavailable:
            raise
        except IntakeError as away:
            # Temporal does not have it: at most a closed incident is missed.
            _log.warning("mail is not threaded into %s: %s", identity, away)
            return None

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
        """Its reporter's reply to a closed incident reports it again; another's, or what only
        names its id, opens a new one. So does a reply about what a source has reported.
        """
        view, key = thread.view, thread.view.report.dedup_key
        is_theirs = self.author.opened(view) and not self.author.doubt
        if thread.answered and is_theirs and key and not is_of_a_source(key):
            thread, identity = thread._replace(meaning=Meaning.AGAIN), view.incident_id
        else:
            key = await self._own_key()
            identity = incident_id(key)
        return await self._report(key, identity, thread, f"{view.incident_id} had closed")

    def _only_agrees(self) -> bool:
        text = self.mail.own_words
        attached = [one for one in self.mail.attachments if not one.is_inline]
        return only_agrees(text, self.policy.mail) and not attached

    async def _report_new(self) -> MailResult:
        key = await self._own_key()
        return await self._report(key, incident_id(key))

    async def _report_new_matter(self, thread: Thread) -> MailResult:
        """What is sent as a reply, but is about something else: a new incident.

        It is linked where a reporter of the other one wrote it.
        """
        key = await self._own_key()
        matter = thread._replace(meaning=Meaning.NEW_MATTER)
        about = f"a new matter, sent as a reply about {thread.view.incident_id}"
        opened = await self._report(key, incident_id(key), matter, about)
        if opened.result is MailOutcome.OPENED and self.author.as_reporter(thread.view):
            link = Link(by=self.author.name or "somebody, by mail", to=thread.view.incident_id)
            # A signal waits for a worker; nobody has to hear that it is linked.
            handle = self.desk.client.get_workflow_handle(opened.incident_id)
            await handle.signal(Action.LINK.value, link)
        return opened

    async def _own_key(self) -> str:
        """The key of the incident that this message opens: another one for a reused Message-ID."""
        secret = await self._secret()
        key = own_key(secret, self.mail, self.now)
        before = await self._see(incident_id(key)) if self.mail.message_id else None
        reused = before is not None and not (
            self.author.opened(before) and is_same_message(self.mail, before)
        )
        return own_key(secret, self.mail, self.now, reused)

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
