"""Calendars as programs write them, right or not: one bad line costs that line, and is told.

Each case names the public report of a program that lost a whole calendar, or a shift, over it.
"""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from standfast.on_call.ical import read
from tests.on_call.december import BERLIN, NIGHT, found, nights, told
from tests.on_call.ics import calendar, event, week


def zone(name: str, *lines: str) -> str:
    return "\r\n".join(["BEGIN:VTIMEZONE", name, *lines, "END:VTIMEZONE"])


STANDARD = (
    *("BEGIN:STANDARD", "DTSTART:16010101T030000", "TZOFFSETFROM:+0200", "TZOFFSETTO:+0100"),
    *("RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10", "END:STANDARD"),
)
DAYLIGHT = (
    *("BEGIN:DAYLIGHT", "DTSTART:16010101T020000", "TZOFFSETFROM:+0100", "TZOFFSETTO:+0200"),
    *("RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3", "END:DAYLIGHT"),
)

# Time zones

ZONES = [
    # report, the calendar's own zones, the TZID of the event
    (
        "collective/icalendar#894",
        zone("TZID:Europe/Berlin", *STANDARD[:-1], "RDATE:", "RDATE:", "END:STANDARD"),
        "Europe/Berlin",
    ),
    (
        "kewisch/ical.js#462: an empty RDATE in a zone that nobody else knows",
        zone("TZID:Our clock", *STANDARD[:-1], "RDATE:", "END:STANDARD", *DAYLIGHT),
        "Our clock",
    ),
    (
        "jens-maus/node-ical: TZID twice",
        zone("TZID:Our clock\r\nTZID:Our other clock", *STANDARD, *DAYLIGHT),
        "Our other clock",
    ),
    ("no STANDARD and no DAYLIGHT", zone("TZID:Europe/Berlin"), "Europe/Berlin"),
    ("an unused zone without anything", zone("X-NOTHING:1"), "Europe/Berlin"),
    (
        "no DTSTART",
        zone("TZID:Our clock", "BEGIN:STANDARD", "TZOFFSETTO:+0100", "END:STANDARD"),
        "Our clock",
    ),
    (
        "odd offsets",
        zone(
            *("TZID:Our clock", "BEGIN:STANDARD", "DTSTART:19700101T000000"),
            *("TZOFFSETFROM:+01:00", "TZOFFSETTO:100", "END:STANDARD"),
        ),
        "Our clock",
    ),
    (
        "an unusable part beside a good one",
        zone("TZID:Our clock", "BEGIN:DAYLIGHT", "DTSTART:soon", "END:DAYLIGHT", *STANDARD),
        "Our clock",
    ),
    (
        "no END:VTIMEZONE",
        zone("TZID:Our clock", *STANDARD).removesuffix("END:VTIMEZONE") + "X-LAST:1",
        "Our clock",
    ),
    (
        "a zone of Lotus Notes with the name of a real one beside its own",
        zone("TZID:Mitteleuropa", "X-LIC-LOCATION:Europe/Berlin"),
        "Mitteleuropa",
    ),
    ("mozilla: /mozilla.org/20070129_1/", "", "/mozilla.org/20070129_1/Europe/Berlin"),
    ("citadel", "", "/citadel.org/20211207_1/Europe/Berlin"),
    ("thomersch/openstreetmap-calendar#185", "", "/Europe/Berlin"),
    ("in quotes", "", '"Europe/Berlin"'),
    ("small letters", "", "europe/berlin"),
    ("collective/icalendar: no slash", "", "Europe_Berlin"),
    ("Outlook", "", "W. Europe Standard Time"),
    ("Outlook, as it is shown", "", '"(UTC+01:00) Amsterdam, Berlin, Bern, Rome"'),
    ("Exchange", "", "tzone://Microsoft/W. Europe Standard Time"),
    ("an offset", "", "GMT+0100"),
    ("an offset with a colon", "", '"UTC+01:00"'),
]


@pytest.mark.parametrize(("head", "name"), [case[1:] for case in ZONES], ids=[c[0] for c in ZONES])
def test_a_zone_is_understood_however_it_is_named(head: str, name: str) -> None:
    night = event("ana", f";TZID={name}:20261202T220000", f";TZID={name}:20261203T060000")
    assert told(calendar(night, head=head), "Asia/Tokyo") == ["02 Dec 22:00 ana"]


def test_a_zone_whose_rule_fails_only_when_it_is_used_is_none() -> None:
    night = event("ana", ";TZID=Ours:20261202T220000", ";TZID=Ours:20261203T060000")
    bad = [line.replace("BYDAY=-1SU", "BYDAY=81SU") for line in STANDARD]
    answer = found(calendar(night, event("ben", *NIGHT), head=zone("TZID:Ours", *bad, *DAYLIGHT)))
    assert nights(answer) == ["02 Dec 22:00 ana", "02 Dec 22:00 ben"]
    assert len(answer.problems) == 1


def test_a_zone_of_which_nothing_can_be_used_is_told_and_the_tiers_is_taken() -> None:
    night = event("ana", ";TZID=Ours:20261202T220000", ";TZID=Ours:20261203T060000")
    answer = found(calendar(night, head=zone("TZID:Ours", "BEGIN:STANDARD", "END:STANDARD")))
    assert nights(answer) == ["02 Dec 22:00 ana"]
    (problem,) = answer.problems
    assert "no time zone 'Ours'; read in Europe/Berlin" in problem


# Lines

BOTH = calendar(event("ana", *NIGHT), event("ben", *NIGHT, uid="b"))
AS_IT_IS = ["02 Dec 22:00 ana", "02 Dec 22:00 ben"]
FORMS = [
    ("bare line feeds", BOTH.replace(b"\r\n", b"\n")),
    ("bare carriage returns", BOTH.replace(b"\r\n", b"\r")),
    ("a byte order mark", b"\xef\xbb\xbf" + BOTH),
    ("UTF-16", b"\xff\xfe" + BOTH.decode().encode("utf-16-le")),
    ("jens-maus/node-ical: a blank line and a space first", b"\r\n " + BOTH),
    ("small letters", BOTH.replace(b"BEGIN:VEVENT", b"begin:vevent")),
    ("text before it", b"Content-Type: text/calendar\r\n\r\n" + BOTH),
    ("several calendars", calendar(event("ana", *NIGHT)) + calendar(event("ben", *NIGHT))),
    ("no END:VEVENT", BOTH.replace(b"END:VEVENT\r\nBEGIN", b"BEGIN", 1)),
    ("NUL bytes", BOTH.replace(b"SUMMARY", b"SUMM\x00ARY")),
    ("blank lines", BOTH.replace(b"\r\n", b"\r\n\r\n")),
    ("folded within a word", BOTH.replace(b"SUMMARY:ana", b"SUMMARY:a\r\n na")),
]


@pytest.mark.parametrize("content", [case[1] for case in FORMS], ids=[case[0] for case in FORMS])
def test_the_form_of_the_file_does_not_matter(content: bytes) -> None:
    assert told(content) == AS_IT_IS


HARMLESS = [
    # report, lines in an event
    (
        "kewisch/ical.js#1015",
        'ATTENDEE;CN=Ivan;X-SAID="I said "maybe"":mailto:ivan@fernhill.example',
    ),
    ("a line too long for any program", "X-ALT-DESC:" + "x" * 200_000),
    ("bytes in a picture", "ATTACH;ENCODING=BASE64:////" + "A" * 100_000),
    ("an alarm without an end", "BEGIN:VALARM\r\nTRIGGER:soon\r\nDURATION:PT5M"),
    ("an alarm with attendees", "BEGIN:VALARM\r\nATTENDEE:mailto:x@y.example\r\nEND:VALARM"),
    ("unknown parts", "BEGIN:X-PART\r\nDTSTART:never\r\nEND:X-PART"),
    ("a bad time that nobody needs", "DTSTAMP:0000\r\nLAST-MODIFIED:\r\nCREATED:00001231T000000Z"),
    ("a bad place", "GEO:somewhere\r\nX-APPLE-STRUCTURED-LOCATION;VALUE=URI"),
]


@pytest.mark.parametrize("line", [case[1] for case in HARMLESS], ids=[case[0] for case in HARMLESS])
def test_what_says_nothing_of_shifts_can_do_no_harm(line: str) -> None:
    assert told(calendar(event("ana", *NIGHT), event("ben", *NIGHT, line))) == AS_IT_IS


OTHERS = [
    "BEGIN:VFREEBUSY\r\nFREEBUSY:20261202T/PT\r\nEND:VFREEBUSY",
    "BEGIN:VTODO\r\nDUE:tomorrow\r\nRRULE:FREQ=NEVER\r\nEND:VTODO",
    "BEGIN:VJOURNAL\r\nDTSTART:\r\nEND:VJOURNAL",
    "BEGIN:VAVAILABILITY\r\nBEGIN:AVAILABLE\r\nDTSTART:x\r\nEND:AVAILABLE\r\nEND:VAVAILABILITY",
    "BEGIN:VTODO\r\nSUMMARY:without an end",
]


@pytest.mark.parametrize("other", OTHERS)
def test_other_components_can_do_no_harm(other: str) -> None:
    content = calendar(event("ana", *NIGHT), other, event("ben", *NIGHT))
    assert told(content) == AS_IT_IS


TOLD = [
    # what was done to the calendar, what is told, who is left
    (BOTH[:-16], "there is no END:VCALENDAR: it may be cut off", "ana ben"),
    (BOTH.replace(b"BEGIN:VCALENDAR\r\n", b""), "there is no BEGIN:VCALENDAR", "ana ben"),
    (BOTH.replace(b"BEGIN:VEVENT\r\nUID:b", b"UID:b"), "ends an event that has no", "ana"),
    (BOTH[: BOTH.index(b"UID:b") + 30], "the last event is cut off", "ana"),
    (BOTH.replace(b"SUMMARY:ben", b"SUMMARY:ben\r\n!"), "", "ana"),
    (BOTH.replace(b"SUMMARY:ben", b"SUMMARY:b\xe9n"), "not UTF-8, so read as Windows-1252", "ana"),
    (BOTH.replace(b"UID:b", b"UID:b\r\nCall me"), "cannot be read: 'Call me'", "ana ben"),
]


@pytest.mark.parametrize(("content", "words", "left"), TOLD, ids=[case[1] for case in TOLD])
def test_what_is_left_out_is_told(content: bytes, words: str, left: str) -> None:
    answer = found(content)
    assert [shift.people[0] for shift in answer.shifts] == left.split()
    assert any(words in problem for problem in answer.problems)


def test_a_calendar_that_knows_only_who_is_free_says_so() -> None:
    with pytest.raises(ValueError, match="free or busy, which name nobody"):
        read(calendar("BEGIN:VFREEBUSY\r\nEND:VFREEBUSY"))


# Series

FOUR = event("ana", *NIGHT, "RRULE:FREQ=DAILY;COUNT=4", uid="s")


def changed(summary: str, of: str, *edges: str) -> str:
    return event(summary, *(edges or NIGHT), f"RECURRENCE-ID{of}", uid="s")


def test_one_instance_that_ends_before_it_begins_costs_itself_alone() -> None:
    """jens-maus/node-ical, daily-count-exdate; collective/icalendar#131."""
    bad = changed("ben", ";TZID=Europe/Berlin:20261203T220000", NIGHT[1], NIGHT[0])
    answer = found(calendar(FOUR, bad))
    assert nights(answer) == ["02 Dec 22:00 ana", "04 Dec 22:00 ana", "05 Dec 22:00 ana"]
    assert answer.problems == (
        "the event 'ben' of 2026-12-03 cannot be used: it does not end after its start;"
        " the occurrence of 2026-12-03 that it changes is left out",
    )


INSTANCES = [
    ("bitfireAT/synctools#80: in another zone", ";TZID=Asia/Tokyo:20261204T060000"),
    ("in UTC", ":20261203T210000Z"),
    ("without a zone", ":20261203T220000"),
    ("as a date", ";VALUE=DATE:20261203"),
]


@pytest.mark.parametrize("of", [case[1] for case in INSTANCES], ids=[c[0] for c in INSTANCES])
def test_an_instance_is_found_however_it_is_named(of: str) -> None:
    later = [each.replace("T22", "T23").replace("02T", "03T") for each in NIGHT[:1]]
    moved = changed("ben", of, *later, NIGHT[1].replace("03T", "04T"))
    assert told(calendar(moved, FOUR)) == [
        "02 Dec 22:00 ana",
        "03 Dec 23:00 ben",
        "04 Dec 22:00 ana",
        "05 Dec 22:00 ana",
    ]
    cancelled = f"BEGIN:VEVENT\r\nUID:s\r\nRECURRENCE-ID{of}\r\nSTATUS:CANCELLED\r\nEND:VEVENT"
    assert len(told(calendar(FOUR, cancelled))) == 3


def test_an_instance_that_does_not_say_which_one_it_is_costs_itself_alone() -> None:
    answer = found(calendar(FOUR, changed("ben", ":soon")))
    assert len(answer.shifts) == 4
    assert "which occurrence it changes cannot be read: 'soon' is no time" in answer.problems[0]


def test_of_two_changes_of_one_instance_the_later_counts() -> None:
    of = ";TZID=Europe/Berlin:20261202T220000"
    first = changed("cem", of).replace("UID:s", "UID:s\r\nSEQUENCE:2")
    second = changed("ben", of).replace("UID:s", "UID:s\r\nSEQUENCE:1")
    assert told(calendar(FOUR, first, second))[0] == "02 Dec 22:00 cem"


def test_an_instance_without_its_series_is_an_event() -> None:
    one = changed("ben", ";TZID=Europe/Berlin:20261202T200000")
    two = changed("ana", ";TZID=Europe/Berlin:20261203T200000")
    assert told(calendar(one, two)) == ["02 Dec 22:00 ana", "02 Dec 22:00 ben"]


def test_two_events_with_one_uid_are_both_there_and_a_later_revision_replaces() -> None:
    first = event("ana", *NIGHT, uid="u")
    second = event("ben", NIGHT[0].replace("T22", "T21"), NIGHT[1], uid="u")
    assert told(calendar(first, second)) == ["02 Dec 21:00 ben", "02 Dec 22:00 ana"]
    revised = second.replace("UID:u", "UID:u\r\nSEQUENCE:1")
    assert told(calendar(revised, first)) == ["02 Dec 21:00 ben"]


ENDS = [
    # report, the rule and its exceptions, the nights of December
    ("jens-maus/node-ical#435: UNTIL as a date", ["RRULE:FREQ=DAILY;UNTIL=20261204"], [2, 3, 4]),
    ("UNTIL in UTC", ["RRULE:FREQ=DAILY;UNTIL=20261204T210000Z"], [2, 3, 4]),
    ("UNTIL in UTC, just before", ["RRULE:FREQ=DAILY;UNTIL=20261204T205959Z"], [2, 3]),
    ("UNTIL without a zone", ["RRULE:FREQ=DAILY;UNTIL=20261204T220000"], [2, 3, 4]),
    ("UNTIL and COUNT", ["RRULE:FREQ=DAILY;COUNT=9;UNTIL=20261203"], [2, 3]),
    ("COUNT and EXDATE", ["RRULE:FREQ=DAILY;COUNT=4", f"EXDATE{NIGHT[0]}"], [3, 4, 5]),
    ("COUNT=-1", ["RRULE:FREQ=WEEKLY;COUNT=-1"], [2, 9, 16, 23, 30]),
    ("EXDATE as a date", ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE;VALUE=DATE:20261203"], [2, 4]),
    ("kewisch/ical.js#257", ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261203T210000Z"], [2, 4]),
    ("EXDATE: several", ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261203,20261204"], [2]),
    ("an empty EXDATE", ["RRULE:FREQ=DAILY;COUNT=2", "EXDATE:"], [2, 3]),
    ("RDATE", ["RDATE:20261205T210000Z"], [2, 5]),
    ("RDATE as a period", ["RDATE;VALUE=PERIOD:20261205T210000Z/PT2H"], [2, 5]),
    ("X- and RSCALE", ["RRULE:FREQ=DAILY;COUNT=2;X-A=1;RSCALE=GREGORIAN;SKIP=OMIT"], [2, 3]),
    ("small letters", ["RRULE:freq=daily;count=2"], [2, 3]),
    ("a rule that ends in nothing", ["RRULE:FREQ=DAILY;COUNT=2;"], [2, 3]),
]


@pytest.mark.parametrize(("lines", "days"), [c[1:] for c in ENDS], ids=[c[0] for c in ENDS])
def test_a_series_has_the_days_that_it_says(lines: list[str], days: list[int]) -> None:
    answer = told(calendar(event("ana", *NIGHT, *lines)))
    assert answer == [f"{day:02} Dec 22:00 ana" for day in days]


DAYS = [
    ("UNTIL at midnight in UTC", ["RRULE:FREQ=DAILY;UNTIL=20261204T000000Z"], [2, 3, 4]),
    ("UNTIL at midnight there", ["RRULE:FREQ=DAILY;UNTIL=20261204T050000Z"], [2, 3, 4]),
    ("UNTIL before midnight there", ["RRULE:FREQ=DAILY;UNTIL=20261204T045959Z"], [2, 3]),
    ("UNTIL as a date", ["RRULE:FREQ=DAILY;UNTIL=20261204"], [2, 3, 4]),
    ("EXDATE with a time", ["RRULE:FREQ=DAILY;COUNT=3", "EXDATE:20261203T000000Z"], [2, 4]),
    ("RDATE", ["RDATE;VALUE=DATE:20261209"], [2, 9]),
]


@pytest.mark.parametrize(("lines", "days"), [c[1:] for c in DAYS], ids=[c[0] for c in DAYS])
def test_a_series_of_whole_days_has_the_days_that_it_says(
    lines: list[str], days: list[int]
) -> None:
    answer = found(calendar(week("ana", "20261202", "20261203", *lines)), "America/New_York")
    assert answer.problems == ()
    assert [shift.starts.day for shift in answer.shifts] == days


def test_one_bad_exception_leaves_the_others() -> None:
    bad = event("ana", *NIGHT, "RRULE:FREQ=DAILY;COUNT=4", "EXDATE:20261203,2026123,20261205")
    answer = found(calendar(bad))
    assert nights(answer) == ["02 Dec 22:00 ana", "04 Dec 22:00 ana"]
    assert answer.problems == (
        "the event 'ana' of 2026-12-02: its EXDATE cannot be read: '2026123' is no time;"
        " nothing is left out for it",
    )


def test_a_rule_that_never_gives_a_day_costs_no_time() -> None:
    never = [
        event("ana", "19990101T220000", "19990102T060000", f"RRULE:FREQ={often};{day}", uid=often)
        for often, day in (
            ("YEARLY", "BYMONTH=2;BYMONTHDAY=30"),
            ("DAILY", "BYMONTH=2;BYMONTHDAY=30;COUNT=3"),
            ("HOURLY", "BYMONTH=2,4;BYMONTHDAY=31"),
        )
    ]
    answer = found(calendar(*never, event("ben", *NIGHT)))
    assert nights(answer) == ["02 Dec 22:00 ben"]
    assert all("it recurs on a day that no month has" in problem for problem in answer.problems)


# Ends, and whole days

LONG = [
    ("a whole day without an end", week("ana", "20261202", "")),
    ("a whole day that ends on itself", week("ana", "20261202", "20261202")),
    ("a whole day as P1D", event("ana", ";VALUE=DATE:20261202", "", "DURATION:P1D")),
    ("a whole day without VALUE", event("ana", "20261202", "20261203")),
    ("an end as a date", event("ana", "20261202T000000", ";VALUE=DATE:20261203")),
    ("an end with a time", event("ana", ";VALUE=DATE:20261202", "20261203T000000")),
    ("24:00", event("ana", "20261202T000000", "20261202T240000")),
    ("both", event("ana", ";VALUE=DATE:20261202", "20261203", "DURATION:P9D")),
    ("a duration without its T", event("ana", "20261202T000000", "", "DURATION:P24H")),
    ("a bad end, a good duration", event("ana", "20261202T000000", "soon", "DURATION:P1D")),
    ("ISO 8601", event("ana", "2026-12-02T00:00:00+01:00", "2026-12-02T23:00:00Z")),
    ("VALUE=DATE with a time", week("ana", "20261202T000000", "20261203T000000")),
    ("free", week("ana", "20261202", "20261203", "TRANSP:TRANSPARENT")),
]


@pytest.mark.parametrize(
    "written",
    [case[1].replace("DTEND:;", "DTEND;") for case in LONG],
    ids=[case[0] for case in LONG],
)
def test_a_whole_day_is_a_day_however_it_is_written(written: str) -> None:
    written = written.replace("\r\nDTEND;VALUE=DATE:\r\n", "\r\n")
    (shift,) = found(calendar(written)).shifts
    day = datetime(2026, 12, 2, tzinfo=ZoneInfo(BERLIN))
    assert (shift.starts, shift.ends) == (day, day + timedelta(days=1))
