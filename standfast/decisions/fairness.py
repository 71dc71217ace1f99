"""Whether a tier's rotations give everybody turns: who never comes up, and who far more often."""

from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from math import lcm

from standfast.messages.message import words_of
from standfast.policy.duties import Duties
from standfast.policy.schedules import Layer, Rotation, Tier

_TOO_UNEVEN = 2
"""Somebody has more than so many times the hours of somebody else."""

_MOST_DUTIES = 200_000


def unfair(tier: Tier) -> Iterator[str]:
    """What is unfair about a tier's rotations, in words; nothing for calendars."""
    for index, (layer, duties) in enumerate(zip(tier.every_layer, tier.duties, strict=True)):
        rotation, where = layer.rotation, _where(tier, layer, index)
        if duties.is_never:
            people = ", ".join(dict.fromkeys(rotation.people))
            yield f"{people} never come up{where}: the layers above it always have somebody"
            continue
        shares = _hours_a_week(rotation, duties)
        if not shares:
            continue
        most, least = max(shares, key=shares.__getitem__), min(shares, key=shares.__getitem__)
        if shares[most] > _TOO_UNEVEN * shares[least]:
            yield (
                f"{most} is on call for {shares[most]:.0f} hours a week{where} and {least} for"
                f" {shares[least]:.0f}: every {words_of(rotation.every)} always gives them the same"
                f" times; turns change {rotation.at:%H:%M}, is that in the middle of the hours?"
            )


def _hours_a_week(rotation: Rotation, duties: Duties) -> dict[str, float]:
    """For each of the people, by how often they are listed; none where it would take too long."""
    people = rotation.people
    cycle = lcm(len(duties.lasts), len(people) * duties.per_turn)
    if cycle > _MOST_DUTIES:
        return {}
    minutes: Counter[str] = Counter()
    for duty in range(cycle):
        person = people[duty // duties.per_turn % len(people)]
        minutes[person] += duties.minutes[(duty + duties.first) % len(duties.lasts)]
    weeks = cycle // len(duties.lasts) * duties.period * duties.part / timedelta(weeks=1)
    listed = Counter(people)
    return {
        person: minutes[person] / 60 / weeks / listed[person] for person in dict.fromkeys(people)
    }


def _where(tier: Tier, layer: Layer, index: int) -> str:
    if len(tier.every_layer) == 1:
        return ""
    return f" in layer {layer.name or index + 1}"
