"""What is found in a report, and what only looks like it."""

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.decisions.report_conditions import searchable
from standfast.incidents.report import LONGEST_DESCRIPTION, Report
from standfast.policy.rules import ReportCondition

WORDS = [
    # text, phrase, what is found
    ("The VPN is gone", "vpn", "vpn"),
    ("vpn.", "vpn", "vpn"),
    ("all vpns", "vpn", None),
    ("all vpns", "vpn*", "vpns"),
    ("openvpn", "vpn*", None),
    ("Please sign-in again", "sign in", "sign in"),
    ("sign\n  in", "sign-in", "sign in"),
    ("assign in turn", "sign in", None),
    ("sign inn", "sign in", None),
    ("disk_full on web-1", "disk full", "disk full"),
    ("I can’t log in", "can't log in", "can t log in"),
    ("Straße gesperrt", "STRASSE", "strasse"),
    ("DÉBIT", "débit", "débit"),
    ("débit", "de\u0301bit", "débit"),
    ("débit", "bit", None),
    ("Ärger mit Müller", "müller", "müller"),
    ("ﬁle share", "file", "file"),  # a ligature is the letters it stands for
    ("सेवा बंद", "सेवा", "सेवा"),
    ("सेवा बंद", "सेव", None),  # a vowel sign belongs to its word
    ("c++ and c#", "c", "c"),
    ("(a.*) matches", "a.*z", None),  # no phrase is ever a regular expression
]


@pytest.mark.parametrize(("text", "phrase", "found"), WORDS)
def test_whole_words_are_found(text: str, phrase: str, found: str | None) -> None:
    expected = () if found is None else (f"{found!r} in the text",)
    assert searchable(Report(title=text)).evidence(ReportCondition(words=(phrase,))) == expected


def test_words_are_looked_for_in_title_description_and_impact_but_not_across_them() -> None:
    report_text = searchable(Report(title="paper", description="jam", impact_statement="toner"))
    assert [
        bool(report_text.evidence(ReportCondition(words=(word,))))
        for word in ("paper", "jam", "toner")
    ] == [
        True,
        True,
        True,
    ]
    assert report_text.evidence(ReportCondition(words=("paper jam",))) == ()
    assert report_text.evidence(ReportCondition(words=("paper | jam",))) == ()


def test_errors_are_looked_for_in_the_error_message_alone() -> None:
    report_text = searchable(Report(title="timeout", error_message="ECONNREFUSED 10.0.0.1"))
    assert report_text.evidence(ReportCondition(error=("econnrefused",))) == (
        "'econnrefused' in the error message",
    )
    assert report_text.evidence(ReportCondition(error=("timeout",))) == ()
    assert report_text.evidence(ReportCondition(words=("econnrefused",))) == ()


REPORT = Report(
    title="Slow", service="erp", error_message="E42", labels={"severity": "Critical", "site": ""}
)
TOGETHER = [
    (ReportCondition(words=("slow",), services=("erp",)), True),
    (ReportCondition(words=("slow",), services=("vpn",)), False),
    (ReportCondition(words=("fast",), services=("erp",)), False),
    (ReportCondition(words=("fast", "slow")), True),
    (ReportCondition(words=("slow",), error=("e42",)), True),
    (ReportCondition(words=("slow",), error=("e43",)), False),
    (ReportCondition(services=("vpn", "erp")), True),
    (ReportCondition(labels={"severity": "critical"}), True),
    (ReportCondition(labels={"severity": "warning"}), False),
    (ReportCondition(labels={"severity": "*"}), True),
    (ReportCondition(labels={"site": "*"}), True),
    (ReportCondition(labels={"site": ""}), True),
    (ReportCondition(labels={"severity": "critical", "team": "*"}), False),
]


@pytest.mark.parametrize(("condition", "holds"), TOGETHER)
def test_every_condition_that_is_given_must_hold(condition: ReportCondition, holds: bool) -> None:
    assert bool(searchable(REPORT).evidence(condition)) is holds


def test_the_evidence_says_what_was_found_where() -> None:
    condition = ReportCondition(
        words=("slow*",), services=("erp",), labels={"severity": "critical"}
    )
    assert searchable(REPORT).evidence(condition) == (
        "'slow' in the text",
        "service erp",
        "label severity=critical",
    )


@given(st.text(st.characters()), st.text(st.characters(), min_size=1, max_size=200))
def test_any_text_can_be_searched_for_any_phrase(text: str, phrase: str) -> None:
    report = Report(title=f"x {text}"[:300], description=text, error_message=text)
    evidence = searchable(report).evidence(ReportCondition.model_construct(words=(phrase,)))
    assert len(evidence) <= 1


@pytest.mark.parametrize("text", ["a", "a ", "a" * 199 + "b ", "\u0301", "ﷺ"])
def test_the_longest_text_is_searched_in_no_time(text: str) -> None:
    description = (text * LONGEST_DESCRIPTION)[:LONGEST_DESCRIPTION]
    conditions = [ReportCondition(words=(f"{'a ' * n}c", f"{'a' * n}c*")) for n in range(1, 90)]
    started = time.process_time()
    report_text = searchable(Report(title="x", description=description))
    assert not any(report_text.evidence(condition) for condition in conditions)
    assert time.process_time() - started < 1


@pytest.mark.parametrize("phrase", ["*", "?!", ".*", "--"])
def test_a_phrase_that_could_never_be_found_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="would never be found"):
        ReportCondition(words=(phrase,))
