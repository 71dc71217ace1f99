"""What a calendar says: events by people, rules, exceptions and zones, and all that is broken."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.on_call.ical import LARGEST, MOST_SHIFTS, BadCalendar, Found, read, shifts
from tests.on_call.ics import calendar, event, week

PEOPLE = {"ana": "Ana Berg", "ben": "Ben Carter", "cem": "Cem Özgür", "jo": "Jo Li", "jo2": "Jo Li"}
BERLIN = "Europe/Berlin"


def found(content: bytes, begins: str = "2026-03-20", days: int = 20, zone: str = BERLIN) -> Found:
    start = datetime.fromisoformat(begins).replace(tzinfo=UTC)
    return shifts(
        read(content),
        PEOPLE,
        team="network",
        tier="L1",
        zone=zone,
        begins=start,
        ends=start + timedelta(days=days),
    )


def told(
    content: bytes, begins: str = "2026-03-20", days: int = 20, zone: str = BERLIN
) -> list[str]:
    """The shifts, by the clock of the zone; there are no problems."""
    calendars = found(content, begins, days, zone)
    assert calendars.problems == ()
    clock = ZoneInfo(zone)
    return [
        f"{shift.starts.astimezone(clock):%d %b %H:%M} – {shift.ends.astimezone(clock):%d %b %H:%M}"
        f" {'+'.join(shift.people)}"
        for shift in calendars.shifts
    ]


def problems(*events: str) -> tuple[str, ...]:
    return found(calendar(*events)).problems


# Times


def test_a_moment_with_a_zone_of_its_own_is_that_moment() -> None:
    utc = event("ana", "20260325T220000Z", "20260326T060000Z")
    tokyo = event("ben", ";TZID=Asia/Tokyo:20260326T150000", ";TZID=Asia/Tokyo:20260326T230000")
    assert told(calendar(utc, tokyo)) == [
        "25 Mar 23:00 – 26 Mar 07:00 ana",
        "26 Mar 07:00 – 26 Mar 15:00 ben",
    ]


@pytest.mark.parametrize("zone", [BERLIN, "America/New_York", "Australia/Lord_Howe"])
def test_times_without_a_zone_and_whole_days_are_the_tiers(zone: str) -> None:
    floating = event("ana", "20260325T220000", "20260326T060000")
    days = week("ben", "20260327", "20260330")
    assert told(calendar(floating, days), zone=zone) == [
        "25 Mar 22:00 – 26 Mar 06:00 ana",
        "27 Mar 00:00 – 30 Mar 00:00 ben",
    ]


def test_a_whole_day_may_name_no_end_and_a_shift_a_duration() -> None:
    day = event("ana", ";VALUE=DATE:20260327", "")
    night = event("ben", "20260325T220000", "", "DURATION:PT8H")
    assert told(calendar(day, night)) == [
        "25 Mar 22:00 – 26 Mar 06:00 ben",
        "27 Mar 00:00 – 28 Mar 00:00 ana",
    ]


def test_shifts_of_a_week_meet_when_the_clock_is_put_forward() -> None:
    weekly = [
        event(
            name,
            f";TZID=Europe/Berlin:202601{first}T090000",
            f";TZID=Europe/Berlin:202601{last}T090000",
            "RRULE:FREQ=WEEKLY;INTERVAL=2",
        )
        for name, first, last in (("ana", "05", "12"), ("ben", "12", "19"))
    ]
    assert told(calendar(*weekly)) == [
        "16 Mar 09:00 – 23 Mar 09:00 ana",
        "23 Mar 09:00 – 30 Mar 09:00 ben",
        "30 Mar 09:00 – 06 Apr 09:00 ana",
        "06 Apr 09:00 – 13 Apr 09:00 ben",
    ]


def test_the_day_that_samoa_left_out_is_no_shift() -> None:
    days = [week("ana", f"201112{day}", f"201112{day + 1}") for day in (29, 30)]
    assert told(calendar(*days), "2011-12-28", 5, "Pacific/Apia") == [
        "29 Dec 00:00 – 31 Dec 00:00 ana"
    ]


def test_on_a_leap_day_a_daily_event_comes_too() -> None:
    daily = week("ana", "20280227", "20280228", "RRULE:FREQ=DAILY;COUNT=3")
    assert told(calendar(daily), "2028-02-20") == [
        "27 Feb 00:00 – 28 Feb 00:00 ana",
        "28 Feb 00:00 – 29 Feb 00:00 ana",
        "29 Feb 00:00 – 01 Mar 00:00 ana",
    ]


def test_only_what_touches_the_window_is_there() -> None:
    daily = event("ana", "20260301T000000Z", "20260301T120000Z", "RRULE:FREQ=DAILY")
    starts = [shift.starts.day for shift in found(calendar(daily), "2026-03-20", 2).shifts]
    assert starts == [20, 21]


# Series

NIGHTS = "20260325T220000", "20260326T060000"


def test_rules_exceptions_and_changed_instances() -> None:
    nights = event("ben", *NIGHTS, "RRULE:FREQ=DAILY;COUNT=5", "EXDATE:20260327T220000", uid="n")
    changed = event(
        "ana", "20260328T230000", "20260329T070000", "RECURRENCE-ID:20260328T220000", uid="n"
    )
    cancelled = event("ben", *NIGHTS, "RECURRENCE-ID:20260326T220000", "STATUS:CANCELLED", uid="n")
    more = event("cem", *NIGHTS, "RDATE:20260401T220000", uid="m")
    assert told(calendar(nights, changed, cancelled, more)) == [
        "25 Mar 22:00 – 26 Mar 06:00 ben",
        "25 Mar 22:00 – 26 Mar 06:00 cem",
        "28 Mar 23:00 – 29 Mar 07:00 ana",
        "29 Mar 22:00 – 30 Mar 06:00 ben",
        "01 Apr 22:00 – 02 Apr 06:00 cem",
    ]


def test_a_cancelled_event_is_none() -> None:
    assert told(calendar(event("ana", *NIGHTS, "STATUS:CANCELLED"), event("ben", *NIGHTS))) == [
        "25 Mar 22:00 – 26 Mar 06:00 ben"
    ]


def test_a_calendar_as_outlook_writes_it_with_a_zone_of_its_own() -> None:
    head = "\r\n".join(
        [
            "X-WR-CALNAME:On call",
            "BEGIN:VTIMEZONE",
            "TZID:Our clock",
            "BEGIN:STANDARD",
            "DTSTART:16010101T030000",
            "TZOFFSETFROM:+0200",
            "TZOFFSETTO:+0100",
            "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10",
            "END:STANDARD",
            "BEGIN:DAYLIGHT",
            "DTSTART:16010101T020000",
            "TZOFFSETFROM:+0100",
            "TZOFFSETTO:+0200",
            "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3",
            "END:DAYLIGHT",
            "END:VTIMEZONE",
        ]
    )
    days = event(
        "Ana Berg",
        ";TZID=Our clock:20260326T080000",
        ";TZID=Our clock:20260326T200000",
        "RRULE:FREQ=WEEKLY;BYDAY=TH,MO;UNTIL=20260330T220000Z",
        "DESCRIPTION:Text\\, folded\r\n  over two lines",
    )
    assert told(calendar(days, head=head)) == [
        "26 Mar 08:00 – 26 Mar 20:00 ana",
        "30 Mar 08:00 – 30 Mar 20:00 ana",
    ]


# People

NAMED = [
    ("ana", ["ana"]),
    ("ANA BERG", ["ana"]),
    ("  Ben   carter ", ["ben"]),
    ("cem OzGÜR".replace("Oz", "Öz"), ["cem"]),
    ("Cem Ozgu\u0308r".replace("Oz", "O\u0308z"), ["cem"]),
    ("ben\\, Ana Berg", ["ben", "ana"]),
    ("ben\\, ben\\,", ["ben"]),
    ("jo", ["jo"]),
]


@pytest.mark.parametrize(("summary", "people"), NAMED)
def test_a_summary_names_people_by_key_or_full_name(summary: str, people: list[str]) -> None:
    (shift,) = found(calendar(event(summary, *NIGHTS))).shifts
    assert list(shift.people) == people


def test_whom_nobody_knows_is_told_and_the_others_are_on_call() -> None:
    calendars = found(calendar(event("zoe\\, ana", *NIGHTS, "RRULE:FREQ=DAILY;COUNT=3")))
    assert [shift.people for shift in calendars.shifts] == [("ana",)] * 3
    assert calendars.problems == ("no person 'zoe'",)


def test_a_name_of_two_people_is_told() -> None:
    calendars = found(calendar(event("Jo Li", *NIGHTS)))
    assert calendars == ((), ("'Jo Li' may be jo or jo2",))


def test_an_event_that_names_nobody_is_told() -> None:
    unnamed = event("x", *NIGHTS).replace("SUMMARY:x", "SUMMARY:").replace("UID:x", "UID:1")
    (problem,) = problems(unnamed)
    assert problem == "an event without a summary of 2026-03-25 names nobody"


def test_what_is_wrong_outside_the_window_is_not_told() -> None:
    assert problems(event("zoe", "20250325T220000", "20250326T060000")) == ()


# What is broken

BROKEN = [
    (event("ana", "soon", "20260326T060000"), "it has no start that can be read"),
    (event("ana", *NIGHTS).replace("DTSTART:20260325T220000\r\n", ""), "no start that can be read"),
    (event("ana", "20260325T220000", "later"), "its DTEND cannot be read"),
    (event("ana", "20260325T220000", ""), "it has neither an end nor a duration"),
    (event("ana", *NIGHTS[::-1]), "it does not end after its start"),
    (event("ana", NIGHTS[0], NIGHTS[0]), "it does not end after its start"),
    (event("ana", "19690325T220000", "20260326T060000"), "it starts before 1970"),
    (event("ana", ";VALUE=PERIOD:20260325T220000Z/PT8H", ""), "no start that can be read"),
    (event("ana", "20260325T220000Z", "", "DURATION:P400000000D"), "cannot be used: "),
    (event("ana", "20260325T220000Z", "", "DURATION:PT8"), "its DURATION cannot be read"),
    (event("ana", "20260325T220000Z", "", "DURATION:-PT8H"), "it does not end after its start"),
]


@pytest.mark.parametrize(("broken", "words"), BROKEN)
def test_a_broken_event_is_told_and_the_others_are_read(broken: str, words: str) -> None:
    calendars = found(calendar(broken, event("ben", *NIGHTS)))
    assert [shift.people for shift in calendars.shifts] == [("ben",)]
    (problem,) = calendars.problems
    assert problem.startswith("the event 'ana'")
    assert words in problem


ODD_RULES = [
    ("RRULE:FREQ=SECONDLY", "it recurs secondly"),
    ("RRULE:FREQ=MINUTELY;INTERVAL=90", "it recurs minutely"),
    ("RRULE:FREQ=DAILY;INTERVAL=0", "an interval of less than one"),
    ("RRULE:FREQ=NOW", "its RRULE cannot be read"),
    ("RRULE:FREQ=WEEKLY;BYDAY=XX", "its RRULE cannot be read"),
    ("RRULE:FREQ=DAILY;UNTIL=soon", "'SOON' is no time"),
    ("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30", "it recurs on a day that no month has"),
    ("RRULE:FREQ=DAILY;UNTIL=20260324", "its rule ends before it starts"),
    ("RRULE:BYDAY=MO", "it recurs in no way that is known"),
]


@pytest.mark.parametrize(("odd", "words"), ODD_RULES)
def test_of_a_rule_that_cannot_be_read_the_first_occurrence_is_left(odd: str, words: str) -> None:
    calendars = found(calendar(event("ana", *NIGHTS, odd), event("ben", *NIGHTS)))
    assert [shift.people for shift in calendars.shifts] == [("ana",), ("ben",)]
    (problem,) = calendars.problems
    assert problem.startswith("the event 'ana' of 2026-03-25: ")
    assert words in problem
    assert problem.endswith("; it counts once, as if it did not recur")


def test_a_zone_that_nobody_knows_is_told_and_the_tiers_is_taken() -> None:
    mars = event("ana", ";TZID=Mars/North:20260325T220000", ";TZID=Mars/North:20260326T060000")
    calendars = found(calendar(mars))
    assert calendars.shifts[0].starts == datetime(2026, 3, 25, 21, tzinfo=UTC)
    assert calendars.problems == (
        "the event 'ana' of 2026-03-25: no time zone 'Mars/North'; read in Europe/Berlin",
    )


def test_many_problems_are_told_in_few_lines() -> None:
    told = problems(*(event(f"zoe{number}", *NIGHTS) for number in range(100)))
    assert len(told) == 21
    assert told[-1] == "and 80 more like these"


GOOD = calendar(event("ana", *NIGHTS), event("ben", *NIGHTS))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cut off"),
        (b"<html><body>Please sign in</body></html>", "it is no iCalendar"),
        (b"\xff\xfe\x00", "it is no iCalendar"),
        (GOOD[: len(GOOD) // 4], "it is cut off"),
        (calendar(), "it holds no event"),
        (b"x" * (LARGEST + 1), "larger than 5 MB"),
    ],
    ids=lambda value: str(value)[:30],
)
def test_what_is_no_calendar_is_refused_in_words(content: bytes, words: str) -> None:
    with pytest.raises(BadCalendar, match=words):
        read(content)


def test_line_ends_and_byte_order_marks_do_not_matter() -> None:
    assert found(GOOD.replace(b"\r\n", b"\n")).shifts == found(GOOD).shifts
    assert found(b"\xef\xbb\xbf" + GOOD).shifts == found(GOOD).shifts


def test_of_more_shifts_than_any_team_has_the_rest_is_left_out_and_told() -> None:
    hourly = [event("ana", *NIGHTS, "RRULE:FREQ=HOURLY", uid=str(number)) for number in range(12)]
    answer = found(calendar(*hourly, event("ben", *NIGHTS)), days=90)
    assert MOST_SHIFTS <= len(answer.shifts) < MOST_SHIFTS + 3_000
    assert any(shift.people == ("ben",) for shift in answer.shifts)
    assert answer.problems == (
        "2 events are left out, from the event 'ana' of line 74 on: there are 20000 shifts already",
    )


PIECES = [
    *(
        "BEGIN:VEVENT",
        "END:VEVENT",
        "END:VCALENDAR",
        "BEGIN:VTIMEZONE",
        "\r\n",
        "\r\n ",
        ":",
        ";",
        "=",
    ),
    *("RRULE:FREQ=WEEKLY;COUNT=3", "RDATE:", "EXDATE:20260326", "TZID=X", "VALUE=DATE", "\\", '"'),
    *("DTEND:20260326", "RECURRENCE-ID:20260325T220000", "99999999T999999Z", "-P1D", "é", "\x00"),
]
WHOLE = calendar(
    event("ana", *NIGHTS, "RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20260327T220000", uid="1"),
    event("ben", ";TZID=Europe/Berlin:20260325T220000", ";TZID=Europe/Berlin:20260326T060000"),
    week("cem", "20260325", "20260326"),
).decode()
EDITS = st.tuples(st.integers(0, len(WHOLE)), st.integers(0, 40), st.sampled_from(PIECES))


@given(st.lists(EDITS, min_size=1, max_size=4))
def test_whatever_is_in_it_a_calendar_is_read_or_refused_in_words(
    edits: list[tuple[int, int, str]],
) -> None:
    text = WHOLE
    for at, dropped, piece in edits:
        text = text[:at] + piece + text[at + dropped :]
    try:
        calendars = found(text.encode())
    except BadCalendar:
        pass
    else:
        assert all(shift.starts < shift.ends and shift.people for shift in calendars.shifts)
