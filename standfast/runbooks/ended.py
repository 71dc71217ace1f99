"""How one piece of a runbook's work ended."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import StrEnum

from standfast.incidents.resolution import StepOutcome


class Says(StrEnum):
    """What a piece of work says when it is a check."""

    YES = "yes"
    NO = "no"
    NOTHING = "nothing"


@dataclass(frozen=True)
class Ended:
    """How a command or a request ended.

    words: continue a sentence that begins with the step's name: "failed with exit code 3".
    started: False when nothing of it can have had an effect.
    says: what it means when it is a check: YES when it succeeded, NO when it looked and the thing
        is not so, NOTHING when it could not look.
    """

    outcome: StepOutcome
    words: str
    says: Says
    exit_code: int | None = None
    output: str = ""
    started: bool = True

    @property
    def succeeded(self) -> bool:
        return self.outcome is StepOutcome.SUCCEEDED

    def redacted(self, redact: Callable[[str], str]) -> "Ended":
        """The same, without what must not be on record."""
        return replace(self, words=redact(self.words), output=redact(self.output))
