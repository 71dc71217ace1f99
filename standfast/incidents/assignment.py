"""The answer of the boxes assign and escalate: the tier, and the pages of its escalation policy."""

from datetime import timedelta
from itertools import accumulate

from pydantic import Field

from standfast.incidents.assessment import Answer, Assessed
from standfast.incidents.silence import Suppression
from standfast.messages.message import Instant, Message
from standfast.time.clocks import AfterOutage, Clocks
from standfast.time.working_time import Hours


class AssignmentRequest(Message):
    """Whom to page: `to` names a person, else the schedule says who is on call `at` that moment.

    A `tier` beyond the team's last means the last. `page_everyone` pages the whole tier at once;
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


class PlannedPage(Message):
    """One step of the escalation policy: whom it pages, `after` the previous step.

    All `chains` are paged at once: the first person of each, the next only when that one cannot be
    reached. `through` names channels in the order to try; none means all that the person has.
    """

    after: timedelta = timedelta()
    chains: tuple[tuple[str, ...], ...]
    through: tuple[str, ...] = ()

    @property
    def whom(self) -> str:
        """Who is paged first, in words."""
        return ", ".join(dict.fromkeys(chain[0] for chain in self.chains))


class NextTier(Message):
    """The next tier if nobody acknowledges, and who is on call there then."""

    name: str
    whom: str


class Assignment(Answer):
    """A team's tier, whom to page in which order, and the clocks that start now.

    `contacts` are people of the policy, at least one: who was `named` or is on call, then the
    others of the tier. `last_resort` is tried when none of them is reached. `pages` are the steps
    of the escalation policy for this tier and priority, never empty; `quiet` suppresses them for a
    time. `hours` are the team's working hours, None for around the clock. `late` is set when a
    clock of the request ran out long ago; `overdue` names every clock of the request that has run
    out.
    """

    team: str
    tier: int = Field(ge=1)
    tier_name: str
    top: bool
    contacts: tuple[str, ...] = Field(min_length=1)
    named: str = ""
    page_everyone: bool = False
    last_resort: str = ""
    pages: tuple[PlannedPage, ...] = Field(min_length=1)
    next_tier: NextTier | None = None
    quiet: Suppression | None = None
    clocks: Clocks
    hours: Hours | None = None
    late: timedelta | None = None
    overdue: tuple[str, ...] = ()
    after_outage: AfterOutage = AfterOutage.PAGE

    def is_of_tier(self, other: "Assignment") -> bool:
        """Whether it has the same team, tier and named person."""
        return (self.team, self.tier, self.named) == (other.team, other.tier, other.named)

    def goes_on(self, before: "Assignment", number: int) -> tuple[int, timedelta]:
        """Where a round goes on that stands before page `number` of an earlier assignment: before
        which page of this one, and how long until that is due.

        Pages keep their times in the round, however many others stand between them now.
        """
        was, now = before._moments(), self._moments()
        number %= len(was)
        if not number or was == now:
            return number, timedelta()
        length = now[-1] + self.clocks.page_again_every
        passed = was[number] % length
        for place, moment in enumerate(now):
            if moment >= passed:
                return place, moment - passed
        return 0, length - passed

    def _moments(self) -> list[timedelta]:
        """When each page goes out, counted from the first."""
        return [*accumulate((page.after for page in self.pages[1:]), initial=timedelta())]
