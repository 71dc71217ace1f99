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
    with pytest.raises(CannotOverride, match="no team 'netwrok'; there are: desk, network"):
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
