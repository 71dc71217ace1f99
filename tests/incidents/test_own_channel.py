"""Rules as they are typed, and the time in which a person is not paged about what can wait."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from standfast.incidents.own_channel import (
    NewOwnChannel,
    PagingRules,
    QuietTime,
    read_rules,
    rules_in_words,
)


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("push now, sms after 2m, call 5m", "push now, sms after 2m, call after 5m"),
        ("call 90s, push", "push now, call after 1m30s"),
        ("push, push 1m", "push now, push after 1m"),
        ("", ""),
    ],
)
def test_rules_are_read_and_said(typed: str, words: str) -> None:
    rules = PagingRules.model_validate({"high": read_rules(typed)})
    assert rules_in_words(rules.high) == words
    assert PagingRules.model_validate({"high": read_rules(words)}) == rules
    assert PagingRules.model_validate_json(rules.model_dump_json()) == rules


@pytest.mark.parametrize(
    ("typed", "wrong"),
    [
        ("sms 2m", "the first channel must page now"),
        ("push, sms 2h", "must be between now and 1h"),
        ("push, push", "the same channel stands twice"),
        (", ".join(["push", *(f"sms {n}m" for n in range(1, 9))]), "at most 8"),
    ],
)
def test_wrong_rules(typed: str, wrong: str) -> None:
    with pytest.raises(ValidationError, match=wrong):
        PagingRules.model_validate({"high": read_rules(typed)})


@pytest.mark.parametrize("typed", ["push in 2m", "push now please", "sms 2x"])
def test_what_is_no_rule(typed: str) -> None:
    with pytest.raises(ValueError, match="is no rule"):
        read_rules(typed)


@pytest.mark.parametrize(
    ("begins", "ends", "zone", "right"),
    [
        ("22:00", "07:00", "Europe/Berlin", True),
        ("12:00", "13:00", "UTC", True),
        ("08:00", "20:00", "UTC", True),
        ("07:00", "22:00", "UTC", False),
        ("07:00", "07:00", "UTC", False),
        ("22:00", "07:00", "Europe/Nowhere", False),
        ("22", "7", "UTC", False),
    ],
)
def test_quiet_time(begins: str, ends: str, zone: str, *, right: bool) -> None:
    given = {"begins": begins, "ends": ends, "time_zone": zone}
    if not right:
        with pytest.raises(ValidationError):
            QuietTime.model_validate(given)
        return
    day = QuietTime.model_validate(given).day
    assert day.spans[0].length >= timedelta(hours=12)


@pytest.mark.parametrize(
    "given",
    [
        {"method": "sms", "address": "+49301234567", "name": "My Phone"},
        {"method": "sms", "address": "", "name": ""},
        {"method": "sms", "address": "x" * 300},
        {"method": "sms", "address": "+49301234567", "url": "http://127.0.0.1"},
    ],
)
def test_what_cannot_be_asked_for(given: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        NewOwnChannel.model_validate(given)
