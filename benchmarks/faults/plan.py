"""What is done in a run, and when: drawn from its seed alone, so that it can be drawn again."""

import random
from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import NamedTuple

from standfast.incidents.record import Outcome
from tests.durability.cases import CASES, Case

ROUNDS, ERRANDS, REPORTED_WITHIN = 3, 9, 14.0
"""Of a run: rounds of faults, matters that are reported, and the seconds in which they are."""


class Door(StrEnum):
    """How a matter is reported.

    shared: by several people, with one deduplication key.
    """

    API = "api"
    COMMAND = "command"
    MAIL = "mail"
    WEBHOOK = "webhook"
    SHARED = "shared"


_WEIGHTS = {Door.API: 4, Door.COMMAND: 1, Door.MAIL: 2, Door.WEBHOOK: 3, Door.SHARED: 2}
_CASED = (Door.API, Door.COMMAND)
"""Doors by which any of the crash story's cases comes; by the others it is one for people."""

_BY_PEOPLE = next(at for at, case in enumerate(CASES) if case.kind == "by people")
_BY_RUNBOOK = [at for at, case in enumerate(CASES) if case.outcome is Outcome.AUTOMATED]


class Span(NamedTuple):
    """Between how many and how many seconds a kind of fault lasts."""

    shortest: float
    longest: float


class Blow(NamedTuple):
    """A fault: its kind, how many seconds after the beginning of its round, and for how long."""

    kind: str
    after: float
    lasts: float


class Errand(NamedTuple):
    """Somebody reports something, `at` so many seconds after the beginning.

    case: which of the crash story's cases it is. again: everything is sent a second time.
    by_update: people act by Temporal's updates, with ids; else through the API.
    """

    number: int
    at: float
    door: Door
    case: int
    again: bool
    by_update: bool

    @property
    def behaviour(self) -> Case:
        """What the people do about it."""
        return CASES[self.case]


class Round(NamedTuple):
    """Faults that overlap. It begins so many seconds after the recovery from the one before."""

    pause: float
    blows: tuple[Blow, ...]


class Plan(NamedTuple):
    """A run's faults and load."""

    seed: int
    rounds: tuple[Round, ...]
    errands: tuple[Errand, ...]

    def lines(self) -> Iterator[str]:
        """The plan for a reader, a line each."""
        yield f"seed {self.seed}"
        for number, one in enumerate(self.rounds, start=1):
            for blow in one.blows:
                yield (
                    f"  round {number}, {one.pause:.1f} s after recovery, +{blow.after:.1f} s: "
                    f"{blow.kind}, {blow.lasts:.1f} s"
                )
        for errand in self.errands:
            ways = ("by updates" if errand.by_update else "by API") + (
                ", all of it twice" if errand.again else ""
            )
            yield f"  {errand.at:4.1f} s: {errand.door}: {errand.behaviour.kind}, {ways}"


def plan_of(
    seed: int, kinds: Mapping[str, Span], *, rounds: int = ROUNDS, errands: int = ERRANDS
) -> Plan:
    """The plan of a seed. Another set of kinds makes another plan of it."""
    chance = random.Random(f"faults {seed}")
    return Plan(
        seed,
        tuple(_round(chance, kinds) for _ in range(rounds)),
        tuple(
            sorted((_errand(chance, number) for number in range(errands)), key=lambda one: one.at)
        ),
    )


def _round(chance: random.Random, kinds: Mapping[str, Span]) -> Round:
    several = 2 if chance.random() < 0.3 and len(kinds) > 1 else 1
    blows = []
    for number, kind in enumerate(chance.sample(sorted(kinds), several)):
        after = chance.uniform(0.0, 2.0) if number else 0.0
        blows.append(Blow(kind, round(after, 1), round(chance.uniform(*kinds[kind]), 1)))
    return Round(round(chance.uniform(0.3, 2.5), 1), tuple(blows))


def _errand(chance: random.Random, number: int) -> Errand:
    doors = list(_WEIGHTS)
    (door,) = chance.choices(doors, [_WEIGHTS[one] for one in doors])
    # Nothing is worse than a runbook's effect twice: half of them have one.
    of_all = _BY_RUNBOOK if chance.random() < 0.5 else range(len(CASES))
    case = chance.choice(of_all) if door in _CASED else _BY_PEOPLE
    return Errand(
        number,
        round(chance.uniform(0.0, REPORTED_WITHIN), 1),
        door,
        case,
        again=chance.random() < 0.5,
        by_update=chance.random() < 0.4,
    )
