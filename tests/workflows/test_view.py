"""What an episode knows is seen: of each field of its state, or it is said why not."""

from datetime import timedelta

from standfast.incidents.report import Report
from tests.incidents.filled import AT, filled, texts_in
from workflows.case import Case
from workflows.state import State
from workflows.view import Step, view_of

NOT_SHOWN = {
    "monitors": "which of the reporters are monitors; what they say of its end is `recovered`",
    "latest": "`newest` says the same in other numbers",
    "service": "in the report, where that named none",
    "severity_rose": "until it is judged, which the decision tells",
    "members.by_key": "a key; its name is shown",
    "ledger": "its lines are shown; the rest is for the next judgement",
    "became_critical": "until it has escalated, for which the decision gives the reason",
    "triage": "a decision; its levels, similar incidents and likely path are fields",
    "classification": "a decision; the runbook's own decision says which and why",
    "assignment": "a decision; whom it pages next is shown while it is open",
    "paging_round": "each page and each refusal is on the timeline",
    "followers": "told at the end, which is on the timeline",
    "clocks": "what is waited for, while it is open",
    "hold.by": "on the timeline",
    "escalation": "on the timeline",
    "plans": "decisions",
    "policy_version": "with each decision",
    "reached": "each page is on the timeline",
    "reached_before": "the same",
    "told_it_is_over": "each message is a delivery",
    "next_reports": "the reports of the next episode",
    "counted": "names of our counters",
    "recovered": "who said so is shown; what they said is on the timeline",
}
"""By the path of the field, or of what it is in."""


def test_an_episode_shows_all_that_it_knows() -> None:
    state = filled(State)
    view = view_of(state, Step("x", AT))
    shown = {text for _, text in texts_in(view)}
    hidden = {where for where, text in texts_in(state) if text not in shown}
    assert {where for where in hidden if not _is_told(where)} == set()
    assert {place for place in NOT_SHOWN if any(_is_in(where, place) for where in hidden)} == set(
        NOT_SHOWN
    )


def _is_told(where: str) -> bool:
    return any(_is_in(where, place) for place in NOT_SHOWN)


def _is_in(where: str, place: str) -> bool:
    return f"{where}.".startswith(f"{place}.")


def test_the_service_is_that_of_the_first_report_that_names_one() -> None:
    first, second, third = (
        Report(title="Nothing opens", reporter=name, service=service)
        for name, service in (("mia", ""), ("rita", "wiki"), ("ralf", "mail"))
    )
    state = Case(report=first).opened("INC-AAAAAAAAAA", AT)
    for report in (second, third):
        state.take(report)
    view = view_of(state, Step("x", AT + timedelta(minutes=1)))
    assert (view.report.service, view.report.reporter) == ("wiki", "mia")
    assert state.report == first
