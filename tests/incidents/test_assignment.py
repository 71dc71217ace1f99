"""Where a round goes on whose pages have changed meanwhile: what is left keeps its time."""

from datetime import timedelta

import pytest

from standfast.incidents.assignment import Assignment, PlannedPage
from standfast.time.clocks import Clocks

AGAIN = 10


def round_of(*minutes: int) -> Assignment:
    """Pages so many minutes after the first; the next round begins 10 minutes after the last."""
    before = [0, *minutes][: len(minutes)]
    return Assignment(
        answer="network, L1",
        reasons=(),
        policy_version="1",
        team="network",
        tier=1,
        tier_name="L1",
        top=False,
        contacts=("nia",),
        pages=tuple(
            PlannedPage(after=timedelta(minutes=at - last), chains=(("nia",),))
            for at, last in zip(minutes, before, strict=True)
        ),
        clocks=Clocks(
            acknowledge_within=timedelta(hours=1),
            page_again_every=timedelta(minutes=AGAIN),
            resolve_within=timedelta(hours=8),
            remind_hold_every=timedelta(days=1),
        ),
    )


@pytest.mark.parametrize(
    ("before", "number", "now", "goes_on"),
    [
        # The same pages: by number, in every round.
        ((0, 3, 6), 1, (0, 3, 6), (1, 0)),
        ((0, 3, 6), 5, (0, 3, 6), (2, 0)),
        ((0, 3, 6), 3, (0, 2, 3, 6), (0, 0)),
        ((0, 0, 3), 2, (0, 0, 3), (2, 0)),
        # Further pages came in between, or those that were there are gone.
        ((0, 3, 6), 1, (0, 2, 3, 5, 6), (2, 0)),
        ((0, 2, 3, 5, 6), 1, (0, 3, 6), (1, 1)),
        ((0, 2, 3, 5, 6), 2, (0, 3, 6), (1, 0)),
        ((0, 2, 3, 5, 6), 3, (0, 3, 6), (2, 1)),
        # Behind the last page it is the next round that is waited for.
        ((0, 2, 5, 10), 1, (0,), (0, 8)),
        ((0, 2, 5, 10), 3, (0,), (0, 0)),
        ((0, 3, 6, 16, 19, 22), 4, (0, 3, 6), (1, 0)),
    ],
)
def test_a_round_goes_on_by_its_times(
    before: tuple[int, ...], number: int, now: tuple[int, ...], goes_on: tuple[int, int]
) -> None:
    place, wait = round_of(*now).goes_on(round_of(*before), number)
    assert (place, wait) == (goes_on[0], timedelta(minutes=goes_on[1]))
