"""The approval of a runbook: who was asked, and the answer."""

from standfast.messages.message import Duration, Instant, Message, words_of


class Approval(Message):
    """Whether a runbook may run. `yes` is None while it waits, and stays so once it `expired` or
    was `given_up` for that reason.

    `requested_by` are those whose report led to it, who may not approve it themselves. `by`
    answered, with the reason `why`. `within` counts from `asked_at`; a delegation does not
    extend it.
    """

    runbook: str
    approvers: tuple[str, ...]
    requested_by: tuple[str, ...] = ()
    asked_at: Instant
    within: Duration
    yes: bool | None = None
    by: str = ""
    why: str = ""
    expired: bool = False
    given_up: str = ""

    @property
    def waits(self) -> bool:
        """Whether an answer still counts."""
        return self.yes is None and not self.expired and not self.given_up

    @property
    def outcome(self) -> str:
        """The result in words; empty while it waits."""
        if self.expired:
            return f"nobody approved {self.runbook} within {words_of(self.within)}"
        if self.given_up:
            return f"{self.runbook} does not run, and waits for nobody's approval: {self.given_up}"
        if self.yes is None:
            return ""
        said = f"{self.by} {'approved' if self.yes else 'denied'} {self.runbook}"
        return f"{said}: {self.why}" if self.why else said

    def refusal(self, by: str) -> str | None:
        """Why `by` may not answer; None when they may."""
        if self.expired or self.given_up:
            return self.outcome
        if self.yes is not None:
            return f"{self.by} {'approved' if self.yes else 'denied'} it already"
        if by not in self.approvers:
            asked = ", ".join(self.approvers) or "nobody"
            return f"only those who were asked may approve, deny or delegate it: {asked}"
        return None

    def answered(self, yes: bool, by: str, why: str) -> "Approval":
        """The same, with its answer."""
        return self.model_copy(update={"yes": yes, "by": by, "why": why})

    def delegated(self, to: str) -> "Approval":
        """The same, with one more person who may answer."""
        return self.model_copy(update={"approvers": (*self.approvers, to)})

    def overtaken(self, because: str) -> "Approval":
        """The same, when people took over before anybody answered."""
        return self.model_copy(update={"given_up": because})

    def timed_out(self) -> "Approval":
        """The same, when nobody answered in time."""
        return self.model_copy(update={"expired": True})
