"""How much one caller may send in a minute, so that nobody crowds out the rest,
or fills the audit log.

Reporters are people; who may act for others may be a program that brings in a whole help desk.
"""

import time
from collections.abc import Callable

from fastapi import Request

from standfast.api.access import Caller
from standfast.api.problem_details import Problem
from standfast.incidents.roles import Role
from standfast.time.rate_limiters import RateLimiter

SENT_REPORTS, SENT_ACTIONS, SIGN_INS = "reports", "actions", "sign-ins"
CHANGED_ON_CALL = "changes of silences and overrides"
CHANGED_PROBLEMS = "changes of problems"
CHANGED_REVIEWS = "changes of reviews"
CHANGED_CHANNELS = "changes of their own channels"
NAMED_VIEWS = "changes of views"
CHANGED_ARTICLES = "changes of articles"
LOOKED_FOR_FIXES = "requests for known fixes"
HELPED_BY_ARTICLES = "words that an article helped"
OPENED_MAIL = "requests to open mail"
USED_PAGE_LINKS = "requests"
ASKED_FOR_TURNS = "requests for on-call turns"
TESTED_CHANNELS = "test messages"
ASKED_FOR_NUMBERS = "requests for numbers"

PER_MINUTE = {
    SENT_REPORTS: 60,
    SENT_ACTIONS: 120,
    SIGN_INS: 60,
    NAMED_VIEWS: 60,
    LOOKED_FOR_FIXES: 60,
    HELPED_BY_ARTICLES: 20,
}
"""Of a reporter, who may do nothing else of these."""

PER_MINUTE_OF_OTHERS = {
    SENT_REPORTS: 6_000,
    SENT_ACTIONS: 6_000,
    SIGN_INS: 6_000,
    CHANGED_ON_CALL: 300,  # each is looked at for every incident from then on
    CHANGED_PROBLEMS: 300,
    CHANGED_REVIEWS: 120,  # each version of a section stays
    CHANGED_CHANNELS: 60,  # a person's own, each of which may send something
    NAMED_VIEWS: 60,
    CHANGED_ARTICLES: 120,
    LOOKED_FOR_FIXES: 120,
    HELPED_BY_ARTICLES: 120,
    OPENED_MAIL: 300,
    USED_PAGE_LINKS: 120,  # by each link
    ASKED_FOR_TURNS: 60,  # those of a year take seconds
    ASKED_FOR_NUMBERS: 20,  # those of three years take seconds
    TESTED_CHANNELS: 10,  # each rings a phone, and may cost money
}


class CallerBudgets:
    """The budgets of one process."""

    def __init__(self, clock: Callable[[], int] = time.monotonic_ns) -> None:
        """`clock` counts nanoseconds."""
        self._limits = {what: RateLimiter(clock) for what in PER_MINUTE_OF_OTHERS}

    def spend(self, what: str, caller: Caller) -> None:
        """Count one of `PER_MINUTE_OF_OTHERS`. Problem: 429 where they were too many."""
        budget = PER_MINUTE_OF_OTHERS if caller.role.may(Role.RESPONDER) else PER_MINUTE
        most = budget[what]
        if wait := self._limits[what].wait_for(f"{caller.role} {caller.name}", most):
            raise Problem(
                429,
                detail=f"{caller.name} has sent {most} {what} in a minute, the most that a "
                f"{caller.role} may; wait {wait} seconds",
                headers={"Retry-After": str(wait)},
            )


def spend(request: Request, what: str, caller: Caller) -> None:
    """Count it against the budget of the caller. Problem: 429 where it was too much."""
    budgets: CallerBudgets = request.app.state.caller_budgets
    budgets.spend(what, caller)
