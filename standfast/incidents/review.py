"""The review of an episode that has closed: who writes it, until when, and what is done about it.

`Review` is the whole state of its workflow. Steps of people make a new one, see `review_steps`.
What its sections say is not in it: that is in the record store, with all versions.
"""

from enum import StrEnum

from standfast.messages.message import Instant, Message


class ReviewState(StrEnum):
    """wanted: it has no draft yet. writing: until somebody closes it. acting: until each of its
    action items is settled. over: nothing is left to do.
    """

    WANTED = "wanted"
    WRITING = "writing"
    ACTING = "acting"
    OVER = "over"

    @property
    def words(self) -> str:
        """For people."""
        return {
            ReviewState.WANTED: "a draft is being made",
            ReviewState.WRITING: "being written",
            ReviewState.ACTING: "closed, action items are open",
            ReviewState.OVER: "over",
        }[self]


class ActionState(StrEnum):
    """What became of an action item."""

    OPEN = "open"
    DONE = "done"
    DROPPED = "dropped"


class ActionItem(Message):
    """Something that a review says is to be changed.

    id: counts from 1 within the review. owner: a person of the policy; empty for nobody yet.
    note: what was said when it was last changed, such as why it was dropped.
    reminded_at: when the owner was last told of it; None if they were not told that it is theirs.
    """

    id: int
    incident_id: str
    episode: int
    title: str
    owner: str = ""
    due: Instant
    state: ActionState = ActionState.OPEN
    note: str = ""
    changed_by: str
    changed_at: Instant
    reminded_at: Instant | None = None

    @property
    def is_open(self) -> bool:
        """Whether it is neither done nor dropped."""
        return self.state is ActionState.OPEN

    @property
    def words(self) -> str:
        """`replace the disk (ana, due 2026-10-12)`."""
        return f"{self.title} ({self.owner or 'nobody'}, due {self.due:%Y-%m-%d})"


class Review(Message):
    """A review. Its incident says the rest: title, team, who finds it.

    why: why there is one. asked_by: who asked for it; empty where the policy did.
    owner: who writes it, a person of the policy; empty for nobody. due: None until it has a draft.
    reminded_at: as of an action item, about the writing. messages: how often anybody was told.
    not_told: whom the last message did not reach, with the reason.
    revision: counts the changes, so that an older run cannot overwrite what a newer one wrote.
    """

    incident_id: str
    episode: int
    why: str
    asked_by: str = ""
    wanted_at: Instant
    owner: str = ""
    due: Instant | None = None
    closed_by: str = ""
    closed_at: Instant | None = None
    actions: tuple[ActionItem, ...] = ()
    reminded_at: Instant | None = None
    messages: int = 0
    not_told: tuple[str, ...] = ()
    revision: int = 0

    @property
    def open_actions(self) -> tuple[ActionItem, ...]:
        """Those that are neither done nor dropped."""
        return tuple(item for item in self.actions if item.is_open)

    @property
    def state(self) -> ReviewState:
        """How far it is."""
        if self.due is None:
            return ReviewState.WANTED
        if self.closed_at is None:
            return ReviewState.WRITING
        return ReviewState.ACTING if self.open_actions else ReviewState.OVER

    @property
    def next_due(self) -> Instant | None:
        """When the first thing is due that is still to be done; None where nothing is."""
        dues = [item.due for item in self.open_actions]
        if self.state is ReviewState.WRITING and self.due:
            dues.append(self.due)
        return min(dues, default=None)


class ListedReview(Message):
    """A review in a list, with what the list says of its incident."""

    review: Review
    state: ReviewState
    title: str
    service: str
    team: str
    priority: str


class TextVersion(Message):
    """What a section said from then on.

    version: counts from 1; the draft is by `DRAFTED_BY`. not_applicable: somebody decided that
        there is nothing to say.
    """

    section: str
    version: int
    text: str
    not_applicable: bool = False
    by: str
    at: Instant

    @property
    def says_something(self) -> bool:
        """Whether nothing more has to be written there."""
        return self.not_applicable or bool(self.text.strip())


class ShownSection(Message):
    """A section as it is shown: its question, what it says now, and every version, latest first.

    key: by which the policy names it. Of a section that the policy does not have any more, what was
        written is still shown.
    """

    key: str
    title: str
    question: str
    versions: tuple[TextVersion, ...] = ()

    @property
    def latest(self) -> TextVersion | None:
        """What it says now; None where nobody has written anything."""
        return self.versions[0] if self.versions else None


class ShownReview(Message):
    """A review with what its sections say, and with what its incident is called.

    missing: the titles of the sections that say nothing yet; with any it cannot be closed.
    """

    review: Review
    state: ReviewState
    title: str
    priority: str
    team: str
    confidential: bool
    sections: tuple[ShownSection, ...]
    missing: tuple[str, ...]


DRAFTED_BY = "Standfast"
"""Who wrote the first version of a section."""

LONGEST_TEXT = 40_000
"""Characters of a section."""
