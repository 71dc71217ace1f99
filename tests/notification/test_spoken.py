"""What is read aloud: no ids, no addresses, priorities and times in words."""

from datetime import UTC, datetime

import pytest

from standfast.notification.spoken import spoken, spoken_time

SAID = [
    ("P1", "priority one"),
    ("P2 to P3", "priority two to priority three"),
    ("Mail is down (INC-7F3K2QXWM4)", "Mail is down"),
    ("INC-7F3K2QXWM4, again", ", again"),
    ("See https://wiki.example/a?b=c now", "See a link now"),
    ("1,200 people, 3,000,000 in all", "1200 people, 3000000 in all"),
    ("`rm -rf` <b>*now*</b>", "rm -rf b now /b"),
    ("CPU at 95 %", "CPU at 95 %"),
]


@pytest.mark.parametrize(("text", "said"), SAID)
def test_what_only_the_eye_takes_in_is_not_said(text: str, said: str) -> None:
    assert spoken(text) == said


TIMES = [
    (0, 0, "twelve o'clock at night"),
    (3, 12, "three twelve in the morning"),
    (3, 5, "three oh five in the morning"),
    (12, 30, "twelve thirty in the afternoon"),
    (17, 59, "five fifty nine in the afternoon"),
    (19, 41, "seven forty one in the evening"),
    (23, 10, "eleven ten at night"),
]


@pytest.mark.parametrize(("hour", "minute", "said"), TIMES)
def test_times_are_said_as_people_say_them(hour: int, minute: int, said: str) -> None:
    assert spoken_time(datetime(2026, 11, 30, hour, minute, tzinfo=UTC)) == said
