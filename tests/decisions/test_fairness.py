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
    (
        "always the long half",
        tier(
            layers=[
                layer("x", hours={"opens": "09:00", "closes": "20:00"}),
                layer("a", "b", every="12h"),
            ]
        ),
        [
            "b is on call for 84 hours a week in layer 2 and a for 29: every 12 h always gives them"
            " the same times"
        ],
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
            layers=[layer(*"abcdef", hours={"opens": "08:00", "closes": "18:00"}, every="day")],
            gaps="allowed",
        ),
        [
            "a is on call for 10 hours a week and f for 1: every 1 d always gives them the same"
            " times"
        ],
    ),
    ("a calendar", tier(calendar="x.ics"), []),
]


@pytest.mark.parametrize(("of", "words"), [c[1:] for c in UNFAIR], ids=[c[0] for c in UNFAIR])
def test_whoever_never_comes_up_or_far_more_often_is_told(of: Tier, words: list[str]) -> None:
    assert list(unfair(of)) == words
