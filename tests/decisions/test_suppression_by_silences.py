"""What a silence is for, and which silences may be given at all."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from pydantic import ValidationError

from standfast.decisions.suppression import matches
from standfast.incidents.assessment import Assessed, Level, Priority, Scope
from standfast.incidents.report import Report
from standfast.incidents.silence import Matcher, NewSilence, refusal
from tests.decisions.anything import TEXT

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, INSTANT = timedelta(hours=1), timedelta(microseconds=1)


def assessed(
    title: str = "Disk full on db1", *, priority: Priority = Priority.P4, **report: Any
) -> Assessed:
    fields: dict[str, Any] = {"service": "shop", "labels": {"host": "DB1.lan"}}
    return Assessed(
        report=Report(title=title, **(fields | report)),
        impact=Level.LOW,
        urgency=Level.MEDIUM,
        scope=Scope.USER,
        priority=priority,
        category="network",
    )


# What a silence is for


MATCHING: list[tuple[str, dict[str, Any], bool]] = [
    ("its service", {"services": ["shop"]}, True),
    ("another service", {"services": ["wiki"]}, False),
    ("one of several services", {"services": ["wiki", "shop"]}, True),
    ("upper and lower case alike", {"services": ["SHOP"]}, True),
    ("the beginning of the service", {"services": ["sh*"]}, True),
    ("another beginning", {"services": ["hop*"]}, False),
    ("the whole service and any ending", {"services": ["shop*"]}, True),
    ("a service is matched whole", {"services": ["sho"]}, False),
    ("a star in the middle is only a star", {"services": ["s*p"]}, False),
    ("its category", {"categories": ["network"]}, True),
    ("another category", {"categories": ["data", "net"]}, False),
    ("its team", {"teams": ["net*"]}, True),
    ("another team", {"teams": ["desk"]}, False),
    ("its priority", {"priorities": ["P5", "P4"]}, True),
    ("another priority", {"priorities": ["P1"]}, False),
    ("its label", {"labels": {"host": "db1.lan"}}, True),
    ("the beginning of its label", {"labels": {"host": "db*"}}, True),
    ("any value of its label", {"labels": {"host": "*"}}, True),
    ("another value of its label", {"labels": {"host": "db1"}}, False),
    ("an empty value", {"labels": {"host": ""}}, False),
    ("a label that it has not", {"labels": {"rack": "*"}}, False),
    ("labels are named exactly", {"labels": {"Host": "*"}}, False),
    ("all labels must be there", {"labels": {"host": "*", "rack": "*"}}, False),
    ("a word of the title", {"words": ["DISK"]}, True),
    ("several words in their order", {"words": ["disk full"]}, True),
    ("in another order", {"words": ["full disk"]}, False),
    ("punctuation separates words", {"words": ["on-db1"]}, True),
    ("the beginning of a word", {"words": ["dis*"]}, True),
    ("a word is matched whole", {"words": ["dis"]}, False),
    ("one of several words", {"words": ["nope", "full"]}, True),
    ("none of several words", {"words": ["nope", "never"]}, False),
    ("words of the description do not count", {"words": ["quota"]}, False),
    ("all that is given", {"services": ["shop"], "words": ["disk"], "priorities": ["P4"]}, True),
    ("all but one that is given", {"services": ["shop"], "words": ["cpu"]}, False),
    ("all but one that is given", {"services": ["shop"], "priorities": ["P3"]}, False),
    ("everything", {"everything": True}, True),
]


@pytest.mark.parametrize(
    ("matcher", "expected"), [row[1:] for row in MATCHING], ids=[row[0] for row in MATCHING]
)
def test_what_a_silence_is_for(matcher: dict[str, Any], expected: bool) -> None:
    incident = assessed(description="The quota is used up", error_message="quota")
    assert matches(Matcher(**matcher), incident, "network") is expected


def test_a_report_without_a_service_matches_no_service() -> None:
    assert not matches(Matcher(services=["shop"]), assessed(service=""), "network")
    assert not matches(Matcher(services=["s*"]), assessed(service=""), "network")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({}, "silence everything, which has to be asked for by that name"),
        ({"services": [], "labels": {}}, "give a service, category, team, priority"),
        ({"everything": True, "services": ["shop"]}, "everything leaves nothing to choose"),
        ({"services": ["*"]}, "needs a letter or a digit"),
        ({"teams": ["  *"]}, "needs a letter or a digit"),
        ({"words": ["!?"]}, "needs a letter or a digit"),
        ({"words": ["\x00\x1b"]}, "must not be empty"),
        ({"words": ["x" * 100_000]}, "is 100000 characters long; at most 200 are allowed"),
        ({"words": [f"w{n}" for n in range(51)]}, "at most 50 items"),
        ({"labels": {" ": "x"}}, "must not be empty"),
        ({"labels": {f"k{n}": "*" for n in range(51)}}, "at most 50 items"),
        ({"labels": {"host": "x" * 501}}, "is 501 characters long"),
        ({"priorities": ["P9"]}, "Input should be 'P1'"),
        ({"service": ["shop"]}, "Extra inputs are not permitted"),
    ],
)
def test_a_matcher_that_says_too_little_or_too_much_is_refused(
    given: dict[str, Any], says: str
) -> None:
    with pytest.raises(ValidationError, match=says.replace("?", r"\?")):
        Matcher(**given)


def test_a_matcher_says_in_words_what_it_is_for() -> None:
    matcher = Matcher(
        services=["shop", "web*"],
        categories=["network"],
        priorities=["P4", "P5"],
        labels={"host": "db1"},
        words=["disk full", "quota"],
    )
    assert matcher.in_words == (
        "service shop or web*, category network, priority P4 or P5, label host=db1, "
        "'disk full' or 'quota' in the title"
    )
    assert Matcher(teams=["desk"]).in_words == "team desk"
    assert Matcher(everything=True).in_words == "everything"


# What may be asked for


def new(starts: datetime = NOON, ends: datetime = NOON + HOUR, **fields: Any) -> NewSilence:
    usual = {"matcher": Matcher(services=["shop"]), "by": "ana", "reason": "upgrade"}
    return NewSilence(**(usual | fields), starts=starts, ends=ends)


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"ends": NOON}, "it ends 2026-11-24 12:00:00 UTC, which is not after its start"),
        ({"ends": NOON - INSTANT}, "is not after its start 2026-11-24 12:00:00 UTC"),
        ({"ends": NOON + timedelta(days=90) + INSTANT}, "it lasts 90 d; a silence ends at most 90"),
        ({"ends": NOON + timedelta(days=4000)}, "it lasts 4000 d"),
        ({"starts": datetime(2026, 11, 24, 11)}, "should have timezone info"),  # noqa: DTZ001
        ({"starts": datetime(1969, 1, 1, tzinfo=UTC)}, "must be a moment from 1970 on"),
        ({"by": " "}, "must not be empty"),
        ({"by": "x" * 201}, "is 201 characters long"),
        ({"reason": "\x1b \n"}, "must not be empty: say why nobody is to be paged"),
        ({"reason": "x" * 100_000}, "is 100000 characters long; at most 2000 are allowed"),
    ],
)
def test_a_silence_that_cannot_be_is_refused_in_words(fields: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        new(**fields)


def test_ninety_days_are_taken_and_control_characters_are_left_out() -> None:
    taken = new(ends=NOON + timedelta(days=90), by="a\x1b[31mna\u202e", reason="up\x00grade\r\nnow")
    assert (taken.by, taken.reason) == ("a[31mna", "upgrade\nnow")


def test_one_that_would_be_over_already_is_refused_and_one_that_has_begun_is_not() -> None:
    begun = new(starts=NOON - HOUR, ends=NOON + INSTANT)
    assert refusal(begun.ends, NOON) is None
    over = "it would be over already: it ends 2026-11-24 12:00:00 UTC"
    assert refusal(begun.ends, NOON + INSTANT) == over


@given(TEXT, TEXT, TEXT)
def test_no_text_whatsoever_breaks_a_matcher(title: str, service: str, value: str) -> None:
    about = assessed(f"x{title}", service=service[:100], labels={"host": value})
    for wanted in ("a*", "x", "İ"):
        matcher = Matcher(words=[wanted], services=[wanted], labels={"host": f"{value}"})
        matches(matcher, about, "network")
    if about.report.service and any(c.isalnum() for c in about.report.service):
        assert matches(Matcher(services=[about.report.service]), about, "network")
    assert matches(Matcher(labels={"host": value}), about, "network")
