"""Articles: who reviews them, and how long a review holds."""

from datetime import timedelta

from pydantic import model_validator

from standfast.messages.message import Duration
from standfast.policy.section import Key, Section


class KnowledgeRules(Section):
    """Whoever publishes an article has reviewed it.

    reviewers: people who may publish and retire; none: every responder.
    review_after: since its last review; then it is listed as due.
    retire_after: since its last review; then it is retired until somebody reviews it.
    """

    reviewers: tuple[Key, ...] = ()
    review_after: Duration | None = None
    retire_after: Duration | None = None

    @model_validator(mode="after")
    def _is_due_before_it_retires(self) -> "KnowledgeRules":
        due = self.review_after or timedelta()
        if self.retire_after is not None and self.retire_after < due:
            raise ValueError("retire_after must not be shorter than review_after")
        return self
