"""Rules as programs write them, series that began long ago, and those that take too long."""

import time
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import icalendar
import pytest
from dateutil.rrule import rrulestr  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.on_call.ical_lines import read_text
from standfast.on_call.ical_rules import moved_up, rule
from standfast.on_call.ical_zones import Zones
from standfast.on_call.pace import Pace
from tests.examples import examples
from tests.on_call.december import BERLIN, NIGHT, found, nights, told
from tests.on_call.ics import calendar, event, week

WRITTEN = [
    # report, lines, the nights of December
    (
        "collective/icalendar#70: spaces in a rule",
        ["RRULE:FREQ=DAILY;UNTIL=20261204T210000Z;BYDAY=MO, TU, WE, TH, FR\r\n  ;WKST=SU"],
        [2, 3, 4],
    ),
    ("py-vobject, ruby_rrule: escaped", ["RRULE:FREQ=DAILY\\;COUNT=3"], [2, 3, 4]),
    ("days in full", ["RRULE:FREQ=WEEKLY;WKST=MON;BYDAY=WEDNESDAY,FRIDAY;COUNT=3"], [2, 4, 9]),
    ("the name twice, in quotes", ['RRULE:RRULE:"FREQ=WEEKLY;COUNT=2"'], [2, 9]),
    ("a part twice", ["RRULE:FREQ=WEEKLY;BYDAY=WE;BYDAY=FR;COUNT=3"], [2, 4, 9]),
    ("nothing after a comma", ["RRULE:FREQ=WEEKLY;INTERVAL=;BYDAY=WE,FR,;COUNT=3"], [2, 4, 9]),
    ("calendarlabs: an empty rule", ["RRULE:"], [2]),
    (
        "collective/icalendar, event_with_recurrence: EXDATE of local times that end in Z",
        ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261203T220000Z"],
        [2, 4],
    ),
    (
        "ical4j/ical4j#85: EXDATE in UTC without its Z",
        ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261203T210000"],
        [2, 4],
    ),
    (
        "ical-org/ical.net#541",
        ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;TZID=PDT:20261203T220000"],
        [2, 4],
    ),
    ("EXDATE as midnight", ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261203T000000Z"], [2, 4]),
    ("EXDATE: others between", ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261203;20261204"], [2]),
    ("EXDATE in UTC", ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261203T210000Z"], [2, 4]),
]


@pytest.mark.parametrize(("lines", "days"), [c[1:] for c in WRITTEN], ids=[c[0] for c in WRITTEN])
def test_a_rule_is_read_however_it_is_written(lines: list[str], days: list[int]) -> None:
    assert told(calendar(event("ana", *NIGHT, *lines))) == [
        f"{day:02} Dec 22:00 ana" for day in days
    ]


def test_a_rule_of_another_calendar_counts_once() -> None:
    answer = found(calendar(event("ana", *NIGHT, "RRULE:RSCALE=CHINESE;FREQ=YEARLY")))
    assert len(answer.shifts) == 1
    assert answer.problems == (
        "the event 'ana' of 2026-12-02: it recurs by another calendar, chinese;"
        " it counts once, as if it did not recur",
    )


def test_a_misspelt_limit_is_told_and_the_series_does_not_go_on_for_ever() -> None:
    """niccokunzmann/python-recurring-ical-events, bad_rrule_missing_until_event."""
    answer = found(calendar(event("ana", *NIGHT, "RRULE:FREQ=WEEKLY;UNTL=20261210;BYDAY=WE")))
    assert nights(answer) == ["02 Dec 22:00 ana"]
    assert answer.problems == (
        "the event 'ana' of 2026-12-02: its RRULE has UNTL, which nobody knows;"
        " it counts once, as if it did not recur",
    )


def test_an_old_rule_of_exceptions_is_told() -> None:
    answer = found(calendar(event("ana", *NIGHT, "RRULE:FREQ=DAILY;COUNT=2", "EXRULE:FREQ=DAILY")))
    assert len(answer.shifts) == 2
    assert "its EXRULE is not looked at" in answer.problems[0]


@pytest.mark.parametrize("tier", ["Europe/Berlin", "", "America/New_York"])
def test_exchange_writes_midnight_somewhere_for_a_day(tier: str) -> None:
    """niccokunzmann/python-recurring-ical-events#28; jens-maus/node-ical,
    exchange_whole_day_moved_recurrence_offset_tz.
    """
    series = week("ana", "20261201", "20261202", "RRULE:FREQ=WEEKLY;UNTIL=20261214T230000Z")
    moved = week("ben", "20261210", "20261211", "RECURRENCE-ID;TZID=UTC+01:20261208T000000")
    uid = "UID:ana-;VALUE=DATE:20261201"
    answer = found(calendar(series, moved.replace("UID:ben-;VALUE=DATE:20261210", uid)), tier)
    at = ZoneInfo(tier or "UTC")
    assert [(each.starts.astimezone(at).day, each.people[0]) for each in answer.shifts] == [
        (1, "ana"),
        (10, "ben"),
        (15, "ana"),
    ]


@pytest.mark.parametrize(
    ("starts", "ends", "at"),
    [
        ("20261202T220000", "20261203T060000", "02 Dec 22:00 ana"),
        ("20261202T000000", "20261202T060000", "02 Dec 00:00 ana"),
        ("20261202T000000", "20261203T000000", "02 Dec 00:00 ana"),
    ],
)
def test_times_of_day_count_though_they_are_called_dates(starts: str, ends: str, at: str) -> None:
    """jens-maus/node-ical, test6: the calendar of a conference."""
    answer = found(calendar(week("ana", starts, ends)))
    assert nights(answer) == [at]
    wanted = datetime.strptime(ends, "%Y%m%dT%H%M%S").replace(tzinfo=ZoneInfo(BERLIN))
    assert answer.shifts[0].ends == wanted


def test_a_changed_instance_may_be_named_in_utc_without_saying_so() -> None:
    """ical4j/ical4j#85."""
    series = event("ana", *NIGHT, "RRULE:FREQ=DAILY;COUNT=2", uid="s")
    later = [each.replace("03T", "04T").replace("02T22", "03T23") for each in NIGHT]
    changed = event("ben", *later, "RECURRENCE-ID:20261203T210000", uid="s")
    assert told(calendar(series, changed)) == ["02 Dec 22:00 ana", "03 Dec 23:00 ben"]


@pytest.mark.parametrize(
    ("zone", "rule", "without", "left"),
    [
        ("Europe/Berlin", "FREQ=HOURLY;COUNT=4", "T23", "22 00 01"),
        ("America/Los_Angeles", "FREQ=HOURLY;INTERVAL=8;COUNT=4", "T22", "06 14 22"),
        ("America/Los_Angeles", "FREQ=DAILY;BYHOUR=6,14,22;COUNT=4", "T22", "06 14 22"),
    ],
)
def test_an_exception_is_one_shift_however_many_a_day_has(
    zone: str, rule: str, without: str, left: str
) -> None:
    """The library takes 22:00 in Los Angeles for 14:00 and 06:00, too: those hours in UTC."""
    starts = f";TZID={zone}:20261202T220000"
    exception = f"EXDATE;TZID={zone}:20261202{without}0000"
    shifts = event("ana", starts, "", "DURATION:PT1H", f"RRULE:{rule}", exception)
    answer = found(calendar(shifts))
    assert answer.problems == ()
    assert [
        f"{each.starts.astimezone(ZoneInfo(zone)):%H}" for each in answer.shifts
    ] == left.split()


RANGE = ";RANGE=THISANDFUTURE;TZID=Europe/Berlin:20261203T220000"


def test_a_change_of_this_and_all_later_ones() -> None:
    series = event("ana", *NIGHT, "RRULE:FREQ=DAILY;COUNT=5", "EXDATE:20261205T210000Z", uid="s")
    of = [each.replace("02T22", "03T20").replace("03T06", "03T23") for each in NIGHT]
    changed = event("ben", *of, f"RECURRENCE-ID{RANGE}", uid="s")
    answer = found(calendar(series, changed))
    assert nights(answer) == [
        *("02 Dec 22:00 ana", "03 Dec 20:00 ben", "04 Dec 20:00 ben", "06 Dec 20:00 ben")
    ]
    assert all(each.ends - each.starts == timedelta(hours=3) for each in answer.shifts[1:])


def test_this_and_all_later_ones_are_called_off() -> None:
    series = event("ana", *NIGHT, "RRULE:FREQ=DAILY", uid="s")
    called_off = event("ana", "", "", "STATUS:CANCELLED", f"RECURRENCE-ID{RANGE}", uid="s")
    assert told(calendar(series, called_off)) == ["02 Dec 22:00 ana"]


def test_an_instance_alone_recurs_as_it_says() -> None:
    """collective/icalendar#156: Lotus Notes gives the whole series as one changed instance."""
    lotus = event(
        "ana",
        *NIGHT,
        "RECURRENCE-ID;RANGE=THISANDFUTURE:20261202T210000Z",
        "RDATE;VALUE=PERIOD;TZID=Europe/Berlin:20261209T220000/20261210T060000,"
        "20261216T220000/20261217T060000",
    )
    assert told(calendar(lotus)) == [f"{day:02} Dec 22:00 ana" for day in (2, 9, 16)]


# Long ago

ZONES = [None, UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("America/New_York"), ZoneInfo("Asia/Tokyo")]
RULES = st.builds(
    "FREQ={};INTERVAL={}{}{}{}".format,
    st.sampled_from(["HOURLY", "DAILY", "WEEKLY"]),
    st.integers(1, 50),
    st.sampled_from(["", ";BYDAY=MO,TU,WE,TH,FR", ";BYDAY=SA,SU", ";BYDAY=WE", ";BYDAY=WE,1MO"]),
    st.sampled_from(["", ";COUNT=1", ";COUNT=30", ";COUNT=700", ";UNTIL=20200301T120000Z"]),
    st.sampled_from(["", ";WKST=SU", ";BYMONTH=6"]),
)


@settings(max_examples=examples(60), deadline=None)
@given(
    RULES,
    st.sampled_from(ZONES),
    st.integers(0, 6),
    st.integers(0, 23),
    st.integers(0, 3_000),
    st.booleans(),
)
def test_a_series_that_starts_later_goes_on_as_it_was(
    text: str, zone: ZoneInfo | None, weekday: int, hour: int, days: int, whole: bool
) -> None:
    at = datetime(2018, 1, 1 + weekday, hour, 30, tzinfo=zone)
    start = at.date() if whole else at
    before = datetime(2018, 1, 1, tzinfo=UTC) + timedelta(days=days)
    last = before + timedelta(days=40)
    found = rule(text, start, zone or UTC, last)
    by, left_out = moved_up(found, start, before)
    assert start == start + by or (start + by).isoformat()[:10] <= before.isoformat()[:10]
    made = icalendar.vRecur(found)
    if "COUNT" in made:
        made["COUNT"] = [made["COUNT"][0] - left_out]
    assert _expanded(made, start + by, before) == _expanded(found, start, before)


def _expanded(found: icalendar.vRecur, start: object, before: datetime) -> list[str]:
    """By the clock on the wall, from `before` on."""
    plain = icalendar.vRecur(found)
    del plain["UNTIL"]
    wall = datetime.fromisoformat(str(start)).replace(tzinfo=None)
    ends = before.replace(tzinfo=None) + timedelta(days=40)
    begins = before.replace(tzinfo=None) + timedelta(days=1)
    series = rrulestr(plain.to_ical().decode(), dtstart=wall)
    return [at.isoformat() for at in series.between(begins, ends)]


def test_hundreds_of_rules_that_began_years_ago_cost_little() -> None:
    start = [each.replace("2026120", "2010010") for each in NIGHT]
    rules = ["FREQ=DAILY", "FREQ=DAILY;COUNT=9000", "FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"]
    many = [
        event("ana", *start, f"RRULE:{rules[number % 3]}", uid=str(number)) for number in range(60)
    ]
    begun = time.process_time()
    answer = found(calendar(*many))
    took = time.process_time() - begun
    assert len(answer.shifts) == 60 * 31 + 60
    assert took < 5, "each of them some six thousand nights"


def test_a_zone_of_the_calendar_costs_little_and_changes_its_clock() -> None:
    """jens-maus/node-ical, multi-era-vtimezone."""
    parts = [
        ("STANDARD", "16711029T020000", "-1SU;BYMONTH=10", "-0400", "-0500"),
        ("DAYLIGHT", "16710404T020000", "1SU;BYMONTH=4", "-0500", "-0400"),
        ("STANDARD", "20071104T020000", "1SU;BYMONTH=11", "-0400", "-0500"),
        ("DAYLIGHT", "20070311T020000", "2SU;BYMONTH=3", "-0500", "-0400"),
    ]
    lines = [
        f"BEGIN:{name}\r\nDTSTART:{since}\r\nRRULE:FREQ=YEARLY;BYDAY={days}\r\n"
        f"TZOFFSETFROM:{before}\r\nTZOFFSETTO:{after}\r\nEND:{name}"
        for name, since, days, before, after in parts
    ]
    zone = Zones(read_text(_zone(lines)).zones).named("Ours")
    assert zone is not None
    for month, day, offset in ((3, 7, -5), (3, 8, -4), (7, 1, -4), (10, 31, -4), (11, 1, -5)):
        noon = datetime(2026, month, day, 12, tzinfo=zone)
        assert noon.utcoffset() == timedelta(hours=offset)
        assert noon.astimezone(UTC).astimezone(zone).hour == 12
    # In the hour that comes twice both are told apart.
    twice = [datetime(2026, 11, 1, 1, 30, tzinfo=zone, fold=fold) for fold in (0, 1)]
    assert [each.utcoffset() for each in twice] == [timedelta(hours=-4), timedelta(hours=-5)]
    often = "RRULE:FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR,SA,SU"
    start = ";TZID=Ours:20210101T220000", ";TZID=Ours:20210102T060000"
    many = [event("ana", *start, often, uid=str(number)) for number in range(10)]
    begun = time.process_time()
    answer = found(calendar(*many, head=_zone(lines).decode()))
    assert (len(answer.shifts), time.process_time() - begun < 5) == (310, True)


def _zone(lines: list[str]) -> bytes:
    return "\r\n".join(["BEGIN:VTIMEZONE", "TZID:Ours", *lines, "END:VTIMEZONE"]).encode()


# What takes too long

ENDLESS = event(
    "ben", "20101202T220000", "20101203T060000", "RRULE:FREQ=DAILY;BYMONTH=6;BYWEEKNO=1"
)


def test_a_series_that_takes_too_long_costs_itself_alone() -> None:
    """Its rule matches no day, and the library looks for one until the year 9999."""
    content = calendar(ENDLESS, event("ana", *NIGHT), event("cem", *NIGHT, "RRULE:FREQ=WEEKLY"))
    answer = found(content, pace=Pace(each=0.2))
    assert len(answer.shifts) == 6
    assert answer.problems == (
        "the event 'ben' of line 4 is left out: it takes too long to evaluate",
    )


def test_when_the_time_is_used_up_what_was_read_counts() -> None:
    many = [ENDLESS.replace("UID:", f"UID:{number}") for number in range(9)]
    answer = found(calendar(*many, event("ana", *NIGHT)), pace=Pace(each=0.2, in_all=0.5))
    assert nights(answer) == ["02 Dec 22:00 ana"]
    assert "events are left out, from the event 'ben' of line" in answer.problems[-1]
    assert answer.problems[-1].endswith("on: there is no more time")
