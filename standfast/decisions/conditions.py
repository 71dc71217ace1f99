"""Questions whose answer is yes as soon as one of several conditions holds."""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from standfast.decisions.signs import Reading
from standfast.incidents.assessment import Answer
from standfast.policy.rules import Sign


class Condition(NamedTuple):
    """One thing that was looked at, and in words how it came out."""

    holds: bool
    why: str


def yes_if_any(conditions: Iterable[Condition], policy_version: str) -> Answer:
    """The answer to such a question: what held first, then what did not, so that a no explains
    itself as well as a yes.
    """
    looked_at = sorted(conditions, key=lambda condition: not condition.holds)
    return Answer(
        answer="yes" if any(condition.holds for condition in looked_at) else "no",
        reasons=tuple(condition.why for condition in looked_at),
        policy_version=policy_version,
    )


def signs_of(what: str, signs: tuple[Sign, ...], report: Reading) -> Iterator[Condition]:
    """Every sign of `what` that the report shows, or one condition saying that it shows none.

    A policy that lists no signs had nothing to look for, and yields nothing.
    """
    shown = [evidence for sign in signs if (evidence := report.evidence(sign))]
    for evidence in shown:
        yield Condition(True, f"sign of {what}: {', '.join(evidence)}")
    if signs and not shown:
        yield Condition(False, f"no sign of {what} ({len(signs)} looked for)")
