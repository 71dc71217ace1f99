"""Overrides and swaps that somebody asks for."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from standfast.decisions.on_call import on_call_at
from standfast.decisions.overriding import (
    CannotOverride,
    from_now_on,
    known_person,
    not_over,
    planned_override,
    planned_swap,
    swapped,
    tier_of,
)
from standfast.incidents.schedule import DatedShifts, NewOverride, Override
from standfast.policy.schedules import Tier
from tests.decisions.schedules import DAY, TEAM, at, layer, override, tier
from tests.decisions.small_policy import small_policy

NOW = at("2026-01-07T12:00")
ROTA = tier(people=["ana", "ben", "cem"])  # ana from Monday 5 January at nine, then ben, then cem


def new(
    person: str = "ana", starts: str = "2026-01-05", ends: str = "2026-01-19", **more: Any
) -> NewOverride:
    fields = {"team": TEAM, "tier": "L1", "person": person, "by": "dev", **more}
    return NewOverride.model_validate({**fields, "starts": at(starts), "ends": at(ends)})


def made(asked: list[NewOverride]) -> DatedShifts:
    """What is on record after the swap."""
    return DatedShifts(
        overrides=tuple(
            Override(id=f"OVR-{number}", number=number, swap="OVR-0", created_at=NOW, **dict(each))
            for number, each in enumerate(asked)
        )
    )


def test_teams_tiers_and_people_are_told_where_one_is_unknown() -> None:
    policy = small_policy()
    assert tier_of(policy, "network", "vendor").people == ("ven",)
    assert known_person(policy, "dee") == "dee"
    with pytest.raises(CannotOverride, match="no team 'netwrok'; did you mean network"):
        tier_of(policy, "netwrok", "L1")
    with pytest.raises(CannotOverride, match="network has no tier 'L9'; there are: L1, L2, vendor"):
        tier_of(policy, "network", "L9")
    with pytest.raises(CannotOverride, match="no person 'zoe'; there are: dan, dee"):
        known_person(policy, "zoe")


def test_one_that_is_over_cannot_be_made() -> None:
    with pytest.raises(CannotOverride, match="over already: it ends 2026-01-07 12:00:00 UTC"):
        not_over(NOW, NOW)
    not_over(NOW + timedelta(seconds=1), NOW)


def test_one_that_began_in_the_past_begins_now() -> None:
    assert from_now_on(new(), NOW).starts == NOW
    coming = new(starts="2026-01-08T09:00+09:00")
    assert from_now_on(coming, NOW).starts == coming.starts


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [
        ("2026-01-05", "2026-01-05", "which is not after its start 2026-01-05 00:00:00 UTC"),
        ("2026-01-05T09:00+02:00", "2026-01-05T08:00+01:00", "which is not after its start"),
        ("2026-01-05", "2027-02-05", "an override lasts at most 366 days"),
    ],
)
def test_one_lasts_for_a_while_and_not_for_ever(starts: str, ends: str, words: str) -> None:
    with pytest.raises(ValidationError, match=words):
        new(starts=starts, ends=ends)


def test_a_swap_is_two_overrides_one_for_each() -> None:
    one, two = swapped(new(), "ben", ROTA, DatedShifts())
    assert (one.person, one.instead_of, two.person, two.instead_of) == ("ana", "ben", "ben", "ana")
    assert (one.starts, one.ends, one.by) == (two.starts, two.ends, two.by)
    weeks = ["2026-01-06", "2026-01-13", "2026-01-20"]
    turns = [on_call_at(ROTA, TEAM, at(week), made([one, two])).on_call for week in weeks]
    assert turns == ["ben", "ana", "cem"]


def test_who_only_stands_in_can_swap_too() -> None:
    ill = DatedShifts(overrides=(override(0, "dot", "2026-01-06", "2026-01-08"),))
    assert swapped(new("dot"), "ben", ROTA, ill)


@pytest.mark.parametrize(
    ("other", "ends", "words"),
    [
        ("ben", "2026-01-12", "ben is not on call in L1 of network from 2026-01-05 00:00:00 UTC"),
        ("dot", "2026-01-19", "dot is not on call in L1 of network"),
        ("ana", "2026-01-19", "they are the same person"),
    ],
)
def test_there_must_be_something_to_swap(other: str, ends: str, words: str) -> None:
    with pytest.raises(CannotOverride, match=words):
        swapped(new(ends=ends), other, ROTA, DatedShifts())


# The same entered twice

WEEKS = "2026-01-05T09:00", "2026-01-19T09:00"  # ana's, and then ben's
FIRST = made(swapped(new("ana", *WEEKS), "ben", ROTA, DatedShifts())).overrides
SAME = [
    # who enters it with whom, from when to when
    ("ben", "ana", *WEEKS),
    ("ana", "ben", *WEEKS),
    ("ben", "ana", "2026-01-05T09:00+09:00", "2026-01-18"),
    ("ben", "ana", "2026-01-12", "2026-01-14"),
    ("ana", "ben", "2026-01-04", "2026-01-20"),
    ("ben", "ana", "2026-01-15", "2026-01-27"),  # cem comes after them
]


@pytest.mark.parametrize(("person", "other", "starts", "ends"), SAME)
def test_the_same_swap_entered_twice_is_one(
    person: str, other: str, starts: str, ends: str
) -> None:
    """grafana/oncall#2787: entered by both people, the second took the first back."""
    planned = planned_swap(new(person, starts, ends), other, ROTA, DatedShifts(), FIRST)
    assert planned == ((), tuple(FIRST))


def test_a_swap_of_more_turns_is_not_the_same() -> None:
    more = new("ben", "2026-01-05T09:00", "2026-02-10")
    with pytest.raises(CannotOverride) as refused:
        planned_swap(more, "ana", ROTA, DatedShifts(), FIRST)
    assert str(refused.value) == (
        "ben and ana swap from 2026-01-05 09:00:00 UTC to 2026-01-19 09:00:00 UTC already (OVR-0),"
        " and what you enter has more of their turns, from 2026-01-19 09:00:00 UTC to"
        " 2026-02-10 00:00:00 UTC: enter only that, or first end OVR-0"
    )
    rest = new("ben", "2026-01-26", "2026-02-09")
    assert len(planned_swap(rest, "ana", ROTA, DatedShifts(), FIRST).new) == 2


def test_another_swap_of_a_turn_that_is_swapped_is_refused_with_what_is_there() -> None:
    with pytest.raises(CannotOverride, match=r"nothing to swap; there is OVR-0 for ana, OVR-1 for"):
        planned_swap(new("ben", "2026-01-13", "2026-01-22"), "cem", ROTA, DatedShifts(), FIRST)


def test_other_swaps_are_swaps_of_their_own() -> None:
    elsewhere = [each.model_copy(update={"tier": "L2"}) for each in FIRST]
    for on_record in ([], elsewhere):
        assert len(planned_swap(new(), "ben", ROTA, DatedShifts(), on_record).new) == 2


LEFT = override(0, "dot", "2026-01-05", "2026-01-19")
AGAIN = [
    # what is asked for, what is on record, whether it is there already
    (new("dot"), [LEFT], True),
    (new("dot", "2026-01-06", "2026-01-08"), [LEFT], True),
    (new("dot", instead_of="ana"), [LEFT], True),
    (new("dot", "2026-01-06", "2026-01-20"), [LEFT], False),
    (new("dot"), [LEFT.model_copy(update={"instead_of": "ana"})], False),
    (new("dot"), [LEFT.model_copy(update={"tier": "L2"})], False),
    (new("dot"), [LEFT, override(1, "eli", "2026-01-07", "2026-01-08")], False),
    (new("dot"), [LEFT, override(1, "eli", "2026-02-07", "2026-02-08")], True),
    (new("eli"), [LEFT], False),
    (new("dot"), [], False),
]


@pytest.mark.parametrize(("asked", "on_record", "already"), AGAIN)
def test_the_same_override_entered_twice_is_one(
    asked: NewOverride, on_record: list[Override], already: bool
) -> None:
    planned = planned_override(asked, on_record)
    assert planned == (((), (LEFT,)) if already else ((asked,), ()))


TIERS: list[Tier] = [
    ROTA,
    tier(rotation={"people": ["ana", "ben", "cem"], "every": "day", "time_zone": "Europe/Berlin"}),
    tier(layers=[layer("ana", "cem", hours="08:00-20:00"), layer("ben", "ana", every="3d")]),
]
MOMENTS = st.datetimes(datetime(2026, 3, 20), datetime(2026, 4, 10), timezones=st.just(UTC))  # noqa: DTZ001


@given(st.sampled_from(TIERS), MOMENTS, st.lists(MOMENTS, min_size=5, max_size=10))
def test_after_a_swap_the_two_are_exchanged_in_its_time_and_nothing_else_has_changed(
    of: Tier, begins: datetime, moments: list[datetime]
) -> None:
    ends = begins + 12 * DAY
    asked = new().model_copy(update={"starts": begins, "ends": ends})
    try:
        swap = made(swapped(asked, "ben", of, DatedShifts()))
    except CannotOverride:
        return
    exchanged = {"ana": "ben", "ben": "ana"}
    for moment in moments:
        before, after = (
            on_call_at(of, TEAM, moment, dated).on_call for dated in (DatedShifts(), swap)
        )
        within = begins <= moment < ends
        assert after == (exchanged.get(before, before) if within else before)
