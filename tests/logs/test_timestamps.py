"""When a line of a log was written, in the forms that logs use."""

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.logs.timestamps import moment_of

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
TEN = datetime(2026, 11, 24, 10, 11, 12, tzinfo=UTC)
MS = timedelta(milliseconds=123)

FORMS = [
    # ISO 8601
    ("2026-11-24T10:11:12Z ERROR lost", TEN),
    ("2026-11-24T10:11:12.123Z ERROR lost", TEN + MS),
    ("2026-11-24T11:11:12+01:00 ERROR lost", TEN),
    ("2026-11-24T04:41:12-0530 ERROR lost", TEN),
    ("2026-11-24T10:11:12.123456789Z lost", TEN + timedelta(microseconds=123456)),
    ("2026-11-24T10:11:12 lost", TEN),
    ("2026-11-24T10:11 lost", TEN.replace(second=0)),
    ("2026-11-24t10:11:12z lost", TEN),
    # Python, Java, PostgreSQL, Rails, nginx's error log
    ("2026-11-24 10:11:12,123 ERROR lost", TEN + MS),
    ("[2026-11-24 10:11:12] lost", TEN),
    ("[2026-11-24 10:11:12,123: ERROR/MainProcess] lost", TEN + MS),
    ("ERROR 2026-11-24 10:11:12 lost", TEN),
    ("2026-11-24 10:11:12.123 UTC [4711] FATAL: lost", TEN + MS),
    ("2026-11-24 12:11:12 +0200 lost", TEN),
    ("2026/11/24 10:11:12 [error] 31#31: lost", TEN),
    ("2026-11-24 10:11:12 -1234 is no zone", TEN),
    # syslog and the C library
    ("Nov 24 10:11:12 web-1 shop[4711]: lost", TEN),
    ("<27>Nov 24 10:11:12 web-1 shop: lost", TEN),
    ("[Tue Nov 24 10:11:12.123456 2026] [core:error] lost", TEN + timedelta(microseconds=123456)),
    ("Nov  4 10:11:12 web-1 shop: lost", datetime(2026, 11, 4, 10, 11, 12, tzinfo=UTC)),
    # access logs
    ('10.1.2.3 - - [24/Nov/2026:10:11:12 +0000] "GET / HTTP/1.1" 500 0', TEN),
    ('10.1.2.3 - mia [24/Nov/2026:05:11:12 -0500] "GET /?d=2020-01-01T00:00:00Z"', TEN),
    (
        '2001:0db8:85a3:0000:0000:8a2e:0370:7334 - - [24/Nov/2026:10:11:12 +0000] "GET /"',
        TEN,
    ),
    ("1234:M 24 Nov 2026 10:11:12.123 * lost", TEN + MS),
    # the epoch
    ("1795515072 lost", TEN),
    ("1795515072.123 lost", TEN + MS),
    ("1795515072123 lost", TEN + MS),
    ("[1795515072] lost", TEN),
    # structured lines, wherever the time stands
    ('{"level":"error","time":"2026-11-24T10:11:12Z","msg":"lost"}', TEN),
    ('{"msg":"due 2020-01-01T00:00:00Z","ts":1795515072.123}', TEN + MS),
    ('{"@timestamp": "2026-11-24T10:11:12.123Z", "message": "lost"}', TEN + MS),
    ('{"start_time": "2020-01-01T00:00:00Z", "timestamp": 1795515072123}', TEN + MS),
    ('level=error msg="lost the connection to the database" ts=2026-11-24T10:11:12Z', TEN),
]


@pytest.mark.parametrize(("line", "moment"), FORMS)
def test_usual_stamps_are_read(line: str, moment: datetime) -> None:
    assert moment_of(line, NOW, UTC) == moment


NOT_STAMPED = [
    "",
    "lost the connection",
    "Traceback (most recent call last):",
    '  File "app.py", line 2026, in lost',
    "    at 2026-11-24T10:11:12Z it was well",
    "\t2026-11-24 10:11:12 in a continued line",
    "ValueError: the order that came in with the number 7 is of 2020-01-01 00:00:00",
    "2026-13-24 10:11:12 no such month",
    "2026-11-31 10:11:12 no such day",
    "2026-11-24 25:11:12 no such hour",
    "Feb 30 10:11:12 no such day",
    "4111111111111111 is a card number",
    "order 1795515072 failed",
    '{"msg":"lost"}',
    '{"time":"yesterday"}',
    "May the connection be lost",
]


@pytest.mark.parametrize("line", NOT_STAMPED)
def test_other_lines_bear_none(line: str) -> None:
    assert moment_of(line, NOW, UTC) is None


def test_a_stamp_without_a_zone_is_local() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    assert moment_of("2026-11-24 11:11:12 lost", NOW, berlin) == TEN
    assert moment_of("2026-07-24 12:11:12 lost", NOW, berlin) == TEN.replace(month=7)
    assert moment_of("2026-11-24 11:11:12Z lost", NOW, berlin) == TEN + timedelta(hours=1)


def test_the_zone_of_this_machine_is_meant_when_none_is_given() -> None:
    local = datetime(2026, 11, 24, 10, 11, 12).astimezone()
    assert moment_of("2026-11-24 10:11:12 lost", NOW) == local


NEW_YEAR = datetime(2027, 1, 1, 0, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("line", "now", "moment"),
    [
        ("Dec 31 23:59:59 old", NEW_YEAR, datetime(2026, 12, 31, 23, 59, 59, tzinfo=UTC)),
        ("Jan  1 00:10:00 new", NEW_YEAR, datetime(2027, 1, 1, 0, 10, tzinfo=UTC)),
        # The other side of the year's end, where a clock is a little ahead.
        (
            "Jan  1 00:00:01 ahead",
            NEW_YEAR - timedelta(hours=1),
            datetime(2027, 1, 1, 0, 0, 1, tzinfo=UTC),
        ),
        ("Feb 29 10:00:00 leap", NOW, datetime(2024, 2, 29, 10, tzinfo=UTC)),
        ("Nov 26 10:00:00 last year", NOW, datetime(2025, 11, 26, 10, tzinfo=UTC)),
    ],
)
def test_syslog_gets_the_year_that_is_not_in_the_future(
    line: str, now: datetime, moment: datetime
) -> None:
    assert moment_of(line, now, UTC) == moment


def test_a_leap_second_is_read() -> None:
    assert moment_of("2016-12-31T23:59:60Z leap", NOW) == datetime(
        2016, 12, 31, 23, 59, 59, tzinfo=UTC
    )


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2090, 1, 1)),  # noqa: DTZ001
    st.integers(-14 * 4, 14 * 4),
    st.sampled_from(["T", " "]),
)
def test_what_python_writes_is_read_back(at: datetime, quarters: int, between: str) -> None:
    stamped = at.replace(tzinfo=timezone(timedelta(minutes=15 * quarters)))
    assert moment_of(f"{stamped.isoformat(between)} lost", NOW) == stamped


@given(st.text())
def test_any_text_is_looked_at_without_an_error(line: str) -> None:
    moment = moment_of(line, NOW, UTC)
    assert moment is None or moment.tzinfo is not None
