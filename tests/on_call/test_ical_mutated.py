"""Whatever happens to a calendar there is an answer, and what happens to one event stays there."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.on_call.ical import BadCalendar, Found, read, shifts
from tests.examples import examples
from tests.on_call.ics import calendar, event, week

PEOPLE = {"ana": "Ana Berg", "ben": "Ben Carter", "cem": "Cem Özgür"}
BEGINS = datetime(2026, 12, 1, tzinfo=UTC)
ZONE = "\r\n".join(
    [
        *("BEGIN:VTIMEZONE", "TZID:Our clock", "BEGIN:STANDARD", "DTSTART:16010101T030000"),
        *("TZOFFSETFROM:+0200", "TZOFFSETTO:+0100", "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=10"),
        *("END:STANDARD", "END:VTIMEZONE"),
    ]
)
NIGHT = ";TZID=Europe/Berlin:20261202T220000", ";TZID=Europe/Berlin:20261203T060000"


def found(content: bytes) -> Found:
    return shifts(
        read(content),
        PEOPLE,
        team="network",
        tier="L1",
        zone="Europe/Berlin",
        begins=BEGINS,
        ends=BEGINS + timedelta(days=31),
        addresses={"ana": ["ana@fernhill.example"]},
    )


BENT = [
    event("ana", *NIGHT, "RRULE:FREQ=DAILY;COUNT=4;X-A=1", "EXDATE:20261203T210000Z", uid="first"),
    "BEGIN:VALARM\r\nTRIGGER:-PT5M\r\nEND:VALARM",
    event("Duty", ";TZID=Our clock:20261210T220000", "", "DURATION:PT8H", uid="second").replace(
        "END:VEVENT", "ATTENDEE;CN=Ana Berg:mailto:ana@fernhill.example\r\nEND:VEVENT"
    ),
]
OTHERS = [
    event("ben", *NIGHT, "RRULE:FREQ=WEEKLY", uid="third"),
    event("cem", *NIGHT, "RECURRENCE-ID;TZID=Europe/Berlin:20261209T220000", uid="third"),
    week("cem", "20261220", "20261222"),
]
LINES = calendar(*OTHERS[:1], *BENT, *OTHERS[1:], head=ZONE).decode().split("\r\n")
OF_OTHERS = found(calendar(*OTHERS)).shifts
BEGIN = LINES.index("UID:first") - 1
END = len(LINES) - 1 - LINES[::-1].index("UID:second") + 6
"""The lines of the events to be bent, from the first BEGIN to the last END."""

PIECES = st.sampled_from(
    [
        *("BEGIN:VEVENT", "END:VEVENT", "BEGIN:VALARM", "END:VALARM", "BEGIN:VCALENDAR"),
        *("BEGIN:VTIMEZONE", "END:VTIMEZONE", "BEGIN:X", "RRULE:FREQ=HOURLY;BYMONTHDAY=31"),
        *("RDATE:", "RDATE;VALUE=PERIOD:20261205T210000Z/P99999999W", "EXDATE:20260326,", "DTEND:"),
        *("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30;COUNT=2", "DTSTART;TZID=X:99991231T235959"),
        *("RECURRENCE-ID;RANGE=THISANDFUTURE:20261203T210000Z", "DURATION:-P1D", "SEQUENCE:-9"),
        *("METHOD:CANCEL", "X-WR-TIMEZONE:Asia/Tokyo", "X-WR-TIMEZONE:Ours", "EXRULE:FREQ=DAILY"),
        *("RECURRENCE-ID;RANGE=THISANDFUTURE:20261203", "SUMMARY:Canceled: ana", "TIMEZONE-ID:?"),
        *("RECURRENCE-ID:", "UNTIL=99999999", "RRULE:FREQ=DAILY;UNTIL=00010101T000000Z", " x", ""),
        *("DTSTART:00010101", "DTSTART;TZID=GMT+9999:20261201T000000", 'X;A="', "STATUS:CANCELLED"),
        *("RRULE:FREQ=WEEKLY;BYDAY=99MO;BYSETPOS=400", "RRULE:FREQ=YEARLY;BYEASTER=1", "\ufeff"),
        *("SUMMARY:" + "," * 300, "SUMMARY:" + "(" * 500, "ATTENDEE;CN=:", "BEGIN:" + "V" * 90),
    ]
)
NUMBERS = st.integers(0, len(LINES) - 1)
CHANGES = st.one_of(
    st.tuples(st.just("lost"), NUMBERS, PIECES),
    st.tuples(st.just("twice"), NUMBERS, PIECES),
    st.tuples(st.just("instead"), NUMBERS, PIECES),
    st.tuples(st.just("before"), NUMBERS, PIECES),
    st.tuples(st.just("swapped"), NUMBERS, PIECES),
)


def changed(lines: Sequence[str], how: str, at: int, piece: str) -> list[str]:
    at = min(at, len(lines) - 1)
    before, line, after = [*lines[:at]], lines[at], [*lines[at + 1 :]]
    if how == "swapped" and after:
        return [*before, after[0], line, *after[1:]]
    middle = {"lost": [], "twice": [line, line], "instead": [piece], "before": [piece, line]}
    return [*before, *middle.get(how, [line]), *after]


def is_answer(content: bytes) -> None:
    try:
        answer = found(content)
    except BadCalendar:
        return
    assert all(each.starts < each.ends and each.people for each in answer.shifts)


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(CHANGES, min_size=1, max_size=5))
def test_a_calendar_with_changed_lines_has_an_answer(changes: list[tuple[str, int, str]]) -> None:
    lines: Sequence[str] = LINES
    for change in changes:
        lines = changed(lines, *change)
    is_answer("\r\n".join(lines).encode())


WHOLE = "\r\n".join(LINES).encode()


@settings(max_examples=examples(150), deadline=None)
@given(st.lists(st.tuples(st.integers(0, len(WHOLE) - 1), st.binary(max_size=3)), max_size=6))
def test_a_calendar_with_flipped_bytes_has_an_answer(flips: list[tuple[int, bytes]]) -> None:
    content = WHOLE
    for at, piece in flips:
        content = content[:at] + piece + content[at + 1 :]
    is_answer(content)


@settings(max_examples=examples(200), deadline=None)
@given(st.integers(BEGIN, END - 1), st.integers(0, 60), st.binary(max_size=3), st.booleans())
def test_one_line_of_one_event_leaves_the_shifts_of_the_others(
    number: int, at: int, piece: bytes, lost: bool
) -> None:
    lines = [line.encode() for line in LINES]
    line = lines[number]
    lines[number : number + 1] = [] if lost else [line[:at] + piece + line[at + 1 :]]
    answer = found(b"\r\n".join(lines))
    for shift in OF_OTHERS:
        assert shift in answer.shifts


TEXTS = st.sampled_from(["20261202T220000", "20261202", "20261203T060000Z", "P1D", "", "x", "0"])
RULES = st.lists(
    st.sampled_from(
        [
            *("FREQ=DAILY", "FREQ=HOURLY", "FREQ=MONTHLY", "FREQ=", "COUNT=3", "COUNT=0", "COUNT="),
            *("INTERVAL=2", "INTERVAL=999999999", "BYDAY=MO,-1FR", "BYMONTHDAY=-31", "BYHOUR=24"),
            *("UNTIL=20261204", "UNTIL=20261204T000000Z", "UNTIL=1", "WKST=XX", "BYSETPOS=0", ";"),
            *("BYWEEKNO=53", "BYYEARDAY=366", "BYSECOND=60", "BYMINUTE=-1", "BYMONTH=13", "A=B"),
        ]
    ),
    max_size=4,
).map(lambda parts: "RRULE:" + ";".join(parts))
PROPERTIES = st.one_of(
    RULES,
    st.builds(
        "{}{}:{}".format,
        st.sampled_from(["DTSTART", "DTEND", "DURATION", "RDATE", "EXDATE", "RECURRENCE-ID"]),
        st.sampled_from(["", ";VALUE=DATE", ";VALUE=PERIOD", ";TZID=Europe/Berlin", ";TZID=?"]),
        st.one_of(TEXTS, st.builds("{}/{}".format, TEXTS, TEXTS)),
    ),
    st.sampled_from(["UID:1", "UID:2", "SUMMARY:ana", "SUMMARY:x", "STATUS:CANCELLED"]),
)
EVENTS = st.lists(PROPERTIES, max_size=9).map(
    lambda lines: "\r\n".join(["BEGIN:VEVENT", *lines, "END:VEVENT"])
)


@settings(max_examples=examples(300), deadline=None)
@given(st.lists(EVENTS, min_size=1, max_size=4))
def test_any_events_have_an_answer(events: list[str]) -> None:
    answer = found(calendar(*events))
    assert all(each.starts < each.ends and each.people for each in answer.shifts)
