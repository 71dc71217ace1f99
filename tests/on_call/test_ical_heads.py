"""What a calendar says of all its events: their zone, and whether it calls them off."""

import pytest

from tests.on_call.december import NIGHT, found, nights, told
from tests.on_call.ics import calendar, event, week

FLOATING = "20261202T220000", "20261203T060000"
KYIV, NOWHERE = "X-WR-TIMEZONE:Europe/Kyiv", "X-WR-TIMEZONE:Mars/North"
DEFINED = "\r\n".join(
    [
        *("BEGIN:VTIMEZONE", "TZID:Customized Time Zone 1", "BEGIN:STANDARD"),
        *("DTSTART:16011104T020000", "RRULE:FREQ=YEARLY;BYDAY=1SU;BYMONTH=11"),
        *("TZOFFSETFROM:-0400", "TZOFFSETTO:-0500", "END:STANDARD", "END:VTIMEZONE"),
    ]
)
OTHER = DEFINED.replace("Zone 1", "Zone 2").replace("-0500", "-0700")

TIMES = [
    # report, the head of the calendar, the tier's zone, when the night begins in Berlin
    ("niccokunzmann/python-recurring-ical-events#86", KYIV, "Asia/Tokyo", "02 Dec 21:00"),
    ("RFC 7986 drafts: TIMEZONE-ID", "TIMEZONE-ID:Europe/Kyiv", "", "02 Dec 21:00"),
    ("jens-maus/node-ical, floating-dtstart-custom-vtimezone", DEFINED, "", "03 Dec 04:00"),
    ("the same, with a zone of the tier", DEFINED, "Asia/Tokyo", "03 Dec 04:00"),
    ("two zones: neither", f"{DEFINED}\r\n{OTHER}", "Asia/Tokyo", "02 Dec 14:00"),
    ("both", f"{KYIV}\r\n{DEFINED}", "Asia/Tokyo", "02 Dec 21:00"),
    ("of Windows", "X-WR-TIMEZONE:FLE Standard Time", "Asia/Tokyo", "02 Dec 21:00"),
    ("empty", "X-WR-TIMEZONE:", "Asia/Tokyo", "02 Dec 14:00"),
    ("nothing at all", "", "", "02 Dec 23:00"),
]


@pytest.mark.parametrize(("head", "tier", "at"), [c[1:] for c in TIMES], ids=[c[0] for c in TIMES])
def test_times_without_a_zone_are_read_in_that_of_the_calendar(
    head: str, tier: str, at: str
) -> None:
    assert told(calendar(event("ana", *FLOATING), head=head), tier) == [f"{at} ana"]


def test_a_zone_of_the_calendar_that_nobody_knows_is_told_where_it_matters() -> None:
    assert told(calendar(event("ana", *NIGHT), head=NOWHERE)) == ["02 Dec 22:00 ana"]
    answer = found(calendar(event("ana", *FLOATING), head=NOWHERE))
    assert nights(answer) == ["02 Dec 22:00 ana"]
    assert answer.problems == (
        "the event 'ana' of 2026-12-02: no time zone 'Mars/North'; read in Europe/Berlin",
    )


@pytest.mark.parametrize(
    ("tier", "at"),
    [("Asia/Tokyo", "01 Dec 16:00"), ("", "01 Dec 23:00")],
    ids=["the tier's zone", "grafana/oncall#4247: the tier has none, so the calendar's"],
)
def test_whole_days_are_those_of_the_tier_first(tier: str, at: str) -> None:
    assert told(calendar(week("ana", "20261202", "20261203"), head=KYIV), tier) == [f"{at} ana"]


@pytest.mark.parametrize(
    ("head", "days"),
    [("X-WR-TIMEZONE:America/New_York", [2, 9, 16]), ("", [2, 9])],
    ids=["jens-maus/node-ical#435, in the zone of the calendar", "in that of the series"],
)
def test_until_as_a_date_is_a_day_where_the_calendar_is(head: str, days: list[int]) -> None:
    evening = event(
        "ana", "20261203T020000Z", "20261203T060000Z", "RRULE:FREQ=WEEKLY;UNTIL=20261216"
    )
    assert told(calendar(evening, head=head)) == [f"{day + 1:02} Dec 03:00 ana" for day in days]


# Called off

SERIES = event("ana", *NIGHT, "RRULE:FREQ=DAILY;COUNT=3", uid="s")


def calling_off(*lines: str) -> bytes:
    of = "\r\n".join(["BEGIN:VEVENT", "UID:s", "SEQUENCE:1", "SUMMARY:ana", *lines, "END:VEVENT"])
    return calendar(of, head="METHOD:CANCEL")


CALLED_OFF = [
    ("RFC 5546, 3.2.5: as a whole, without a start", calendar(SERIES) + calling_off(), []),
    ("the other way round", calling_off() + calendar(SERIES), []),
    ("STATUS says otherwise", calendar(SERIES) + calling_off("STATUS:CONFIRMED"), []),
    (
        "one occurrence",
        calendar(SERIES) + calling_off("RECURRENCE-ID;TZID=Europe/Berlin:20261203T220000"),
        ["02 Dec 22:00 ana", "04 Dec 22:00 ana"],
    ),
    ("alone", calendar(SERIES, head="METHOD:CANCEL"), []),
    (
        "another event",
        calendar(event("ben", *NIGHT)) + calling_off(),
        ["02 Dec 22:00 ben"],
    ),
]


@pytest.mark.parametrize(
    ("content", "left"), [c[1:] for c in CALLED_OFF], ids=[c[0] for c in CALLED_OFF]
)
def test_a_calendar_may_call_off_what_is_in_it(content: bytes, left: list[str]) -> None:
    assert told(content) == left


def test_whoever_is_called_off_in_a_request_is_on_call_no_more_in_the_same_revision() -> None:
    both = calendar(SERIES).replace(
        b"VERSION", b"METHOD:REQUEST\r\nVERSION"
    ) + calling_off().replace(b"SEQUENCE:1", b"SEQUENCE:0")
    assert told(both) == []
