"""What people do with a review, and what it is like afterwards. A new step is one class here."""

from abc import abstractmethod
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, TypeAdapter

from standfast.incidents.review import (
    LONGEST_TEXT,
    ActionItem,
    ActionState,
    Review,
    ReviewState,
)
from standfast.messages.message import (
    InboundMessage,
    Instant,
    Line,
    MultilineText,
    Name,
    OptionalLine,
    at_most,
)

MOST_ACTIONS = 50
"""Action items of one review."""

ItemTitle = Annotated[Line, at_most(300)]
Note = Annotated[OptionalLine, at_most(2_000)]


class StepRefused(ValueError):  # noqa: N818  it reads better: the step was refused
    """A step that makes no sense now; the text says why."""


class _Step(InboundMessage):
    """Something that a person does with a review."""

    summary: ClassVar[str]
    by: Name

    @abstractmethod
    def changed(self, review: Review, at: datetime) -> dict[str, Any]:
        """What is different of the review afterwards.

        Raises:
            StepRefused: it makes no sense now.
        """


_FARTHEST = timedelta(days=3_653)
"""A slip of the pen is more likely; and a timer of Temporal cannot last for centuries."""


def _must_come(due: datetime | None, at: datetime) -> None:
    if due is None:
        return
    if due <= at:
        raise StepRefused(f"due: {due:%Y-%m-%d %H:%M} has passed")
    if due > at + _FARTHEST:
        raise StepRefused(f"due: {due:%Y-%m-%d} is more than ten years ahead")


class AssignReview(_Step):
    """Who writes it, and until when; what is not given stays."""

    summary = "Say who writes it, and until when."
    do: Literal["assign"] = "assign"
    owner: Annotated[OptionalLine, at_most(200)] = ""
    due: Instant | None = None

    def changed(self, review: Review, at: datetime) -> dict[str, Any]:
        if review.state is not ReviewState.WRITING:
            raise StepRefused("it is not being written: reopen it first")
        if not self.owner and self.due is None:
            raise StepRefused("name an owner or a due date")
        _must_come(self.due, at)
        owner, due = self.owner or review.owner, self.due or review.due
        same = (owner, due) == (review.owner, review.due)
        return {"owner": owner, "due": due, **({} if same else {"reminded_at": None})}


class AddAction(_Step):
    """Add an action item."""

    summary = "Add an action item."
    do: Literal["add_action"] = "add_action"
    title: ItemTitle
    owner: Annotated[OptionalLine, at_most(200)] = ""
    due: Instant

    def changed(self, review: Review, at: datetime) -> dict[str, Any]:
        if review.state is ReviewState.OVER:
            raise StepRefused("it is over: reopen it first")
        if len(review.actions) >= MOST_ACTIONS:
            raise StepRefused(f"it has {MOST_ACTIONS} action items, and no more are possible")
        _must_come(self.due, at)
        item = ActionItem(
            id=len(review.actions) + 1,
            incident_id=review.incident_id,
            episode=review.episode,
            title=self.title,
            owner=self.owner,
            due=self.due,
            changed_by=self.by,
            changed_at=at,
        )
        return {"actions": (*review.actions, item)}


class ChangeAction(_Step):
    """Change an action item; what is not given stays."""

    summary = "Change an action item: its state, owner, due date or title."
    do: Literal["change_action"] = "change_action"
    id: int = Field(ge=1, le=MOST_ACTIONS)
    state: ActionState | None = None
    owner: Annotated[OptionalLine, at_most(200)] = ""
    due: Instant | None = None
    title: Annotated[OptionalLine, at_most(300)] = ""
    note: Note = ""

    def changed(self, review: Review, at: datetime) -> dict[str, Any]:
        if review.state is ReviewState.OVER:
            raise StepRefused("it is over: reopen it first")
        if self.id > len(review.actions):
            raise StepRefused(f"it has no action item {self.id}")
        if self.state is ActionState.DROPPED and not self.note:
            raise StepRefused("note: say why it is dropped")
        given = {"state": self.state, "owner": self.owner, "due": self.due, "title": self.title}
        new: dict[str, Any] = {name: value for name, value in given.items() if value}
        if not new and not self.note:
            raise StepRefused("say what is to be changed of it")
        _must_come(self.due, at)
        item = review.actions[self.id - 1]
        if {"owner", "due", "state"} & new.keys():
            new["reminded_at"] = None
        if self.note or self.state:
            new["note"] = self.note
        changed = item.model_copy(update={**new, "changed_by": self.by, "changed_at": at})
        return {"actions": _with(review.actions, changed)}


class CloseReview(_Step):
    """Close it. Whether each section says something, whoever sends it has looked."""

    summary = "Close it: what is written stands, and its action items are left to do."
    do: Literal["close"] = "close"

    def changed(self, review: Review, at: datetime) -> dict[str, Any]:
        if review.state is ReviewState.WANTED:
            raise StepRefused("it has no draft yet: try again in a moment")
        if review.closed_at:
            raise StepRefused(f"{review.closed_by} has closed it")
        return {"closed_by": self.by, "closed_at": at}


class ReopenReview(_Step):
    """Write it again."""

    summary = "Reopen it, to write on."
    do: Literal["reopen"] = "reopen"
    due: Instant

    def changed(self, review: Review, at: datetime) -> dict[str, Any]:
        if not review.closed_at:
            raise StepRefused("it is not closed")
        _must_come(self.due, at)
        return {"closed_by": "", "closed_at": None, "due": self.due, "reminded_at": None}


ReviewStep = Annotated[
    AssignReview | AddAction | ChangeAction | CloseReview | ReopenReview,
    Field(discriminator="do"),
]
"""Any of the steps; `do` says which."""

STEP: TypeAdapter[Any] = TypeAdapter(ReviewStep)
"""Reads one."""


class StepAsked(InboundMessage):
    """A step as somebody asks for it; what it does not need stays empty.

    due: a day, a moment, or 14d for in 14 days.
    """

    do: Literal["assign", "add_action", "change_action", "close", "reopen"]
    by: Annotated[OptionalLine, at_most(200)] = ""
    id: int | None = Field(default=None, ge=1, le=MOST_ACTIONS)
    title: Annotated[OptionalLine, at_most(300)] = ""
    owner: Annotated[OptionalLine, at_most(200)] = ""
    due: Annotated[OptionalLine, at_most(40)] = ""
    state: ActionState | None = None
    note: Note = ""

    @property
    def words(self) -> str:
        """What it does, without what somebody wrote: `change action 3, done`."""
        item = f" {self.id}" if self.id else ""
        told = (f"{self.do.replace('_', ' ')}{item}", self.state, self.owner and f"to {self.owner}")
        return ", ".join(each for each in told if each)


class NewText(InboundMessage):
    """What a section is to say. instead_of: the version that the writer saw, 0 for none."""

    by: Annotated[OptionalLine, at_most(200)] = ""
    text: Annotated[MultilineText, at_most(LONGEST_TEXT)] = ""
    not_applicable: bool = False
    instead_of: int | None = Field(default=None, ge=0, le=1_000_000)


class ReviewAsked(InboundMessage):
    """That an episode is to be reviewed, and why."""

    by: Annotated[OptionalLine, at_most(200)] = ""
    why: Annotated[OptionalLine, at_most(500)] = ""


def stepped(review: Review, step: Any, at: datetime) -> Review:
    """The review after a step.

    Raises:
        StepRefused: it makes no sense now.
    """
    changed = step.changed(review, at)
    return review.model_copy(update={**changed, "revision": review.revision + 1})


def reminded(review: Review, ids: Sequence[int], at: datetime) -> Review:
    """The review after somebody was told of these action items; 0 is the review itself."""
    actions = tuple(
        item.model_copy(update={"reminded_at": at}) if item.id in ids else item
        for item in review.actions
    )
    mine = {"reminded_at": at} if 0 in ids else {}
    more = {"actions": actions, "messages": review.messages + 1, "revision": review.revision + 1}
    return review.model_copy(update={**mine, **more})


def not_told(review: Review, problems: tuple[str, ...]) -> Review:
    """The review after it is known whom the last message did not reach; the same if that is so."""
    if problems == review.not_told:
        return review
    return review.model_copy(update={"not_told": problems, "revision": review.revision + 1})


def _with(actions: tuple[ActionItem, ...], changed: ActionItem) -> tuple[ActionItem, ...]:
    return tuple(changed if item.id == changed.id else item for item in actions)
