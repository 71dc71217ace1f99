"""Quiet hours: which priorities wait until the on-call person's day begins."""

from typing import Annotated

from pydantic import AfterValidator

from standfast.incidents.assessment import Priority
from standfast.policy.section import Section

_ALWAYS_PAGED = (Priority.P1, Priority.P2)


def _can_wait(priorities: tuple[Priority, ...]) -> tuple[Priority, ...]:
    urgent = [priority for priority in priorities if priority in _ALWAYS_PAGED]
    if urgent:
        raise ValueError(
            f"{' and '.join(urgent)} cannot wait for quiet hours to end: only a silence "
            "keeps them from being paged"
        )
    return priorities


class QuietHours(Section):
    """Which priorities wait for the `day` of whoever is on call, if that person has one."""

    priorities: Annotated[tuple[Priority, ...], AfterValidator(_can_wait)] = (
        Priority.P4,
        Priority.P5,
    )
