"""What the workflow asks of activities, where a domain model alone does not say it."""

from collections.abc import Sequence
from enum import StrEnum

from pydantic import Field

from standfast.incidents.actions import Reprioritise
from standfast.incidents.assessment import Classification, Judgement, Reprioritised
from standfast.incidents.assignment import Assignment, AssignmentRequest
from standfast.incidents.closing import Told
from standfast.incidents.impact_ledger import ImpactQuestion
from standfast.incidents.message_content import MessageContent
from standfast.incidents.notification import Audience, Notification, Purpose
from standfast.incidents.record import IncidentView, TimelineEntry
from standfast.incidents.report import Report
from standfast.incidents.resolution import Evidence, Plans
from standfast.messages.message import Instant, Message


class AssessmentRequest(Message):
    """What do the first boxes answer, at that moment?

    `classification` is None until that box has answered; then no runbook has resolved it.
    """

    report: Report
    at: Instant
    question: ImpactQuestion
    classification: Classification | None = None


class Assessment(Message):
    """The answers of the boxes up to the next wait; None for those that are not asked (yet).

    `approvers` are asked whether the runbook may run; none where nobody has to be asked.
    `requested_by` are the people of the policy whose report leads to it, and who reported under
    another name, such as their mail address: they may not approve it.
    """

    plans: Plans
    judgement: Judgement
    classification: Classification
    approvers: tuple[str, ...] = ()
    requested_by: tuple[str, ...] = ()
    assignment: Assignment | None = None


class DelegationRequest(Message):
    """Is `to` somebody whom a question can be put to?"""

    to: str


class JudgementRequest(Message):
    """More is known of an incident: how bad is it now?

    `assignment` asks who is to be paged about it then; its priority is the new one.
    """

    report: Report
    question: ImpactQuestion
    classification: Classification
    assignment: AssignmentRequest | None = None


class JudgedAnew(Message):
    """How bad it is, and who is to be paged where that is worse."""

    judgement: Judgement
    assignment: Assignment | None = None


class ReprioritiseRequest(Message):
    """New impact and urgency for the matrix; `assignment` as in `JudgementRequest`."""

    change: Reprioritise
    assignment: AssignmentRequest | None = None


class SetAnew(Message):
    """The priority that a person has set, and who is to be paged by it."""

    change: Reprioritised
    assignment: Assignment | None = None


class Look(StrEnum):
    """When machines are asked whether an incident is resolved; the policy says which kinds then."""

    VERIFICATION = "verification"
    SILENCE = "silence"
    WATCH = "watch"


class EvidenceRequest(Message):
    """Gather the evidence that machines can give, since the fix.

    `began_at` is when the incident began: logs are compared with the time before it.
    """

    report: Report
    look: Look
    fixed_at: Instant
    began_at: Instant | None = None


class Gathered(Message):
    """The evidence, and the plans by the policy that was in force when it was gathered."""

    plans: Plans
    evidence: tuple[Evidence, ...] = ()


class TimelineArchive(Message):
    """The older part of a timeline, moved out of the workflow before it grows too large."""

    incident_id: str
    episode: int
    entries: tuple[TimelineEntry, ...]


class Recipient(Message):
    """Who gets a message too, under which key.

    content, title, body: where theirs says something else; None where it is the same.
    """

    key: str
    name: str
    audience: Audience
    purpose: Purpose = Purpose.TELL
    through: tuple[str, ...] = ()
    content: MessageContent | None = None
    title: str | None = None
    body: str | None = None

    @classmethod
    def of(cls, message: Notification, first: Notification) -> "Recipient":
        """The recipient of a message, where `first` is the one that is given in full."""
        return cls(
            key=message.key,
            name=message.recipient,
            audience=message.audience,
            purpose=message.purpose,
            through=message.through,
            content=None if message.content == first.content else message.content,
            title=None if message.title == first.title else message.title,
            body=None if message.body == first.body else message.body,
        )

    def message(self, first: Notification) -> Notification:
        """The message to them."""
        theirs = {
            "key": self.key,
            "recipient": self.name,
            "audience": self.audience,
            "purpose": self.purpose,
            "through": self.through,
        }
        said = {"content": self.content, "title": self.title, "body": self.body}
        own = {name: words for name, words in said.items() if words is not None}
        return first.model_copy(update={**theirs, **own})


class News(Message):
    """What several people are told: the message to the first, and who else gets it."""

    first: Notification
    others: tuple[Recipient, ...] = ()

    @classmethod
    def of(cls, messages: Sequence[Notification]) -> "News":
        """These messages, at least one."""
        first, *others = messages
        return cls(first=first, others=tuple(Recipient.of(each, first) for each in others))

    @property
    def messages(self) -> tuple[Notification, ...]:
        """A message for each recipient."""
        return _messages(self.first, self.others)


class Closing(Message):
    """An episode that ends, and the news of it.

    news: the message to the first recipient, None without any; who of the `others` is told the same
        has no content of their own, so that it stands in the history once.
    told: what became of the messages that were sent already, by their keys.
    """

    incident: IncidentView
    news: Notification | None = None
    others: tuple[Recipient, ...] = ()
    told: dict[str, Told] = Field(default_factory=dict)

    @property
    def messages(self) -> tuple[Notification, ...]:
        """A message for each recipient."""
        return _messages(self.news, self.others) if self.news else ()


class Closed(Message):
    """An episode on record: who was told, by the keys of the messages, and the last entries of its
    timeline, which the request did not have.
    """

    told: dict[str, Told]
    entries: tuple[TimelineEntry, ...]


class Drafted(Message):
    """That a review has a draft: who writes it, and until when."""

    owner: str
    due: Instant


class NextReminder(Message):
    """When somebody is told next of what a review still needs, and in which words.

    items: the ids of the action items that it is about; 0 is the review itself.
    """

    at: Instant
    items: tuple[int, ...]
    news: News


class KeptReview(Message):
    """Whether a review was written as its run has it, and what comes next.

    stands: False where a newer run has it, or its incident was erased: this run is to end.
    reminder: None where nothing is left to do.
    """

    stands: bool
    reminder: NextReminder | None = None


class ToldSoFar(Message):
    """Who was told, by the keys of the messages: in the end, or by an attempt before."""

    told: dict[str, Told]


def _messages(first: Notification, others: Sequence[Recipient]) -> tuple[Notification, ...]:
    return (first, *(each.message(first) for each in others))
