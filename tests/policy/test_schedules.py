"""Schedules in the policy: what can be written, and that nobody is left without saying so."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from standfast.policy.schedules import Rotation, Tier, name_of
from standfast.policy.teams import Team
from standfast.policy_file.loading import PolicyError, load_policy
from tests.decisions.schedules import ALL_DAYS, layer, tier
from tests.policy.small import SMALL

ROTATION = SMALL[SMALL.index("        rotation:\n") : SMALL.index("clocks:\n")]
"""The schedule of the one tier in `SMALL`."""


def refusal(**fields: Any) -> str:
    with pytest.raises(ValidationError) as refused:
        tier(**fields)
    (error,) = refused.value.errors()
    return error["msg"].removeprefix("Value error, ")


LENGTHS = [
    ("week", timedelta(days=7)),
    ("day", timedelta(days=1)),
    ("2w", timedelta(days=14)),
    ("3d", timedelta(days=3)),
    ("12h", timedelta(hours=12)),
    ("8h", timedelta(hours=8)),
    ("1h30m", timedelta(minutes=90)),
    ("24h", timedelta(days=1)),
    ("52w", timedelta(weeks=52)),
]


@pytest.mark.parametrize(("written", "length"), LENGTHS)
def test_turns_are_whole_days_or_parts_of_one(written: str, length: timedelta) -> None:
    assert Rotation.model_validate({"people": ["ana"], "every": written}).every == length


@pytest.mark.parametrize("written", ["7h", "36h", "1d12h", "45m", "0h", "53w", "fortnight", 7])
def test_turns_of_other_lengths_are_refused(written: object) -> None:
    with pytest.raises(ValidationError):
        Rotation.model_validate({"people": ["ana"], "every": written})


def test_a_day_of_the_week_is_for_weeks() -> None:
    for every in ("day", "3d", "10d", "12h"):
        with pytest.raises(ValidationError, match="turns here are no whole weeks"):
            Rotation.model_validate({"people": ["ana"], "every": every, "hand_off": "friday"})
    weekly = Rotation.model_validate({"people": ["ana"], "every": "14d", "hand_off": "friday"})
    assert f"{weekly.first_hand_off:%A %Y-%m-%d %H:%M}" == "Friday 2026-01-02 09:00"


def test_a_tier_has_exactly_one_schedule() -> None:
    words = "needs exactly one of rotation, layers, calendar"
    assert refusal() == words
    assert refusal(people=["ana"], calendar="rota.ics") == words
    assert refusal(people=["ana"], layers=[layer("ana")]) == words
    assert "at least 1 item" in refusal(layers=[])


def test_a_time_zone_of_the_tier_is_for_a_calendar() -> None:
    assert "every rotation has its own" in refusal(people=["ana"], time_zone="Europe/Berlin")
    assert tier(calendar="rota.ics", time_zone="Europe/Berlin").zone == "Europe/Berlin"
    assert tier(calendar="rota.ics").zone == "UTC"
    assert tier(layers=[layer("ana", zone="Asia/Tokyo"), layer("ben")]).zone == "Asia/Tokyo"


def test_everybody_whom_the_policy_names_is_known() -> None:
    assert tier(layers=[layer("ana", "ben"), layer("cem", "ana")]).people == ("ana", "ben", "cem")
    assert tier(people=["ana"]).people == ("ana",)
    assert tier(calendar="rota.ics").people == ()


def test_tiers_of_a_team_have_a_name_each() -> None:
    twice = [{"name": "L1", "rotation": {"people": ["ana"]}}] * 2
    with pytest.raises(ValidationError, match="two tiers are called 'L1'"):
        Team.model_validate({"title": "Network", "tiers": twice})


# Calendars


@pytest.mark.parametrize(
    ("source", "words"),
    [
        ("webcal://calendar.example/a.ics", "write https://calendar.example/a.ics"),
        ("ftp://calendar.example/a.ics", "must be a URL like https://"),
        ("https://ana:pass@calendar.example/a.ics", "must not hold a user name or password"),
        ("https://0x7f.1/a.ics", "can be no host's name or address"),
        ("", "must not be empty"),
    ],
)
def test_a_calendar_is_a_file_or_a_url_of_http(source: str, words: str) -> None:
    assert words in refusal(calendar=source)


def test_a_calendar_in_words_keeps_the_path_of_a_url_to_itself() -> None:
    assert name_of("https://calendar.example/private-77ab/basic.ics") == (
        "the calendar at calendar.example"
    )
    assert name_of("schedules/rota.ics") == "the calendar schedules/rota.ics"
    assert name_of("secret:ROTA") == "the calendar secret:ROTA"


def with_schedule(tmp_path: Path, schedule: str, more: str = "") -> Path:
    path = tmp_path / "policy.yaml"
    path.write_text(SMALL.replace(ROTATION, f"        {schedule}\n") + more)
    return path


def problem(path: Path) -> str:
    with pytest.raises(PolicyError) as refused:
        load_policy(path)
    (found,) = refused.value.problems
    assert found.line == 28
    return f"{found.place}: {found.message}"


def test_the_host_of_a_calendar_must_be_on_the_list_of_hosts(tmp_path: Path) -> None:
    schedule = "calendar: https://calendar.example/a.ics"
    assert problem(with_schedule(tmp_path, schedule)) == (
        "teams.desk.tiers.0.calendar: 'calendar.example' is not on the list of `hosts`"
    )
    listed = with_schedule(tmp_path, schedule, "hosts: [calendar.example]\n")
    assert load_policy(listed).teams["desk"].tiers[0].calendar == "https://calendar.example/a.ics"
    assert load_policy(with_schedule(tmp_path, "calendar: 'secret:ROTA'"))


def test_unknown_people_of_a_layer_are_told_with_their_place(tmp_path: Path) -> None:
    layers = "layers: [{rotation: {people: [anna]}}, {rotation: {people: [anne]}}]"
    assert problem(with_schedule(tmp_path, layers)) == (
        "teams.desk.tiers.0.layers.1.rotation.people: no person 'anne'; there are: anna"
    )


# Gaps


def test_a_gap_is_told_with_its_line_when_a_policy_is_loaded(tmp_path: Path) -> None:
    path = with_schedule(
        tmp_path, "layers: [{rotation: {people: [anna]}, hours: {opens: 08:00, closes: 18:00}}]"
    )
    with pytest.raises(PolicyError) as refused:
        load_policy(path)
    assert str(refused.value) == (
        f"{path}:27: teams.desk.tiers.0: nobody is on call every week from Monday 18:00 to Tuesday"
        " 08:00 (UTC); add a layer for that time, or say `gaps: allowed`"
    )
    path.write_text(
        path.read_text().replace("      - name: L1", "      - name: L1\n        gaps: allowed")
    )
    assert load_policy(path).teams["desk"].tiers[0].gaps == "allowed"


BERLIN = "(Europe/Berlin); add a layer for that time, or say `gaps: allowed`"
OFFICE = {"opens": "08:00", "closes": "18:00"}
GAPS = [
    # what each layer is there for, the first gap that they leave
    (["00:00-00:00"], None),
    (["08:00-20:00", "20:00-08:00"], None),
    ([OFFICE, None], None),
    (["08:00-20:00", "20:30-08:00"], "every week from Monday 20:00 to Monday 20:30"),
    ([OFFICE, "18:00-08:00"], "every week from Saturday 08:00 to Saturday 18:00"),
    ([[OFFICE, {"days": ["saturday", "sunday"], **OFFICE}], "18:00-08:00"], None),
    ([{**OFFICE, "days": ["monday"]}], "every week from Monday 18:00 to Monday 08:00"),
    (
        [
            {"opens": "08:00", "closes": "20:00", "days": ALL_DAYS, "holidays": {"country": "DE"}},
            "20:00-08:00",
        ],
        "from 2026-01-01 08:00 to 2026-01-01 20:00",
    ),
    (
        # A night that begins on a holiday would have lasted until the next morning.
        [
            "08:00-20:00",
            {
                "opens": "20:00",
                "closes": "08:00",
                "days": ALL_DAYS,
                "holidays": {"besides": ["2031-05-02"]},
            },
        ],
        "from 2031-05-02 20:00 to 2031-05-03 08:00",
    ),
    (
        # Six hours apart for most of the year, not between 8 and 29 March.
        [
            "08:00-20:00",
            {
                "opens": "14:00",
                "closes": "02:00",
                "days": ALL_DAYS,
                "time_zone": "America/New_York",
            },
        ],
        "from 2026-03-09 07:00 to 2026-03-09 08:00",
    ),
    (
        [
            "07:00-20:00",
            {
                "opens": "13:00",
                "closes": "02:00",
                "days": ALL_DAYS,
                "time_zone": "America/New_York",
            },
        ],
        None,
    ),
]


@pytest.mark.parametrize(("hours", "gap"), GAPS)
def test_a_gap_between_layers_is_found(hours: list[Any], gap: str | None) -> None:
    layers = [layer("ana", hours=each) for each in hours]
    if gap is None:
        assert tier(layers=layers)
    else:
        assert refusal(layers=layers) == f"nobody is on call {gap} {BERLIN}"
    assert tier(layers=layers, gaps="allowed")


def test_layers_in_which_the_night_meets_the_day_are_whole_when_the_clock_changes() -> None:
    # In Berlin half past two is skipped on one Sunday and comes twice on another.
    assert tier(layers=[layer("ana", hours="02:30-14:30"), layer("ben", hours="14:30-02:30")])


def test_a_gap_that_only_a_leap_day_has_is_found() -> None:
    hours = {
        "opens": "00:00",
        "closes": "00:00",
        "days": ALL_DAYS,
        "holidays": {"every_year": ["02-29"]},
    }
    assert "from 2028-02-29 00:00 to 2028-03-01 00:00" in refusal(
        layers=[layer("ana", hours=hours)]
    )


def test_the_short_form_of_a_rotation_is_one_layer() -> None:
    short: Tier = tier(people=["ana", "ben"])
    assert [each.rotation for each in short.every_layer] == [short.rotation]
    assert short.zone == "UTC"
