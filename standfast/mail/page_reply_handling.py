"""A reply to a page: what it asks is done, what else it says is a comment, its author is told."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence

from standfast.incidents.actions import Action
from standfast.incidents.via import Via
from standfast.intake.errors import Unavailable
from standfast.intake.page_answers import AnswerKind, PageAnswer
from standfast.intake.page_links import PageClaim
from standfast.mail.desk import MailDesk, MailOutcome, MailResult
from standfast.mail.mail import Attachment, Mail
from standfast.mail.page_replies import reply_in
from standfast.mail.reports import LONGEST_COMMENT, with_limit, with_whole_text
from standfast.policy import Policy

_log = logging.getLogger(__name__)

Keep = Callable[[str, Sequence[Attachment]], Awaitable[str]]

_REST = "The rest of your mail is a comment."
"""So that nobody believes that a second answer in one mail was done."""

_telling: set["asyncio.Task[None]"] = set()


class PageReplyHandling:
    """One mail that may answer a page."""

    def __init__(
        self, mail: Mail, desk: MailDesk, policy: Policy, fingerprint: str, keep: Keep
    ) -> None:
        """`keep` keeps attachments of an incident, and says in words which."""
        self._mail = mail
        self._desk = desk
        self._fingerprint = fingerprint[:32]
        self._keep = keep
        self.asked = reply_in(mail.own_words, policy.answers)
        """What it asks; None for what is a comment."""

    async def handled(self, claim: PageClaim) -> MailResult | None:
        """Do what somebody asks who was paged; None where it says nothing to the open episode.

        Raises:
            Unavailable: it is not known whether it was done; deliver it again.
        """
        if self.asked is None:
            return await self._commented(claim, self._mail.own_words)
        told = await self._answer(claim, self.asked.action, self.asked.given, "answer")
        done = told.kind is AnswerKind.DONE
        left = self.asked.comment if done else "\n".join(map(str, self.asked.given.values()))
        kept = None
        if left or self._mail.attachments:
            kept = await self._commented(claim, left, on_record=True)
        self.tell(claim, f"{told.words} {_REST}" if kept and left else told.words)
        return MailResult(
            result=MailOutcome.ANSWERED,
            incident_id=claim.incident_id,
            reason=f"{claim.person} answers the page about {claim.incident_id}: {told.words}",
        )

    async def _commented(
        self, claim: PageClaim, text: str, *, on_record: bool = False
    ) -> MailResult | None:
        files = with_whole_text(self._mail, text, LONGEST_COMMENT)
        kept = await self._keep(claim.incident_id, files)
        words = with_limit(text, kept, LONGEST_COMMENT)
        if not words:
            return None
        told = await self._answer(
            claim, Action.COMMENT, {"text": words}, "comment", on_record=on_record
        )
        if not told.holds:
            return None
        return MailResult(
            result=MailOutcome.COMMENTED,
            incident_id=claim.incident_id,
            reason=f"{claim.person}, who was paged, wrote about {claim.incident_id}",
        )

    async def _answer(
        self,
        claim: PageClaim,
        action: Action,
        given: Mapping[str, object],
        what: str,
        *,
        on_record: bool = False,
    ) -> PageAnswer:
        update_id = f"mail-{what}-{self._fingerprint}"
        told = await self._desk.page_answers.answer(
            claim, action, Via.MAIL, given, update_id=update_id, on_record=on_record
        )
        if told.kind is AnswerKind.UNKNOWN:
            raise Unavailable(f"{claim.incident_id}: {told.words}")
        return told

    def tell_of_record(self, claim: PageClaim, words: str) -> None:
        """Say what became of it on the record, also where `tell` has said something."""
        self.tell(claim, words, f"record-{self._fingerprint}")

    def tell(self, claim: PageClaim, words: str, key: str = "") -> None:
        """Say by mail what became of it, beside all else: whoever delivered it need not wait."""
        if self._desk.reply is None:
            return
        reply = self._desk.reply(claim, words, key or self._fingerprint)
        task = asyncio.create_task(_logged(reply, claim))
        _telling.add(task)
        task.add_done_callback(_telling.discard)


async def _logged(reply: Awaitable[None], claim: PageClaim) -> None:
    try:
        await reply
    except Exception:
        _log.exception("%s is not told what became of their answer", claim.person)
