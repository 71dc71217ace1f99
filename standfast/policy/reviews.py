"""Reviews: which incidents get one when they have closed, until when, and what they ask."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, Field

from standfast.incidents.assessment import Priority
from standfast.messages.message import Duration, Line, Name, at_most
from standfast.policy.section import Key, Section


def _at_least_an_hour(value: timedelta) -> timedelta:
    if value < timedelta(hours=1):
        raise ValueError("must be at least 1h")
    return value


Pause = Annotated[Duration, AfterValidator(_at_least_an_hour)]


class ReviewSection(Section):
    """A section of a review, and the question that it answers."""

    title: Name
    question: Annotated[Line, at_most(500)]


WHAT_HAPPENED, IMPACT, DETECTION, RESPONSE = "what_happened", "impact", "detection", "response"
"""Sections that get a draft, as far as the policy has them."""

_USUAL = {
    WHAT_HAPPENED: ReviewSection(
        title="What happened", question="What broke, why, and what ended it?"
    ),
    IMPACT: ReviewSection(title="Impact", question="Who could not do what, and for how long?"),
    DETECTION: ReviewSection(
        title="Detection", question="How did we learn of it, and could it have been sooner?"
    ),
    RESPONSE: ReviewSection(title="Response by the minute", question="Who did what, and when?"),
    "went_well": ReviewSection(
        title="What went well", question="What helped, and should stay as it is?"
    ),
    "luck": ReviewSection(
        title="What was luck", question="What could have been worse, and was not because of us?"
    ),
    "changes": ReviewSection(
        title="What we change", question="What keeps it from happening again, or makes it shorter?"
    ),
}


class ReviewRules(Section):
    """When closing starts a review; anybody who works on incidents may ask for one besides.

    priorities: of these. missed_target: where a target was missed. reopened: where verification or
        follow-up said that it was not resolved. failed_undo: where a step of a runbook could not
        be undone.
    due_within: for the review. remind_every: until what is due is done. escalate_after: past due,
        until others are told. actions_due_within: for an action item, unless somebody says when.
    sections: what a review answers, in this order.
    """

    priorities: tuple[Priority, ...] = ()
    missed_target: bool = False
    reopened: bool = False
    failed_undo: bool = False
    due_within: Duration = timedelta(days=5)
    remind_every: Pause = timedelta(days=1)
    escalate_after: Duration = timedelta(days=2)
    actions_due_within: Duration = timedelta(days=14)
    sections: Annotated[dict[Key, ReviewSection], Field(min_length=1, max_length=20)] = Field(
        default_factory=lambda: dict(_USUAL)
    )
