"""Resolution, automation, verification and follow-up: the messages and answers."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from standfast.incidents.assessment import Answer, Priority
from standfast.incidents.person import PersonAction
from standfast.incidents.visibility import Everybody, Responders
from standfast.messages.message import (
    Duration,
    Instant,
    Message,
    MultilineText,
    at_most,
)


class ResolutionGiven(PersonAction):
    """A responder's resolution of an incident."""

    summary: Everybody[Annotated[MultilineText, at_most(4_000)]]
    steps: Responders[tuple[Annotated[MultilineText, at_most(1_000)], ...]] = Field(
        default=(), max_length=50
    )
    root_cause: Responders[Annotated[MultilineText, at_most(4_000)]] = ""
    workaround: Everybody[bool] = False


class Resolution(ResolutionGiven):
    """A resolution on record, by a person or a runbook."""

    at: Everybody[Instant]


class StepOutcome(StrEnum):
    """How a command of a runbook ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    TIMED_OUT = "timed_out"
    CANCELLED = "cancelled"


class StepResult(Message):
    """The result of one command of a runbook: a step, a check, or an undo step."""

    what: str
    outcome: StepOutcome
    exit_code: int | None = None
    output: str = ""


class RemediationRequest(Message):
    """Run a runbook for an incident. `key` is the idempotency key of its effects.

    `service` and `host` are what the report says, its label `host`; they may be any text. Once the
    incident is `withdrawn` nothing is run any more, only undone.
    """

    key: str
    incident_id: str
    service: str
    host: str = ""
    runbook: str
    withdrawn: bool = False


class RemediationOutcome(StrEnum):
    """How a remediation ended.

    `refused`: a guard or the policy did not let it run; nothing ran.
    `unknown`: a worker died, and nobody knows whether its step was done.
    `stopped`: the incident was withdrawn while it ran.
    """

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    REFUSED = "refused"
    UNKNOWN = "unknown"
    STOPPED = "stopped"


class RemediationResult(Answer):
    """How a runbook ended; `answer` is "yes" only when its own check passed.

    `target` is what it acted on, such as `service:website`. `left` is what a person must check, a
    sentence each: what could not be undone or is unknown. `rolled_back` is None where nothing had
    to be undone, False where something is left.
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
"""The kinds of evidence that need no answer of a person."""


class Verdict(StrEnum):
    """Whether an incident is resolved."""

    RESOLVED = "resolved"
    PARTIALLY_RESOLVED = "partially_resolved"
    UNRESOLVED = "unresolved"


class Evidence(Message):
    """One piece of evidence. `says` is None where it is missing or inconclusive."""

    kind: Everybody[EvidenceKind]
    source: Everybody[str]
    says: Everybody[Verdict | None]
    detail: Everybody[str]
    at: Everybody[Instant]


class VerificationPlan(Answer):
    """Which evidence this incident needs; `answer` lists it.

    `silence_means` is the verdict when the reporter does not answer `confirm_within`, unless
    evidence of the kinds `at_silence`, gathered then, is worse.
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

    `checks` are the times of the checks, counted from the start of the window; the last is its end.
    """

    checks: tuple[Duration, ...] = ()
    probes: bool = False


class FollowUpRules(Message):
    """The policy's follow-up rules for an incident, whatever its verdict will be.

    Followed up are the `priorities`, all incidents of `service` if `watches_service`, and
    workarounds if `workarounds`. `checks` and `probes` are those of the window, see `FollowUpPlan`.
    """

    policy_version: str
    priorities: tuple[Priority, ...] = ()
    workarounds: bool
    service: str = ""
    watches_service: bool = False
    checks: tuple[Duration, ...]
    probes: bool


class Plans(Message):
    """The plans for verification and follow-up, by one version of the policy."""

    verification: VerificationPlan
    follow_up: FollowUpRules

    @property
    def policy_version(self) -> str:
        return self.follow_up.policy_version


class FollowUpResult(Answer):
    """The result of the follow-up window so far: `answer` is `watching`, `clear`, `recurred` or
    `partial`.
    """
