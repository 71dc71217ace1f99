"""What the author of a mail may do: report, comment, and confirm where a question was theirs."""

from collections.abc import Collection, Mapping
from datetime import datetime

from standfast.decisions.personal_channels import whose_address
from standfast.incidents.own_channel import OwnSettings
from standfast.incidents.record import IncidentView
from standfast.incidents.same_person import is_same_person, known_as
from standfast.intake.answer_tags import AnswerTags, NotAnAnswer
from standfast.intake.confirmation_links import Claim
from standfast.intake.page_links import (
    ExpiredPageLink,
    InvalidPageLink,
    PageClaim,
    PageLinks,
)
from standfast.mail.identity import identity_of
from standfast.mail.mail import Mail
from standfast.mail.reports import reporter_of
from standfast.mail.threading import answer_tags_in, page_tokens_in
from standfast.policy import Policy
from standfast.policy.mail import MailRules

_LONGEST_NAME = 180
"""Characters of an address in the name of whoever comments, which has room for 200."""


class Author:
    """The author of one mail.

    name: their address as reporter; "" without one.
    doubt: why the mail does not count as theirs; "" where it does.
    """

    def __init__(
        self,
        mail: Mail,
        rules: MailRules,
        answers: AnswerTags,
        now: datetime,
        no_answer: str = "",
    ) -> None:
        """`no_answer`: why it answers nothing in their name, although it may be their mail."""
        self._mail = mail
        self._rules = rules
        self._answers = answers
        self._now = now
        self._no_answer = no_answer
        self._identity = identity_of(mail, rules)
        self.name = reporter_of(mail)
        self.doubt = self._identity.doubt
        address = self._identity.address
        if address and not is_same_person(self.name, address):
            self.doubt = f"its From is {address}, and it only names {self.name or 'nobody'}"

    def opened(self, view: IncidentView) -> bool:
        """Whether the mail names the first reporter of that incident as its author."""
        return is_same_person(self.name, view.report.reporter)

    def as_reporter(self, view: IncidentView) -> str:
        """Which reporter of that incident wrote it, by all that can be told; "" for none."""
        return "" if self.doubt else known_as(self.name, view.reporters)

    def person(self, policy: Policy, own: Mapping[str, OwnSettings]) -> str:
        """Who of the policy wrote it, by all that can be told; "" for nobody, or several.

        own: as in `page_claim`.
        """
        found = set() if self.doubt or self._no_answer else self._people(policy, own)
        return found.pop() if len(found) == 1 else ""

    def claim(self) -> Claim:
        """Which question of ours the mail answers.

        Raises:
            NotAnAnswer: none, or the question was asked of somebody else.
        """
        if why_not := self.doubt or self._no_answer:
            raise NotAnAnswer(why_not)
        return self._answers.claim(answer_tags_in(self._mail), self._identity.address, self._now)

    def answers(self, view: IncidentView) -> bool:
        """Whether the mail answers a question of that incident."""
        try:
            return self.claim().incident_id == view.incident_id
        except NotAnAnswer:
            return False

    def confirms(self, view: IncidentView) -> str:
        """The reporter in whose name the mail confirms.

        Raises:
            NotAnAnswer: why it does not count as a confirmation.
        """
        claim = self.claim()
        reporter = known_as(claim.reporter, view.reporters)
        if not reporter or not claim.is_about(view):
            raise NotAnAnswer("the question that it answers is about another resolution")
        return reporter

    def page_claim(
        self, links: PageLinks, policy: Policy, own: Mapping[str, OwnSettings]
    ) -> PageClaim | None:
        """Which page the mail answers; None where it answers none.

        own: the channels that people have added themselves: a mail address among them is theirs.

        Raises:
            ExpiredPageLink: it was theirs, and has expired.
            NotAnAnswer: the page was somebody else's, or it is not known for sure who has written
                the mail.
        """
        people = self._people(policy, own)
        tokens = page_tokens_in(self._mail)
        if tokens and (why_not := self.doubt or self._no_answer):
            raise NotAnAnswer(why_not)
        expired: ExpiredPageLink | None = None
        for token in tokens:
            try:
                return links.read(token, people, self._now)
            except ExpiredPageLink as late:
                expired = late
            except InvalidPageLink:
                continue
        if expired:
            raise expired
        if tokens:
            raise NotAnAnswer(f"the page that it answers was not sent to {self._identity.address}")
        return None

    def _people(self, policy: Policy, own: Mapping[str, OwnSettings]) -> set[str]:
        address = self._identity.address
        return {*policy.people_known_as(address), *whose_address(policy, own, address)}

    def in_words(self, reporters: Collection[str]) -> tuple[str, str]:
        """The author of a comment, and what is said of them, unless they are who they say."""
        named = known_as(self.name, reporters)
        if named and not self.doubt:
            return named, ""
        if named:
            who = f"{self.name[:_LONGEST_NAME]} (not verified)"
            return who, f"[by mail, and not counted as that of {self.name}: {self.doubt}]\n"
        who = self.name or "somebody, by mail"
        return who, f"[by mail from {who}, who is not among its reporters]\n"

    @property
    def doubt_of_report(self) -> str:
        """Why the sender of a report is not verified, where it can be, or is more than one."""
        several = len(self._mail.headers.get("from", ())) > 1
        return self.doubt if several or self._rules.trusted_server else ""
