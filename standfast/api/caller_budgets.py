"""How many reports, actions and sign-ins one caller may send in a minute, so that nobody crowds out
the rest, or fills the audit log.

Reporters are people; who may act for others may be a program that brings in a whole help desk.
"""

from fastapi import Request

from standfast.api.access import Caller
from standfast.api.problems import Problem
from standfast.api.rate_limits import RateLimiter
from standfast.incidents.roles import Role

SENT_REPORTS, SENT_ACTIONS, SIGN_INS = "reports", "actions", "sign-ins"

PER_MINUTE = {SENT_REPORTS: 60, SENT_ACTIONS: 120, SIGN_INS: 60}
"""Of a reporter."""

PER_MINUTE_OF_OTHERS = 6_000


class CallerBudgets:
    """The budgets of one process."""

    def __init__(self) -> None:
        self._limits = {what: RateLimiter() for what in PER_MINUTE}

    def spend(self, what: str, caller: Caller) -> None:
        """Count one of `PER_MINUTE`. Problem: 429 where they were too many."""
        is_other = caller.role.may(Role.RESPONDER)
        most = PER_MINUTE_OF_OTHERS if is_other else PER_MINUTE[what]
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
