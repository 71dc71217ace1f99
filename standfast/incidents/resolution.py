"""Resolving and verifying: what was done, what shows that it helped, what is watched after."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from standfast.incidents.assessment import Answer, Priority
from standfast.messages.message import (
    Duration,
    InboundMessage,
    Instant,
    Message,
    MultilineText,
    Name,
    at_most,
)


class ResolutionGiven(InboundMessage):
    """What a responder says when they have resolved an incident."""

    by: Name
    summary: Annotated[MultilineText, at_most(4_000)]
    steps: tuple[Annotated[MultilineText, at_most(1_000)], ...] = Field(default=(), max_length=50)
    root_cause: Annotated[MultilineText, at_most(4_000)] = ""
    workaround: bool = False


class Resolution(ResolutionGiven):
    """The resolution on record, by a person or by a runbook."""

    at: Instant


class StepOutcome(StrEnum):
    """How one command of a runbook ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"


class StepResult(Message):
    """One command of a runbook as it ran: a step, the check, or the undoing of a step."""

    what: str
    outcome: StepOutcome
    exit_code: int | None = None
    output: str = ""


class RemediationOutcome(StrEnum):
    """How a remediation ended.

    `refused`: held back, by a guard or since the policy does not let it run; nothing ran.
    `unknown`: a worker died, and nothing tells whether what it was doing has been done.
    `stopped`: the incident was withdrawn while it ran.
    """

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    STOPPED = "stopped"


class RemediationResult(Answer):
    """How a runbook ended; `answer` is "yes" only when its own check passed.

    `target` is what it acted on, such as `service:website`. `left` is what a person must look at,
    a sentence each: what could not be undone, and what nobody knows. `rolled_back` is None where
    nothing had to be undone, False where something is left.
    """

    runbook: str
    target: str = ""
    outcome: RemediationOutcome
    steps: tuple[StepResult, ...] = ()
    rolled_back: bool | None = None
    left: tuple[str, ...] = ()


class EvidenceKind(StrEnum):
    """The three kinds of evidence that the flowchart names."""

    USER_CONFIRMATION = "user_confirmation"
    SYSTEM_TESTS = "system_tests"
    LOG_ANALYSIS = "log_analysis"


BY_MACHINES = (EvidenceKind.SYSTEM_TESTS, EvidenceKind.LOG_ANALYSIS)
"""The kinds of evidence that need nobody's answer."""


class Verdict(StrEnum):
    """Whether an incident is resolved."""

    RESOLVED = "resolved"
    PARTIALLY_RESOLVED = "partially_resolved"
    UNRESOLVED = "unresolved"


class Evidence(Message):
    """One piece of evidence. `says` is None where it could not be had or is inconclusive."""

    kind: EvidenceKind
    source: str
    says: Verdict | None
    detail: str
    at: Instant


class VerificationPlan(Answer):
    """Which evidence this incident needs; `answer` lists it.

    `silence_means` is the verdict when the reporter has not answered `confirm_within`, unless
    evidence of the kinds `at_silence`, gathered then, says worse.
    """

    needs: tuple[EvidenceKind, ...]
    confirm_within: Duration
    remind_every: Duration
    silence_means: Verdict
    at_silence: tuple[EvidenceKind, ...] = ()


class Verification(Answer):
    """The weighed evidence; `answer` is the verdict."""

    verdict: Verdict


class FollowUpPlan(Answer):
    """Whether to watch after resolution; `answer` is "yes" or "no".

    `checks` are the moments of each check, counted from the start of the window; the last one is
    the window's end.
    """

    checks: tuple[Duration, ...] = ()
    probes: bool = False


class FollowUpRules(Message):
    """What the policy says of following up an incident, whatever its verdict will be.

    `priorities` are watched, and so are all incidents of `service` where `watches_service`, and
    workarounds where `workarounds`. `checks` and `probes` are those of the window, see
    `FollowUpPlan`; it lasts until the last check.
    """

    policy_version: str
    priorities: tuple[Priority, ...] = ()
    workarounds: bool
    service: str = ""
    watches_service: bool = False
    checks: tuple[Duration, ...]
    probes: bool


class Plans(Message):
    """What comes after a resolution, by one version of the policy: verification and follow-up."""

    verification: VerificationPlan
    follow_up: FollowUpRules

    @property
    def policy_version(self) -> str:
        return self.follow_up.policy_version


class WatchFinding(Answer):
    """What the watch window has shown so far: `answer` is `watching`, `clear`, `recurred` or
    `partial`.
    """
