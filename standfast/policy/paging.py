"""The escalation policy inside a tier: whom to page, after how long, through which channels."""

from datetime import timedelta
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from standfast.incidents.assessment import Priority
from standfast.messages.message import Duration
from standfast.messages.phrases import one_or_many
from standfast.policy.page_targets import OnCall
from standfast.policy.section import Key, Section
from standfast.time.clocks import AfterOutage

MOST_PAGES = 50
"""Of one round of an escalation policy, repeats included."""


class PagingStep(Section):
    """One step: `after` the assignment (none: at once), whom, and through which channels.

    page: words of `page_targets`.
    repeats: so many more times, `every` after the one before.
    """

    after: Duration | None = None
    page: Annotated[tuple[Key, ...], BeforeValidator(one_or_many), Field(min_length=1)] = (
        OnCall.word,
    )
    through: Annotated[tuple[Key, ...], BeforeValidator(one_or_many)] = ()
    repeats: Annotated[int, Field(ge=0, le=MOST_PAGES)] = 0
    every: Duration | None = None

    @model_validator(mode="after")
    def _repeats_after_a_while(self) -> "PagingStep":
        if bool(self.repeats) != bool(self.every):
            raise ValueError(
                "give `repeats` and `every` together: how often more, and how far apart"
            )
        return self

    @property
    def times(self) -> tuple[timedelta, ...]:
        """When it pages, counted from the assignment."""
        first = self.after or timedelta()
        return tuple(
            first + number * (self.every or timedelta()) for number in range(1 + self.repeats)
        )


def _not_too_long(steps: tuple[PagingStep, ...]) -> tuple[PagingStep, ...]:
    pages = sum(len(step.times) for step in steps)
    if pages > MOST_PAGES:
        raise ValueError(f"pages {pages} times in one round; at most {MOST_PAGES} are allowed")
    return steps


EscalationPolicy = Annotated[
    tuple[PagingStep, ...], Field(min_length=1), AfterValidator(_not_too_long)
]
"""The steps of one round, which begins anew until somebody acknowledges."""

PAGE_WHO_IS_ON_CALL: EscalationPolicy = (PagingStep(),)
"""The escalation policy of a priority that the policy gives none."""

EscalationPolicies = dict[Priority, EscalationPolicy]


class OutageRules(Section):
    """What becomes of clocks that ran out while nobody ran Standfast.

    late_after: so late a clock counts as overdue. then: `page` once whoever is on call now, and
    give the tier its time again; or `escalate` as if it had run out in time.
    """

    late_after: Duration = timedelta(minutes=2)
    then: AfterOutage = AfterOutage.PAGE
