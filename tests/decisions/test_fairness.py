"""Whether everybody of a rotation comes up, and about as often as everybody else."""

import pytest

from standfast.decisions.fairness import unfair
from standfast.policy.schedules import Tier
from tests.decisions.schedules import layer, tier

WORKDAYS = {"opens": "09:00", "closes": "17:00"}

UNFAIR = [
    (
        "never heard",
        tier(layers=[layer("a", "b"), layer("c", "d")]),
        ["c, d never come up in layer 2: the layers above it always have somebody"],
    ),
    ("fair", tier(people=["a", "b"]), []),
    ("days and nights", tier(layers=[layer("a", "b", every="12h")]), []),
    ("alone", tier(people=["a"]), []),
    ("twice in the list", tier(people=["a", "a", "a", "b"]), []),
    (
        "six on working days",
        tier(layers=[layer(*"abcdef", hours=WORKDAYS, every="day")], gaps="allowed"),
        [],
    ),
    (
        "turns change in the middle of the hours",
        tier(
            layers=[layer(*"abcde", hours={"opens": "00:00", "closes": "00:00"}, every="day")],
            gaps="allowed",
        ),
        [
            "a is on call for 33 hours a week and e for 15: every 1 d always gives them the same"
            " times; turns change 09:00, is that in the middle of the hours?"
        ],
    ),
    (
        "a little earlier than the hand-off",
        tier(
            layers=[layer(*"abcdef", hours={"opens": "08:00", "closes": "18:00"}, every="day")],
            gaps="allowed",
        ),
        [],
    ),
    ("a calendar", tier(calendar="x.ics"), []),
]


@pytest.mark.parametrize(("of", "words"), [c[1:] for c in UNFAIR], ids=[c[0] for c in UNFAIR])
def test_whoever_never_comes_up_or_far_more_often_is_told(of: Tier, words: list[str]) -> None:
    assert list(unfair(of)) == words
