"""A team's working hours in the policy: as people write them, and the holidays of where it is."""

from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import holidays as public
import pytest

from standfast.policy.working_hours import WorkingHours
from standfast.policy_file.loading import PolicyError, load_policy
from standfast.time.working_time import Hours, due
from tests.policy.small import SMALL, bent

IN_2026 = datetime(2026, 6, 1, tzinfo=UTC)


def written(tmp_path: Path, working_hours: str) -> WorkingHours:
    """The desk's working hours from a policy in which they are written so."""
    path = tmp_path / "policy.yaml"
    path.write_text(bent("title: Desk", f"title: Desk\n    working_hours: {working_hours}"))
    found = load_policy(path).teams["desk"].working_hours
    assert found is not None
    return found


def days_off(**settings: Any) -> set[str]:
    """The holidays of 2026, as `12-25`."""
    hours = WorkingHours.model_validate({"holidays": settings}).around(IN_2026)
    return {f"{day:%m-%d}" for day in hours.holidays if day.year == 2026}


def test_a_team_without_working_hours_works_around_the_clock(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(SMALL)
    assert load_policy(path).teams["desk"].working_hours is None


def test_what_is_not_said_is_nine_to_five_from_monday_to_friday(tmp_path: Path) -> None:
    assert written(tmp_path, "{}").around(IN_2026) == Hours()


def test_times_need_no_quotes(tmp_path: Path) -> None:
    # YAML 1.1 takes 17:30 for the number 1050, to the base of sixty.
    hours = written(
        tmp_path, "{opens: 08:00, closes: 17:30, time_zone: Europe/Berlin, days: [sunday]}"
    )
    assert hours.around(IN_2026) == Hours(
        days=("sunday",), opens=time(8), closes=time(17, 30), time_zone="Europe/Berlin"
    )
    assert written(tmp_path, '{opens: "08:00", closes: "17:30"}').closes == time(17, 30)


@pytest.mark.parametrize(
    ("wrong", "place", "words"),
    [
        ("{opens: 0900}", "opens", "must be a time of day like 09:00, not '0900'"),
        ("{opens: 900}", "opens", "must be a time of day like 09:00, not '900'"),
        ('{opens: "900"}', "opens", "must be a time of day like 09:00, not '900'"),
        ("{opens: 9:00}", "opens", "must be a time of day like 09:00, not '9:00'"),
        ("{opens: 9am}", "opens", "must be a time of day like 09:00, not '9am'"),
        ("{opens: 09:00:30}", "opens", "must be a time of day like 09:00, not '09:00:30'"),
        ("{opens: 09:00+02:00}", "opens", "must be a time of day like 09:00"),
        ("{closes: 24:00}", "closes", "midnight is 00:00, not '24:00'"),
        ("{opens: }", "opens", "must be a time of day like 09:00, not empty"),
        ("{opens: 09:00, closes: 09:30}", "", "must open for at least an hour, not 09:00 to 09:30"),
        ("{days: []}", "days", "at least 1 item"),
        ("{days: [mon]}", "days.0", "must be 'monday'"),
        ("{spans: {}}", "spans", "at least 1 item"),
        ("{spans: {mon: []}}", "spans.mon", "at least 1 item"),
        ("{spans: {mon: 09:00}}", "spans.mon.0", "must be from when to when, like 09:00-12:30"),
        ("{spans: {mon: 18:00-09:00}}", "spans.mon.0", "ends before it begins: 18:00-09:00"),
        ("{spans: {mon: 09:00-09:00}}", "spans.mon.0", "is empty: 09:00-09:00; a whole day is"),
        ("{spans: {mon: 09:00-25:00}}", "spans.mon.0", "must be a time of day like 09:00"),
        ("{spans: {mondays: 09:00-12:00}}", "spans.mondays", "must be days of the week, such as"),
        ("{spans: {mon: 09:00-09:30}}", "", "must open for at least an hour, not 09:00 to 09:30"),
        (
            "{spans: {mon: [09:00-12:30, 12:00-18:00]}}",
            "",
            "09:00 to 12:30 and 12:00 to 18:00 overlap on monday",
        ),
        ("{spans: {mon-thu: 09:00-12:00, wed: 13:00-17:00}}", "", "spans name wednesday twice"),
        ("{closes: 12:00, spans: {mon: 09:00-12:00}}", "", "spans stand in place of closes"),
        ("[]", "", "must be a mapping, or a list of 1 to 20 of them"),
        ("[{}, {opens: 16:00}]", "", "09:00 to 17:00 and 16:00 to 17:00 overlap on monday"),
        (
            "[{closes: 12:00}, {opens: 13:00, time_zone: Asia/Tokyo}]",
            "",
            "must all have the same time_zone and holidays",
        ),
        ("[{opens: 9am}, {opens: 13:00}]", "opens", "must be a time of day like 09:00"),
        ("{time_zone: Berlin}", "time_zone", "no time zone 'Berlin'"),
        (
            "{holidays: {country: Germany}}",
            "holidays.country",
            "no country 'Germany'; there are: AD",
        ),
        ("{holidays: {country: XX}}", "holidays.country", "no country 'XX'; there are: AD, AE"),
        (
            "{holidays: {country: DE, subdivision: XX}}",
            "holidays.subdivision",
            "DE has no subdivision 'XX'; there are: BB, BE, BW, BY",
        ),
        ("{holidays: {subdivision: BY}}", "holidays.subdivision", "needs a country"),
        (
            "{holidays: {country: DE, without: [2026-06-04]}}",
            "holidays.without",
            "2026-06-04 is no public holiday there",
        ),
        (
            "{holidays: {besides: [20260105]}}",
            "holidays.besides.0",
            "must be a date like 2026-01-05",
        ),
        (
            "{holidays: {besides: [2026-02-29]}}",
            "holidays.besides.0",
            "must be a date like 2026-01-05",
        ),
        (
            "{holidays: {every_year: [24-12]}}",
            "holidays.every_year.0",
            "a month and a day like 12-24",
        ),
        (
            "{holidays: {every_year: [1-2]}}",
            "holidays.every_year.0",
            "a month and a day like 12-24",
        ),
    ],
)
def test_a_mistake_is_told_with_its_place(
    tmp_path: Path, wrong: str, place: str, words: str
) -> None:
    with pytest.raises(PolicyError) as caught:
        written(tmp_path, wrong)
    (problem,) = caught.value.problems
    assert problem.place == f"teams.desk.working_hours.{place}".rstrip(".")
    assert words in problem.message


OSTICKET_6847 = [
    "{spans: {mon-thu: [09:00-12:30, 13:30-18:00], fri: 09:00-15:00}}",
    "{spans: {'Monday-Thursday': [13:30-18:00, 09:00 – 12:30], friday: [09:00-15:00]}}",
    "{spans: {'mon,tue,wed,thu': [09:00-12:30, 13:30-18:00], fri: ['09:00-15:00']}}",
    "[{days: [monday, tuesday, wednesday, thursday], closes: 12:30}, "
    "{days: [monday, tuesday, wednesday, thursday], opens: 13:30, closes: 18:00}, "
    "{days: [friday], closes: 15:00}]",
]


@pytest.mark.parametrize("said", OSTICKET_6847)
def test_hours_with_a_break_and_a_short_friday(tmp_path: Path, said: str) -> None:
    """osTicket/osTicket#6847: a lunch break, and a Friday that closes early."""
    hours = written(tmp_path, said).around(IN_2026)
    thursday = datetime(2026, 6, 4, 12, 0, tzinfo=UTC)
    for within, ends in (
        (timedelta(minutes=30), "2026-06-04 12:30"),
        (timedelta(minutes=31), "2026-06-04 13:31"),
        (timedelta(hours=5), "2026-06-04 18:00"),
        (timedelta(hours=11), "2026-06-05 15:00"),
        (timedelta(hours=12), "2026-06-08 10:00"),
    ):
        assert f"{due(hours, thursday, within):%Y-%m-%d %H:%M}" == ends


def test_spans_may_end_at_midnight_and_go_round_the_week(tmp_path: Path) -> None:
    hours = written(tmp_path, "{spans: {sun-tue: [00:00-06:00, 22:00-24:00], wed: 00:00-24:00}}")
    around = hours.around(IN_2026)
    sunday = datetime(2026, 6, 7, 23, 0, tzinfo=UTC)
    assert due(around, sunday, timedelta(hours=7)) == datetime(2026, 6, 8, 6, 0, tzinfo=UTC)
    tuesday = datetime(2026, 6, 9, 22, 0, tzinfo=UTC)
    assert due(around, tuesday, timedelta(hours=26)) == datetime(2026, 6, 11, 0, 0, tzinfo=UTC)


def test_spans_take_the_place_of_the_hours_that_a_policy_extends(tmp_path: Path) -> None:
    path = tmp_path / "base.yaml"
    path.write_text(bent("title: Desk", "title: Desk\n    working_hours: {closes: 18:00}"))
    mine, again = tmp_path / "mine.yaml", tmp_path / "again.yaml"
    mine.write_text(
        "extends: base.yaml\nteams: {desk: {working_hours: {spans: {mon: 09:00-12:00}}}}\n"
    )
    again.write_text("extends: mine.yaml\nteams: {desk: {working_hours: {opens: 10:00}}}\n")
    spans = load_policy(mine).teams["desk"].working_hours
    assert spans is not None
    assert spans.around(IN_2026) == Hours(days=("monday",), opens=time(9), closes=time(12))
    plain = load_policy(again).teams["desk"].working_hours
    assert plain is not None
    assert plain.around(IN_2026) == Hours(opens=time(10), closes=time(17))


def test_a_region_has_holidays_of_its_own() -> None:
    corpus_christi = "06-04"
    assert corpus_christi in days_off(country="DE", subdivision="BY")
    assert corpus_christi not in days_off(country="DE")
    assert days_off() == set()


def test_a_team_may_work_on_a_holiday_and_be_off_on_other_days() -> None:
    usual = days_off(country="DE", subdivision="BY")
    changed = days_off(
        country="DE",
        subdivision="BY",
        without=["2026-06-04"],
        besides=["2026-05-15", "2027-05-07"],
        every_year=["12-24", "12-31"],
    )
    assert changed == usual - {"06-04"} | {"05-15", "12-24", "12-31"}


def test_a_day_of_its_own_counts_though_it_works_on_that_holiday_elsewhere() -> None:
    days = {"without": ["2026-12-25"], "every_year": ["12-25"]}
    assert "12-25" in days_off(country="DE", **days)


def test_the_29th_of_february_comes_in_leap_years_only() -> None:
    hours = WorkingHours.model_validate({"holidays": {"every_year": ["02-29"]}})
    assert hours.around(datetime(2027, 5, 1, tzinfo=UTC)).holidays == (date(2028, 2, 29),)


def test_hours_know_the_holidays_from_the_year_before_to_three_years_after() -> None:
    hours = WorkingHours.model_validate(
        {
            "holidays": {"country": "FR", "besides": ["2024-05-02", "2030-05-02"]},
            "time_zone": "Asia/Tokyo",
        }
    )
    years = {day.year for day in hours.around(IN_2026).holidays}
    assert years == {2025, 2026, 2027, 2028, 2029}
    new_year_in_tokyo = datetime(2026, 12, 31, 15, 0, tzinfo=UTC)
    assert min(hours.around(new_year_in_tokyo).holidays).year == 2026


def test_a_holiday_on_a_friday_moves_the_end_to_monday() -> None:
    hours = WorkingHours.model_validate(
        {"time_zone": "Europe/Berlin", "holidays": {"country": "DE", "every_year": ["12-24"]}}
    ).around(IN_2026)
    wednesday = datetime(2026, 12, 23, 15, 0, tzinfo=UTC)  # an hour before it closes
    assert due(hours, wednesday, timedelta(hours=2)) == datetime(2026, 12, 28, 9, 0, tzinfo=UTC)


def test_every_country_that_is_named_as_known_is_taken() -> None:
    for country in public.list_supported_countries(include_aliases=False):
        WorkingHours.model_validate({"holidays": {"country": country}})
