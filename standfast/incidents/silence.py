"""Silences, and the suppression of pages that follows from silences and quiet hours."""

from datetime import datetime, timedelta
from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from standfast.incidents.assessment import Priority
from standfast.messages.message import (
    InboundMessage,
    Instant,
    Line,
    Message,
    MultilineText,
    Name,
    OptionalLine,
    at_most,
    short,
    words_of,
)
from standfast.messages.phrases import Phrases
from standfast.time.time_range import TimeRange, lasting

LONGEST_SILENCE = timedelta(days=90)
"""What should be silenced for longer belongs in the policy."""

_MOST_VALUES = 50
Values = Annotated[Phrases, Field(max_length=_MOST_VALUES)]


class Matcher(InboundMessage):
    """Which incidents a silence is for. Every field that is given must match.

    A field with several values matches when one of them does, `labels` only when all are there.
    Upper and lower case are alike, and `*` at the end of a value matches any ending. `words` are
    looked for in the title; a label's `*` alone matches any value.
    """

    services: Values = ()
    categories: Values = ()
    teams: Values = ()
    priorities: tuple[Priority, ...] = ()
    labels: dict[Annotated[Line, at_most(100)], Annotated[OptionalLine, at_most(500)]] = Field(
        default_factory=dict, max_length=_MOST_VALUES
    )
    words: Values = ()
    everything: bool = False

    @model_validator(mode="after")
    def _matches_not_more_than_meant(self) -> "Matcher":
        narrowed = bool(
            self.services
            or self.categories
            or self.teams
            or self.priorities
            or self.labels
            or self.words
        )
        if narrowed and self.everything:
            raise ValueError("everything leaves nothing to choose: give that alone, or conditions")
        if not narrowed and not self.everything:
            raise ValueError(
                "give a service, category, team, priority, label or word: without any it would "
                "silence everything, which has to be asked for by that name"
            )
        return self

    @property
    def in_words(self) -> str:
        """Such as `service shop or web*, label host=db1, 'disk full' in the title`."""
        parts = [
            f"{what} {' or '.join(values)}"
            for what, values in (
                ("service", self.services),
                ("category", self.categories),
                ("team", self.teams),
                ("priority", self.priorities),
            )
            if values
        ]
        parts += [f"label {name}={value}" for name, value in self.labels.items()]
        if self.words:
            parts.append(f"{' or '.join(map(repr, self.words))} in the title")
        return ", ".join(parts) or "everything"


def _says_something(reason: str) -> str:
    if not reason:
        raise ValueError("must not be empty: say why nobody is to be paged")
    return reason


class NewSilence(InboundMessage):
    """A request for a silence, from now on or as a maintenance window that begins later."""

    matcher: Matcher
    starts: Instant
    ends: Instant
    by: Name
    reason: Annotated[MultilineText, at_most(2_000), AfterValidator(_says_something)]

    @model_validator(mode="after")
    def _lasts_a_while(self) -> "NewSilence":
        lasts = lasting(self.starts, self.ends)
        if lasts > LONGEST_SILENCE:
            raise ValueError(
                f"it lasts {words_of(lasts)}; a silence ends at most {LONGEST_SILENCE.days} days "
                "after its start"
            )
        return self


class EndSilence(InboundMessage):
    """A request to end a silence early."""

    by: Name


def refusal(ends: datetime, now: datetime) -> str | None:
    """Why a silence may not end then; None when it may. It may have begun already."""
    return f"it would be over already: it ends {short(ends)}" if ends <= now else None


class Silence(TimeRange):
    """A silence on record."""

    matcher: Matcher


class SilencedIncident(Message):
    """An incident that a silence keeps, or kept, quiet since `at`.

    woken_at: when it was told that the silence ended early; None where it was not, or needed not.
    """

    incident_id: str
    at: Instant
    woken_at: Instant | None


class AddedSilence(Message):
    """A new silence. `notes` are doubts about it, such as a name that is not in the policy."""

    silence: Silence
    notes: tuple[str, ...] = ()


class ShownSilence(Message):
    """A silence, and the incidents that it has kept quiet."""

    silence: Silence
    incidents: tuple[SilencedIncident, ...]


class RepageResult(Message):
    """The result for one incident. `done` is False where no worker answered: it stays silenced."""

    incident_id: str
    done: bool
    words: str


class EndedSilence(Message):
    """A silence that is over. `ended_now` is False where it was before.

    incidents: those that waited for its planned end, and whether somebody is paged about them now.
    """

    silence: Silence
    ended_now: bool
    incidents: tuple[RepageResult, ...] = ()


class Suppression(Message):
    """Pages of an incident are suppressed until `until`, and why.

    silence: the running silence that lasts longest; empty for quiet hours.
    silences: all silences that together reach until `until`. If one of them is ended early, `until`
        changes, so each of them is recorded with the incident.
    """

    until: Instant
    why: str
    silence: str = ""
    silences: tuple[str, ...] = ()
