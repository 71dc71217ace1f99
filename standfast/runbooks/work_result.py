"""How one piece of a runbook's work ended."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from standfast.incidents.resolution import StepOutcome


class CheckResult(StrEnum):
    """What a piece of work says when it is a check."""

    PASSED = "passed"
    FAILED = "failed"
    INCONCLUSIVE = "inconclusive"


@dataclass(frozen=True)
class WorkResult:
    """How a command or a request ended.

    words: continue a sentence that begins with the step's name: "failed with exit code 3".
    started: False when nothing of it can have had an effect.
    as_check: what it means when it is a check: passed when it succeeded, failed when it looked and
        the thing is not so, inconclusive when it could not look.
    """

    outcome: StepOutcome
    words: str
    as_check: CheckResult
    exit_code: int | None = None
    output: str = ""
    started: bool = True

    @property
    def succeeded(self) -> bool:
        return self.outcome is StepOutcome.SUCCEEDED

    def redacted(self, redact: Callable[[str], str]) -> "WorkResult":
        """The same, without secrets."""
        return replace(self, words=redact(self.words), output=redact(self.output))
