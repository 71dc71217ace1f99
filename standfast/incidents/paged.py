"""Who was paged about an incident, who has declined, and with what a page can be answered."""

from collections.abc import Iterable
from typing import TYPE_CHECKING

from standfast.incidents.actions import Action

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


ANSWERS = (Action.ACKNOWLEDGE, Action.DECLINE, Action.ESCALATE)
"""With what a page can be answered by link, button and key, in the order in which they stand."""

_OF_CONFIDENTIAL = (Action.ACKNOWLEDGE, Action.COMMENT)


def can_answer(action: Action, *, confidential: bool) -> bool:
    """Whether somebody can do it who has a page, and has not signed in.

    Of a confidential incident they can only say that they see to it, and add words: a page gets
    into other hands more easily than an account.
    """
    return not confidential or action in _OF_CONFIDENTIAL
