"""What the workflow asks of activities, where a domain model alone does not say it."""

from pydantic import Field

from incidents.actions import Reprioritise
from incidents.assessment import Assessed, Priority
from incidents.message import Instant, Message
from incidents.notification import Notification
from incidents.record import TimelineEntry
from incidents.report import Report
from incidents.resolution import Evidence, EvidenceKind, Verdict


class AssignmentRequest(Message):
    """Whom to page: `to` names a person, else the schedule says who is on call `at` that moment.

    A `tier` beyond the team's ladder means its top. `page_everyone` pages the whole tier at once;
    `overrule_quiet` pages although a silence or the hour says not to. `ran_out` names the clock
    that is the reason to ask, and `clocks_due` when each clock that ran with it is due.
    """

    team: str
    tier: int
    assessed: Assessed
    at: Instant
    to: str = ""
    page_everyone: bool = False
    overrule_quiet: bool = False
    ran_out: str = ""
    clocks_due: dict[str, Instant] = Field(default_factory=dict)


class DelegationRequest(Message):
    """Is `to` somebody whom a question can be put to?"""

    to: str


class ReprioritiseRequest(Message):
    """New impact and urgency for the matrix."""

    change: Reprioritise


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


class VerificationRequest(Message):
    """What evidence does this incident need?"""

    report: Report
    priority: Priority


class EvidenceRequest(Message):
    """Gather the evidence that machines can give, of these kinds, since the fix.

    `began_at` is when the incident began: logs are compared with the time before it.
    """

    report: Report
    needs: tuple[EvidenceKind, ...]
    fixed_at: Instant
    began_at: Instant | None = None


class WeighRequest(Message):
    """Weigh the evidence gathered since the last resolution.

    `silent` is set when the reporter was asked and has not answered in time; `silence_means` is
    then what the plan says of it.
    """

    evidence: tuple[Evidence, ...]
    needs: tuple[EvidenceKind, ...]
    silent: bool = False
    silence_means: Verdict = Verdict.RESOLVED


class FollowUpRequest(Message):
    """Is this worth watching after its resolution?"""

    report: Report
    priority: Priority
    verdict: Verdict
    workaround: bool


class WatchRequest(Message):
    """What the watch window has shown; `over` when it has ended.

    `solved_by` are the names of those who resolved it or had acknowledged it.
    """

    verdict: Verdict
    evidence: tuple[Evidence, ...]
    reported_again: int = 0
    over: bool = False
    solved_by: tuple[str, ...] = ()


class TimelineArchive(Message):
    """The older part of a timeline, moved out of the workflow before it grows too large."""

    incident_id: str
    episode: int
    entries: tuple[TimelineEntry, ...]


class Tidings(Message):
    """The same news to several recipients, each with its own key."""

    messages: tuple[Notification, ...]


class Told(Message):
    """What became of one of them: the channel that took it, or the problem.

    `problems` are those of the channels that were tried before.
    """

    recipient: str
    channel: str = ""
    problem: str = ""
    problems: tuple[str, ...] = ()
