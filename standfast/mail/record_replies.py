"""A reply about an incident that has closed: what is a comment on its record, and whose it may be.

Nobody is told of what is added to a record. So it is no place for a report that it is not over: its
reporter's begins the next episode, and people of the policy, who may add to it, hear that nobody
else has heard.
"""

import logging
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime

from standfast.incidents.actions import Comment
from standfast.incidents.confidentiality import role_in
from standfast.incidents.own_channel import OwnSettings
from standfast.incidents.record import IncidentView
from standfast.incidents.resolution import Verdict
from standfast.incidents.roles import Role
from standfast.incidents.via import Via
from standfast.intake.errors import NoSuchIncident, Refused, Unavailable
from standfast.intake.page_answers import may_act
from standfast.intake.page_links import PageClaim
from standfast.intake.record_additions import Commented, comment_by
from standfast.mail.author import Author
from standfast.mail.desk import MailDesk, MailOutcome, MailResult
from standfast.mail.mail import Mail
from standfast.mail.page_reply_handling import Keep, PageReplyHandling
from standfast.mail.reports import LONGEST_COMMENT, with_limit, with_whole_text
from standfast.mail.verdict import verdict_in
from standfast.policy import Policy
from standfast.records.errors import RecordsUnavailable

_log = logging.getLogger(__name__)

OwnChannels = Callable[[], Awaitable[Mapping[str, OwnSettings]]]


class RecordReplies:
    """One mail that may be a comment on a record."""

    def __init__(
        self, mail: Mail, desk: MailDesk, policy: Policy, author: Author, fingerprint: str
    ) -> None:
        self._mail = mail
        self._desk = desk
        self._policy = policy
        self._author = author
        self._fingerprint = fingerprint[:32]

    async def thanks(self, view: IncidentView, keep: Keep) -> MailResult | None:
        """Its first reporter's word that all is well, on its record; None of anybody else."""
        reporter = self._author.as_reporter(view)
        if not reporter or not self._mail.answers:
            return None

        def may(seen: IncidentView) -> bool:
            return role_in(seen, reporter, Role.REPORTER, None) is not None

        added = await self._added(view, keep, may, "") if may(view) else None
        return self._result(added) if added else None

    async def of_person(
        self,
        view: IncidentView,
        keep: Keep,
        own: OwnChannels,
        paged: str,
        reply: PageReplyHandling,
        now: datetime,
    ) -> MailResult | None:
        """What somebody of the policy replies, who sees the incident, on its record.

        paged: who wrote it, where it answers a page of theirs. reply: tells them. None where it is
        no such reply, or says that it is not over.
        """
        if not self._mail.answers or self._says_it_is_not_over():
            return None
        person = self._author.person(self._policy, await own())
        if not person or not may_act(self._policy, person, view):
            return None
        added = await self._added(
            view, keep, lambda seen: may_act(self._policy, person, seen), paged
        )
        if added is None:
            return None
        if added.on_record:
            here = PageClaim(
                incident_id=view.incident_id, episode=view.episode, person=person, asked_at=now
            )
            reply.tell_of_record(here, added.on_record)
        return self._result(added)

    def _says_it_is_not_over(self) -> bool:
        return verdict_in(self._mail.own_words, self._policy.mail) is Verdict.UNRESOLVED

    async def _added(
        self, view: IncidentView, keep: Keep, may: Callable[[IncidentView], bool], paged: str
    ) -> Commented | None:
        """What became of it; None where the record takes no more."""
        text = self._mail.own_words
        kept = await keep(view.incident_id, with_whole_text(self._mail, text, LONGEST_COMMENT))
        who, mark = (paged, "") if paged else self._author.in_words(view.reporters)
        words = with_limit(mark + text, kept, LONGEST_COMMENT)
        if not words:
            return None
        try:
            return await comment_by(
                self._desk.client,
                self._desk.records,
                self._desk.lookup.find,
                view.incident_id,
                Comment(by=who, text=words, as_reporter=True, episode=view.episode),
                may=may,
                via=Via.MAIL,
                update_id=f"mail-comment-{self._fingerprint}",
            )
        except RecordsUnavailable as away:
            raise Unavailable(f"{away}") from None
        except (NoSuchIncident, Refused) as why:
            _log.info("%s takes no comment by mail any more: %s", view.incident_id, why)
            return None

    def _result(self, added: Commented) -> MailResult:
        who, about = self._author.name or "somebody", added.result.incident_id
        closed = ", which has closed: it is on its record" if added.on_record else ""
        return MailResult(
            result=MailOutcome.COMMENTED,
            incident_id=about,
            reason=f"{who} wrote about {about}{closed}",
        )
