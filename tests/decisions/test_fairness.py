"""Whether everybody of a rotation comes up, and about as often as everybody else."""

import pytest

from standfast.decisions.fairness import unfair
from standfast.decisions.on_call import on_call_at, on_call_between
from standfast.incidents.schedule import DatedShifts
from standfast.policy.schedules import Tier
from tests.decisions.schedules import ALL_DAYS, TEAM, at, layer, override, tier

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


def test_whoever_had_friday_does_not_have_monday_too() -> None:
    """OneUptime/oneuptime#2413: three people, in turn each day at 19:00, on Monday to Friday."""
    office = {"days": ALL_DAYS[:5], "opens": "09:00", "closes": "19:00"}
    daily = layer("ana", "ben", "cem", every="day", at="19:00", starts="2026-11-30", hours=office)
    of = tier(layers=[daily], gaps="allowed")
    days = [at(f"2026-12-{day:02}T12:00") for day in (1, 2, 3, 4, 7, 8, 9, 10, 11, 14)]
    who = [on_call_at(of, TEAM, day).on_call for day in days]
    assert who == ["ana", "ben", "cem"] * 3 + ["ana"]


def test_an_override_may_be_overridden_for_a_part() -> None:
    """grafana/oncall#1021."""
    overrides = (
        override(1, "ben", "2026-12-01", "2026-12-05"),
        override(2, "cem", "2026-12-02", "2026-12-03"),
    )
    found = on_call_between(
        tier(people=["ana"]),
        TEAM,
        at("2026-11-30"),
        at("2026-12-07"),
        DatedShifts(overrides=overrides),
    )
    assert [period.who.on_call for period in found] == ["ana", "ben", "cem", "ben", "ana"]
