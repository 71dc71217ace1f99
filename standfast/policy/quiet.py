"""What waits for the day of whoever is on call, instead of waking them."""

from typing import Annotated

from pydantic import AfterValidator

from standfast.incidents.assessment import Priority
from standfast.policy.section import Section

_NEVER_WAIT = (Priority.P1, Priority.P2)


def _can_wait(priorities: tuple[Priority, ...]) -> tuple[Priority, ...]:
    urgent = [priority for priority in priorities if priority in _NEVER_WAIT]
    if urgent:
        raise ValueError(
            f"{' and '.join(urgent)} cannot wait for anybody's day: only a silence, which somebody "
            "gives for a time, keeps them quiet"
        )
    return priorities


class QuietRules(Section):
    """Which priorities wait for the `day` of whoever is on call, if that person has one."""

    priorities: Annotated[tuple[Priority, ...], AfterValidator(_can_wait)] = (
        Priority.P4,
        Priority.P5,
    )
