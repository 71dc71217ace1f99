"""A problem: what happened more than once, as its episodes show it, and what people said of it."""

from datetime import datetime, timedelta
from typing import Annotated, Literal, NamedTuple

from pydantic import Field, model_validator

from standfast.incidents.article import KnownFix
from standfast.incidents.relations import OtherIncident
from standfast.incidents.resolution import RemediationOutcome
from standfast.incidents.review import ActionItem
from standfast.messages.message import (
    InboundMessage,
    Instant,
    Message,
    Name,
    OptionalLine,
    at_most,
    words_of,
)


class Fix(Message):
    """What resolved an episode.

    runbook: the one that did it; empty where people did.
    held: seconds until the next episode was reported; None while it holds.
    """

    what: str
    by: str
    at: Instant
    workaround: bool = False
    runbook: str = ""
    held: float | None = None


class TriedRunbook(Message):
    """A runbook that was tried in an episode, and how it ended."""

    runbook: str
    outcome: RemediationOutcome


class ProblemEpisode(Message):
    """An episode of an incident as a part of a problem.

    after: seconds since the episode before it was reported; None for the first.
    sent_back: how often verification or follow-up said that it was not resolved after all.
    """

    incident_id: str
    episode: int
    title: str
    service: str = ""
    team: str = ""
    priority: str | None = None
    status: Literal["open", "closed"]
    opened_at: Instant
    closed_at: Instant | None = None
    after: float | None = None
    fix: Fix | None = None
    tried: TriedRunbook | None = None
    sent_back: int = 0


class RunbookNumbers(Message):
    """How a runbook did in all episodes.

    longest: seconds for which what it did held at most, of those times that are over.
    holds: whether the latest fix is its own, and still holds.
    """

    runbook: str
    tried: int
    worked: int
    longest: float | None = None
    holds: bool = False


class ProblemLine(Message):
    """A problem as lists have it.

    problem_id: the incident that was reported first, of those that the reader finds.
    title: what people called it, else the title of the latest episode.
    recently: episodes that were reported in the time asked for.
    """

    problem_id: str
    title: str
    owner: str = ""
    incident_ids: tuple[str, ...]
    services: tuple[str, ...]
    teams: tuple[str, ...]
    episodes: int
    recently: int
    first_at: Instant
    last_at: Instant
    is_open: bool


class ProblemList(Message):
    """The problems of which an episode was reported since then, the most frequent first.

    note: says what may be missing.
    """

    since: Instant
    problems: tuple[ProblemLine, ...]
    note: str = ""


class Problem(Message):
    """A problem: its episodes, the oldest first, what was tried, and what held how long.

    title: what people called it, else the title of the latest episode; named: what they called it.
    confidential: whether one of its episodes is. What people call it then is for those who find one
        of the confidential ones.
    named_by: who set its title or owner last; empty where nobody did.
    open_actions: of the reviews of its incidents.
    known_fixes: the articles that were used in its episodes, what worked most often first.
    """

    problem_id: str
    title: str
    named: str = ""
    confidential: bool = False
    owner: str = ""
    named_by: str = ""
    incident_ids: tuple[str, ...]
    episodes: tuple[ProblemEpisode, ...]
    runbooks: tuple[RunbookNumbers, ...] = ()
    open_actions: tuple[ActionItem, ...] = ()
    known_fixes: tuple[KnownFix, ...] = ()
    note: str = ""

    @property
    def is_open(self) -> bool:
        """Whether one of its episodes is open."""
        return any(each.status == "open" for each in self.episodes)

    @property
    def latest_fix(self) -> Fix | None:
        """The one that was made last."""
        fixes = [each.fix for each in self.episodes if each.fix]
        return max(fixes, key=lambda fix: fix.at, default=None)


class ProblemStanding(Message):
    """How an episode stands in its problem, for the page of its incident.

    words: such as `4th time since 2026-03-02; the last fix held 12 d`.
    last_fix: what was done the time before; None where it is not known.
    """

    problem_id: str
    title: str
    owner: str = ""
    words: str
    last_fix: Fix | None = None
    open_actions: tuple[ActionItem, ...] = ()

    @property
    def sentences(self) -> tuple[str, ...]:
        """All that there is to say of it."""
        fix = (
            (f"The last fix, by {self.last_fix.by}: {self.last_fix.what}",) if self.last_fix else ()
        )
        return (self.words, *fix, *(f"Still open: {item.words}" for item in self.open_actions))


class ProblemLink(InboundMessage):
    """Say that another incident belongs to the same problem, or that it does not."""

    by: Name
    to: OtherIncident


class ProblemName(InboundMessage):
    """Give a problem a title and an owner; what is None stays, and "" takes it away."""

    by: Name
    title: Annotated[OptionalLine, at_most(200)] | None = None
    owner: Annotated[OptionalLine, at_most(200)] | None = Field(
        default=None, description="Who sees to it that it ends: a person or a team."
    )

    @model_validator(mode="after")
    def _says_something(self) -> "ProblemName":
        if self.title is None and self.owner is None:
            raise ValueError("give a title or an owner")
        return self


class ProblemResult(Message):
    """What became of a change, in words; problem: None where it happened once only."""

    words: str
    problem: Problem | None


class ProblemQuery(NamedTuple):
    """Which problems are asked for; empty is any."""

    since: datetime
    team: str = ""
    service: str = ""


def standing(problem: Problem, incident_id: str, episode: int) -> ProblemStanding | None:
    """How an episode stands in its problem; None where it is no part of it."""
    places = [(each.incident_id, each.episode) for each in problem.episodes]
    if (incident_id, episode) not in places:
        return None
    number = places.index((incident_id, episode)) + 1
    of = f" of {len(places)}" if number < len(places) else ""
    said = f"{_ordinal(number)}{of} time{'s' if of else ''} since {_day(problem)}"
    last = _last_fix(problem, number - 1)
    if last and last.held is not None:
        said += f"; the last fix held {words_of(timedelta(seconds=last.held))}"
    return ProblemStanding(
        problem_id=problem.problem_id,
        title=problem.title,
        owner=problem.owner,
        words=said,
        last_fix=last,
        open_actions=problem.open_actions,
    )


def _last_fix(problem: Problem, place: int) -> Fix | None:
    """The last one that was made before the episode at this place was reported."""
    reported = problem.episodes[place].opened_at
    fixes = (each.fix for each in problem.episodes[:place] if each.fix and each.fix.at < reported)
    return max(fixes, key=lambda fix: fix.at, default=None)


def held_in_words(fix: Fix, now: datetime) -> str:
    """How long a fix held: `held 12 d`, `holds for 3 d`."""
    if fix.held is None:
        return f"holds for {words_of(max(now - fix.at, timedelta()))}"
    return f"held {words_of(timedelta(seconds=fix.held))}"


def _day(problem: Problem) -> str:
    return problem.episodes[0].opened_at.date().isoformat()


def _ordinal(number: int) -> str:
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"
