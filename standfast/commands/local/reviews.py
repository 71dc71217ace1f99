"""Reviews on the server's machine: on record, and their steps through Temporal."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from standfast.commands.fields import valid
from standfast.commands.local.explained import explained
from standfast.commands.local.user import local_event
from standfast.documents.review_document import DocumentFormat, review_document
from standfast.incidents.record import IncidentView
from standfast.incidents.review import ListedReview, Review, ShownReview, TextVersion
from standfast.incidents.review_steps import NewText, ReviewAsked, StepAsked
from standfast.intake.errors import NoSuchIncident, Refused
from standfast.intake.reviewing import ask_for_review, changed_event, do_asked, write
from standfast.lookup.reviews import episode_reviewed, review_of, shown_review
from standfast.policy import Policy
from standfast.policy_file.loading import PolicyError, load_policy
from standfast.records.audit import AuditKind

if TYPE_CHECKING:
    from standfast.commands.local.session import LocalSession
    from standfast.records.store import RecordStore


class LocalReviews:
    """As `session.Reviews`. Whoever works there finds all."""

    def __init__(self, session: "LocalSession") -> None:
        self._session = session

    @property
    def _records(self) -> "RecordStore":
        return self._session.records

    def _policy(self) -> Policy:
        try:
            return load_policy(self._session.settings.policy)
        except PolicyError as broken:
            raise Refused(f"{broken.problems[0]}; the policy says what reviews ask") from None

    async def list(self, limit: int, *, over: bool) -> Sequence[ListedReview]:
        """Those on record."""
        with explained():
            return self._records.reviews.listed(None, limit, over=over)

    async def show(self, incident_id: str, episode: int | None) -> ShownReview:
        """By the record."""
        with explained():
            view = await self._reviewed(incident_id, episode)
            return await shown_review(self._records, self._policy(), view)

    async def ask(self, incident_id: str, episode: int | None, by: str, why: str) -> Review:
        """Put it on record; a worker starts it."""
        asked = valid(ReviewAsked, {"by": by, "why": why})
        with explained():
            view = self._records.incidents.get(incident_id, episode)
            if view is None:
                raise NoSuchIncident(f"{incident_id} is not on record: it is reviewed once closed")
            review = await ask_for_review(
                self._records, view, by=asked.by, why=asked.why, at=datetime.now(UTC)
            )
            self._session.note(changed_event(review, asked.by, "asked for"))
            return review

    async def write(
        self, incident_id: str, episode: int | None, section: str, fields: Mapping[str, Any]
    ) -> TextVersion:
        """Put it on record."""
        new = valid(NewText, fields)
        with explained():
            view = await self._reviewed(incident_id, episode)
            review = await review_of(self._records, view)
            written = await write(self._records, self._policy(), review, section, new, new.by)
            self._session.acted_for(new.by, f"write {section} of the review of {incident_id}")
            return written

    async def step(
        self, incident_id: str, episode: int | None, fields: Mapping[str, Any]
    ) -> Review:
        """Through Temporal, or on record where the review is over."""
        asked = valid(StepAsked, fields)
        with explained():
            view = await self._reviewed(incident_id, episode)
            review = await review_of(self._records, view)
            connect, now = self._session.client, datetime.now(UTC)
            done = await do_asked(connect, self._policy(), self._records, review, asked, now)
            self._session.note(changed_event(done, asked.by, asked.words))
            return done

    async def export(self, incident_id: str, episode: int | None, form: DocumentFormat) -> bytes:
        """The document; the audit log says who took it."""
        shown = await self.show(incident_id, episode)
        document = await review_document(shown, form)
        with explained():
            what = f"the review of {incident_id}, episode {shown.review.episode}"
            self._records.audit.record(local_event(AuditKind.EXPORTED, what))
        return document

    async def _reviewed(self, incident_id: str, episode: int | None) -> IncidentView:
        which = await episode_reviewed(self._records, incident_id, episode)
        view = self._records.incidents.get(incident_id, which)
        if view is None:
            raise NoSuchIncident(f"{incident_id} is not on record")
        return view
