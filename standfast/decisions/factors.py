"""Questions whose answer is yes as soon as one of several factors holds."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from standfast.decisions.report_conditions import ReportText
from standfast.incidents.assessment import Answer
from standfast.policy.rules import ReportCondition


class Factor(NamedTuple):
    """One thing that was checked, whether it holds, and why in words."""

    holds: bool
    why: str


def yes_if_any(factors: Iterable[Factor], policy_version: str) -> Answer:
    """The answer, with all reasons: what holds first, then what does not, so that a no is
    explained as well as a yes.
    """
    checked = sorted(factors, key=lambda factor: not factor.holds)
    return Answer(
        answer="yes" if any(factor.holds for factor in checked) else "no",
        reasons=tuple(factor.why for factor in checked),
        policy_version=policy_version,
    )


def factors_of(
    what: str, conditions: tuple[ReportCondition, ...], report: ReportText
) -> Iterator[Factor]:
    """A factor for each condition that the report meets, or one saying that it meets none.

    No conditions, no factors.
    """
    shown = [evidence for condition in conditions if (evidence := report.evidence(condition))]
    for evidence in shown:
        yield Factor(True, f"sign of {what}: {', '.join(evidence)}")
    if conditions and not shown:
        yield Factor(False, f"no condition for {what} holds ({len(conditions)} in the policy)")
