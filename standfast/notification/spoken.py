"""Text that is read aloud: what only the eye can take in is left out, times are spelled."""

import re
from datetime import datetime

_ADDRESS = re.compile(r"\b[a-z][a-z0-9+.-]*://\S+|\bwww\.\S+", re.I)
_ID = re.compile(r"\(?\b(?:INC|SIL|OVR)-[A-Z2-7]{6,10}\b\)?")
_PRIORITY = re.compile(r"\bP([1-5])\b")
_THOUSANDS = re.compile(r"(?<=\d),(?=\d{3}\b)")
_UNITS = {"s": "second", "min": "minute", "h": "hour", "d": "day"}
_SPAN = re.compile(r"\b(\d+) (s|min|h|d)\b")
_SIGNS = re.compile(r"[`*_<>{}\[\]|\\#~^]+")

_DIGITS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_HOURS = ("twelve", *_DIGITS[1:], "ten", "eleven")
_TEENS = (
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
)
_TENS = ("", "", "twenty", "thirty", "forty", "fifty")


def spoken(text: str) -> str:
    """The text without ids and addresses, and with priorities and units in words.

    >>> spoken("george has it: acknowledged 1 min 40 s ago")
    'george has it: acknowledged 1 minute 40 seconds ago'

    >>> spoken("P1 Mail is down (INC-7F3K2QXWM4), see https://wiki.example/mail for 1,200 people")
    'priority one Mail is down, see a link for 1200 people'
    """
    text = _ID.sub("", _ADDRESS.sub("a link", text))
    text = _SPAN.sub(_in_full, text)
    text = _PRIORITY.sub(lambda found: f"priority {_DIGITS[int(found[1])]}", text)
    text = _SIGNS.sub(" ", _THOUSANDS.sub("", text))
    return re.sub(r"\s+([,.;:!?])", r"\1", " ".join(text.split()))


def _in_full(span: re.Match[str]) -> str:
    number, unit = span[1], _UNITS[span[2]]
    return f"{number} {unit}" if number == "1" else f"{number} {unit}s"


def spoken_time(moment: datetime) -> str:
    """A time of day as people say it, by the clock of its own zone.

    >>> spoken_time(datetime(2026, 11, 30, 3, 5)), spoken_time(datetime(2026, 11, 30, 15, 0))
    ('three oh five in the morning', "three o'clock in the afternoon")
    """
    hour, minute = moment.hour, moment.minute
    if minute == 0:
        minutes = "o'clock"
    elif minute < 10:
        minutes = f"oh {_DIGITS[minute]}"
    elif minute < 20:
        minutes = _TEENS[minute - 10]
    else:
        minutes = f"{_TENS[minute // 10]} {_DIGITS[minute % 10]}".rstrip()
    return f"{_HOURS[hour % 12]} {minutes} {_part_of_day(hour)}"


def _part_of_day(hour: int) -> str:
    if hour >= 22 or hour == 0:
        return "at night"
    if hour < 12:
        return "in the morning"
    return "in the afternoon" if hour < 18 else "in the evening"
