"""Who was paged about an incident and who has declined, as far as its timeline tells."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from standfast.incidents.record import TimelineEntry


def paged_and_declined(
    timeline: Iterable["TimelineEntry"],
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Who was paged; and of those, who has declined since they were paged last."""
    declined: dict[str, bool] = {}
    for entry in timeline:
        if entry.event == "page_sent" and entry.person:
            declined[entry.person] = False
        elif entry.event == "declined":
            declined[entry.actor] = True
    return tuple(declined), tuple(person for person, so in declined.items() if so)
