"""Who is on call, until when and why: the one answer for a tier at a moment."""

import time
from collections.abc import Sequence
from datetime import UTC, timedelta
from typing import Any

import pytest

from standfast.decisions.on_call import gaps, on_call_at, on_call_between
from standfast.incidents.schedule import DatedShifts, Override
from standfast.policy.schedules import Tier
from tests.decisions.schedules import ALL_DAYS, TEAM, WEEKEND, at, layer, override, shift, tier


def who(of: Tier, moment: str, *overrides: Override) -> str:
    return on_call_at(of, TEAM, at(moment), DatedShifts(overrides=overrides)).on_call


def why(of: Tier, moment: str, *overrides: Override) -> str:
    return on_call_at(of, TEAM, at(moment), DatedShifts(overrides=overrides)).why


# A rotation alone


def test_a_plain_rotation_says_until_when_and_who_is_next() -> None:
    found = on_call_at(tier(people=["ana", "ben", "cem"]), TEAM, at("2026-01-13"))
    assert found.people == ("ben", "cem", "ana")
    assert (found.on_call, found.then) == ("ben", "cem")
    assert found.until == at("2026-01-19T09:00")
    assert found.why == "ben is on call until 2026-01-19 09:00:00 UTC, then cem"


def test_one_person_alone_is_always_on_call() -> None:
    found = on_call_at(tier(people=["ana"]), TEAM, at("2026-01-13"))
    assert (found.until, found.why) == (None, "ana is always on call")


def test_two_turns_in_a_row_end_when_somebody_else_comes() -> None:
    found = on_call_at(tier(people=["ana", "ana", "ben"]), TEAM, at("2026-01-06"))
    assert found.until == at("2026-01-19T09:00")
    assert found.why == "ana is on call until 2026-01-19 09:00:00 UTC, then ben"


def test_the_end_is_told_in_the_zone_of_the_schedule() -> None:
    berlin = tier(rotation={"people": ["ana", "ben"], "time_zone": "Europe/Berlin"})
    found = on_call_at(berlin, TEAM, at("2026-03-27"))
    assert found.until is not None
    assert found.until.isoformat() == "2026-03-30T09:00:00+02:00"
    assert "2026-03-30 09:00:00 CEST" in found.why


# Layers

OFFICE = tier(
    layers=[
        layer("ana", "ben", name="office", hours={"opens": "08:00", "closes": "18:00"}),
        layer(
            "cem",
            "dot",
            name="weekend",
            hours={**layer("x", hours="00:00-00:00")["hours"], "days": WEEKEND},
        ),
        layer("eli", "fay", name="nights", every="day", at="18:00"),
    ]
)

LAYERS = [
    # a week of January 2026, which began on Monday the 5th; in Berlin it is an hour later
    ("2026-01-05T07:30+01:00", "fay", "nights"),
    ("2026-01-05T08:00+01:00", "ben", "office"),  # ana's week begins at nine
    ("2026-01-05T09:00+01:00", "ana", "office"),
    ("2026-01-05T17:59+01:00", "ana", "office"),
    ("2026-01-05T18:00+01:00", "eli", "nights"),
    ("2026-01-06T18:00+01:00", "fay", "nights"),
    ("2026-01-09T17:59+01:00", "ana", "office"),
    ("2026-01-09T20:00+01:00", "eli", "nights"),
    ("2026-01-10T00:00+01:00", "cem", "weekend"),
    ("2026-01-11T23:59+01:00", "cem", "weekend"),
    ("2026-01-12T00:00+01:00", "fay", "nights"),  # from Saturday on there is no night duty
]


@pytest.mark.parametrize(("moment", "person", "name"), LAYERS)
def test_the_first_layer_that_has_somebody_decides(moment: str, person: str, name: str) -> None:
    found = on_call_at(OFFICE, TEAM, at(moment))
    assert (found.on_call, found.because) == (person, f"layer {name}")


def test_after_the_one_on_call_come_the_others_layer_by_layer() -> None:
    found = on_call_at(OFFICE, TEAM, at("2026-01-10T12:00"))
    assert found.people == ("cem", "dot", "ana", "ben", "eli", "fay")
    assert found.why == ("cem is on call until 2026-01-12 00:00:00 CET, then fay (layer weekend)")


def test_a_layer_without_a_name_is_told_by_its_number() -> None:
    unnamed = tier(layers=[layer("ana", hours="08:00-20:00"), layer("ben")])
    assert why(unnamed, "2026-01-05T21:00") == (
        "ben is on call until 2026-01-06 08:00:00 CET, then ana (layer 2)"
    )


def test_who_goes_on_in_the_next_layer_is_on_call_until_somebody_else_comes() -> None:
    split = tier(layers=[layer("ana", hours="08:00-20:00"), layer("ana", "ben", hand_off="friday")])
    # Friday 2 January to Friday 9 January is ana's week, day and night.
    found = on_call_at(split, TEAM, at("2026-01-05T21:00"))
    assert (found.on_call, found.until) == ("ana", at("2026-01-09T20:00+01:00"))


def test_the_same_person_day_and_night_is_always_on_call() -> None:
    both = tier(layers=[layer("ana", hours="08:00-20:00"), layer("ana", hours="20:00-08:00")])
    assert why(both, "2026-01-05T21:00") == "ana is always on call (layer 2)"


def test_below_a_layer_that_somebody_is_always_in_nobody_comes() -> None:
    covered = tier(layers=[layer("ana", every="1h"), layer("ben", "cem", every="1h")])
    assert why(covered, "2026-01-05T21:00") == "ana is always on call (layer 1)"


def test_hours_without_a_zone_are_those_of_their_rotation() -> None:
    sydney = tier(layers=[layer("ana", hours="08:00-20:00", zone="Australia/Sydney"), layer("ben")])
    assert who(sydney, "2026-01-05T08:00+11:00") == "ana"
    named = layer("ana", zone="Australia/Sydney")
    named["hours"] = {"opens": "08:00", "closes": "20:00", "days": ALL_DAYS, "time_zone": "UTC"}
    assert who(tier(layers=[named, layer("ben")]), "2026-01-05T08:00+11:00") == "ben"


def test_on_a_holiday_the_next_layer_is_asked() -> None:
    holidays = {"opens": "08:00", "closes": "18:00", "holidays": {"besides": ["2026-01-06"]}}
    epiphany = tier(layers=[layer("ana", hours=holidays), layer("ben")])
    days = [who(epiphany, f"2026-01-{day}T12:00") for day in ("05", "06", "07")]
    assert days == ["ana", "ben", "ana"]


# Gaps

WORKDAYS = tier(
    layers=[layer("ana", "ben", hours={"opens": "08:00", "closes": "18:00"})], gaps="allowed"
)


def test_in_a_gap_that_is_allowed_nobody_is_on_call_and_the_others_are_known() -> None:
    found = on_call_at(WORKDAYS, TEAM, at("2026-01-10"))
    assert (found.on_call, found.then) == ("", "ana")
    assert found.people == ("ana", "ben")
    assert found.why == (
        "nobody is on call until 2026-01-12 08:00:00 CET, then ana (a gap that the policy allows)"
    )
    before = on_call_at(WORKDAYS, TEAM, at("2026-01-09T12:00"))
    assert before.why == "ana is on call until 2026-01-09 18:00:00 CET, then nobody"


def test_the_gaps_of_a_week_are_told_in_the_zone_of_the_schedule() -> None:
    found = gaps(WORKDAYS, TEAM, at("2026-03-27T12:00"), at("2026-03-31T12:00"), DatedShifts())
    assert [f"{begins:%a %H:%M %Z} {ends:%a %H:%M %Z}" for begins, ends in found] == [
        "Fri 18:00 CET Mon 08:00 CEST",
        "Mon 18:00 CEST Tue 08:00 CEST",
    ]


# Overrides

ROTA = tier(people=["ana", "ben"])  # ana from Monday 5 January at nine, ben a week later
NIGHT = ("2026-01-06T18:00", "2026-01-07T06:00")


def test_an_override_stands_in_from_its_start_up_to_its_end() -> None:
    dentist = override(1, "cem", *NIGHT, reason="dentist")
    moments = ["2026-01-06T17:59:59", "2026-01-06T18:00", "2026-01-07T05:59:59", "2026-01-07T06:00"]
    assert [who(ROTA, moment, dentist) for moment in moments] == ["ana", "cem", "cem", "ana"]
    found = on_call_at(ROTA, TEAM, at("2026-01-07"), DatedShifts(overrides=(dentist,)))
    assert found.people == ("cem", "ana", "ben")
    assert found.why == (
        "cem is on call until 2026-01-07 06:00:00 UTC, then ana"
        " (override by dev, in place of ana: dentist)"
    )
    assert why(ROTA, "2026-01-06", dentist) == (
        "ana is on call until 2026-01-06 18:00:00 UTC, then cem"
    )


def test_of_overrides_at_once_the_one_that_was_made_last_counts() -> None:
    two = (override(2, "cem", *NIGHT), override(1, "dot", "2026-01-06T20:00", "2026-01-06T22:00"))
    assert who(ROTA, "2026-01-06T21:00", *two) == "cem"
    assert (
        who(
            ROTA,
            "2026-01-06T21:00",
            *(each.model_copy(update={"number": 3 - each.number}) for each in two),
        )
        == "dot"
    )


def test_an_override_of_another_team_or_tier_changes_nothing() -> None:
    elsewhere = (override(1, "cem", *NIGHT, team="desk"), override(2, "cem", *NIGHT, tier="L2"))
    assert who(ROTA, "2026-01-07", *elsewhere) == "ana"


@pytest.mark.parametrize(
    ("ended", "who_then"),
    [("2026-01-06T12:00", "ana"), ("2026-01-06T18:00", "ana"), ("2026-01-07T02:00", "cem")],
)
def test_an_override_that_was_ended_holds_no_longer(ended: str, who_then: str) -> None:
    over = override(1, "cem", *NIGHT, ended_by="dev", ended_at=at(ended))
    assert who(ROTA, "2026-01-07T01:00", over) == who_then
    assert who(ROTA, "2026-01-07T02:00", over) == "ana"


def test_an_override_fills_a_gap() -> None:
    found = on_call_at(
        WORKDAYS,
        TEAM,
        at("2026-01-10"),
        DatedShifts(overrides=(override(1, "cem", "2026-01-10", "2026-01-11"),)),
    )
    assert found.people == ("cem", "ana", "ben")
    assert found.why == (
        "cem is on call until 2026-01-11 01:00:00 CET, then nobody (override by dev)"
    )


def test_who_stands_in_for_themselves_is_on_call_for_longer() -> None:
    longer = override(1, "ana", "2026-01-10", "2026-01-13")
    found = on_call_at(ROTA, TEAM, at("2026-01-08"), DatedShifts(overrides=(longer,)))
    assert found.until == at("2026-01-13")
    assert why(ROTA, "2026-01-11", longer) == (
        "ana is on call until 2026-01-13 00:00:00 UTC, then ben (override by dev)"
    )


def test_a_swap_is_told_as_one() -> None:
    weeks = ("2026-01-05T09:00", "2026-01-19T09:00")
    swap = (
        override(1, "ben", *weeks, instead_of="ana", swap="OVR-AAAAAB"),
        override(2, "ana", *weeks, instead_of="ben", swap="OVR-AAAAAB"),
    )
    assert why(ROTA, "2026-01-06", *swap) == (
        "ben is on call until 2026-01-12 09:00:00 UTC, then ana (swap by dev, in place of ana)"
    )
    assert why(ROTA, "2026-01-13", *swap).startswith("ana is on call until 2026-01-26")
    assert who(ROTA, "2026-01-20", *swap) == "ana"


def test_an_override_for_one_person_holds_only_where_they_would_be_on_call() -> None:
    holiday = override(1, "cem", "2026-01-05T09:00", "2026-02-02T09:00", instead_of="ben")
    weeks = ["2026-01-06", "2026-01-13", "2026-01-20", "2026-01-27"]
    assert [who(ROTA, week, holiday) for week in weeks] == ["ana", "cem", "ana", "cem"]
    ill = override(2, "ben", *NIGHT)
    assert who(ROTA, "2026-01-07", holiday, ill) == "ben", "what is made later counts"
    assert who(ROTA, "2026-01-07", ill.model_copy(update={"number": 0}), holiday) == "cem"


# Calendars

BY_CALENDAR = tier(calendar="rota.ics", time_zone="Europe/Berlin")


def dated(
    *shifts: Any, known: str = "2026-03-01", overrides: Sequence[Override] = ()
) -> DatedShifts:
    return DatedShifts(shifts=shifts, known_until=at(known), overrides=tuple(overrides))


def test_the_shift_of_a_calendar_decides() -> None:
    week = dated(
        shift("2026-01-05", "2026-01-12", "ana", "ben"), shift("2026-01-12", "2026-01-19", "cem")
    )
    found = on_call_at(BY_CALENDAR, TEAM, at("2026-01-08"), week)
    assert found.people == ("ana", "ben", "cem")
    assert found.why == (
        "ana is on call until 2026-01-12 01:00:00 CET, then cem (the calendar rota.ics)"
    )


SHIFTS = [
    # those that overlap at noon, who is on call then
    ([("08:00", "20:00", "ana"), ("10:00", "22:00", "ben")], "ben"),
    ([("10:00", "22:00", "ben"), ("08:00", "20:00", "ana")], "ben"),
    ([("08:00", "20:00", "ana"), ("08:00", "14:00", "ben")], "ben"),
    ([("08:00", "20:00", "ben"), ("08:00", "20:00", "ana")], "ana"),
    ([("08:00", "12:00", "ana"), ("12:00", "20:00", "ben")], "ben"),
]


@pytest.mark.parametrize(("shifts", "person"), SHIFTS)
def test_of_shifts_at_once_the_one_that_started_last_counts(
    shifts: list[tuple[str, str, str]], person: str
) -> None:
    found = dated(*(shift(f"2026-01-05T{a}", f"2026-01-05T{b}", name) for a, b, name in shifts))
    assert on_call_at(BY_CALENDAR, TEAM, at("2026-01-05T12:00"), found).on_call == person


def test_a_hole_in_a_calendar_is_a_gap_and_names_who_comes_next() -> None:
    holed = dated(
        shift("2026-01-05", "2026-01-12", "ana"), shift("2026-01-14", "2026-01-21", "ben")
    )
    found = on_call_at(BY_CALENDAR, TEAM, at("2026-01-13"), holed)
    assert (found.on_call, found.people) == ("", ("ben",))
    assert found.why == (
        "nobody is on call until 2026-01-14 01:00:00 CET, then ben"
        " (a gap that the policy does not allow)"
    )


def test_what_a_calendar_does_not_say_yet_is_not_taken_for_a_gap() -> None:
    week = dated(shift("2026-01-05", "2026-01-12", "ana"), known="2026-01-12")
    found = on_call_at(BY_CALENDAR, TEAM, at("2026-01-08"), week)
    assert found.until is None
    assert found.why == (
        "ana is on call at least until 2026-01-12 01:00:00 CET (the calendar rota.ics)"
    )


def test_a_calendar_that_was_never_read_has_nobody() -> None:
    found = on_call_at(BY_CALENDAR, TEAM, at("2026-01-08"))
    assert (found.people, found.on_call, found.until) == ((), "", None)
    assert found.why == "nobody is on call (the calendar rota.ics has not been read)"


def test_an_override_stands_in_for_a_calendar_too() -> None:
    week = dated(shift("2026-01-05", "2026-01-12", "ana"), overrides=[override(1, "cem", *NIGHT)])
    assert on_call_at(BY_CALENDAR, TEAM, at("2026-01-07"), week).people == ("cem", "ana")


def test_a_url_in_words_shows_no_more_than_its_host() -> None:
    secret = tier(calendar="https://calendar.example/private-77ab/basic.ics")
    found = on_call_at(secret, TEAM, at("2026-01-08"))
    assert found.because == "the calendar at calendar.example has not been read"


# Over a time


def test_the_turns_of_a_window_through_the_night_in_which_the_clock_is_put_forward() -> None:
    nightly = tier(
        rotation={"people": ["ana", "ben"], "every": "12h", "time_zone": "Europe/Berlin"}
    )
    found = list(
        on_call_between(nightly, TEAM, at("2026-03-28T12:00+01:00"), at("2026-03-29T12:00+02:00"))
    )
    assert [(f"{begins:%d %H:%M %Z}", each.on_call) for begins, _, each in found] == [
        ("28 12:00 CET", "ana"),
        ("28 21:00 CET", "ben"),
        ("29 09:00 CEST", "ana"),
    ]
    hours = [(until - begins) for begins, until, _ in found if until]
    assert found[1].until is not None
    assert found[1].until.astimezone(UTC) - found[1].begins.astimezone(UTC) == timedelta(hours=11)
    assert len(hours) == 3


def test_by_reason_a_swap_is_seen_where_the_same_person_goes_on() -> None:
    takes_over = override(1, "ana", "2026-01-12T09:00", "2026-01-19T09:00")
    window = (at("2026-01-05T09:00"), at("2026-02-02T09:00"))
    dated = DatedShifts(overrides=(takes_over,))
    by_person = [each.on_call for _, _, each in on_call_between(ROTA, TEAM, *window, dated)]
    by_reason = list(on_call_between(ROTA, TEAM, *window, dated, by_reason=True))
    assert by_person == ["ana", "ben"]
    assert [(each.on_call, each.because) for _, _, each in by_reason] == [
        ("ana", ""),
        ("ana", "override by dev, in place of ben"),
        ("ana", ""),
        ("ben", ""),
    ]


def test_a_calendar_of_thousands_of_shifts_is_told_at_once() -> None:
    """A calendar of 300 daily events, all of them the same person's."""
    half_hours = tier(calendar="rota.ics")
    begins = at("2026-01-01T00:00")
    shifts = [
        shift(
            (begins + number * timedelta(minutes=10)).isoformat(),
            (begins + number * timedelta(minutes=10) + timedelta(hours=1)).isoformat(),
            "ana",
        )
        for number in range(5_000)
    ]
    known = DatedShifts(shifts=tuple(shifts), known_until=begins + timedelta(days=40))
    begun = time.process_time()
    found = on_call_at(half_hours, TEAM, begins, known)
    assert time.process_time() - begun < 3
    assert (found.on_call, found.people) == ("ana", ("ana",))
    assert found.until == begins + 4_999 * timedelta(minutes=10) + timedelta(hours=1)
