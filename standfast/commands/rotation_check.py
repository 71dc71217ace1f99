"""Checks that the rotations of a policy give everybody turns, for `policy check`."""

from collections.abc import Iterator

from standfast.decisions.fairness import unfair
from standfast.policy import Policy


def check_rotations(policy: Policy) -> Iterator[str]:
    """A warning for each rotation in which somebody never comes up, or far more often."""
    for key, team in policy.teams.items():
        for tier in team.tiers:
            for words in unfair(tier):
                yield f"{key}, {tier.name}: {words}"
