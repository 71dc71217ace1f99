"""Category, team and runbook by the policy's weighted rules."""

from typing import Any

import pytest
from hypothesis import given

from standfast.decisions.classification import classify
from standfast.incidents.assessment import ApprovalRule, Classification
from standfast.incidents.report import Report
from standfast.policy_file.loading import load_policy
from standfast.policy_file.shipped import SHIPPED_POLICY
from tests.decisions.anything import reports
from tests.decisions.small_policy import SMALL, VERSION, small_policy

RULES: dict[str, Any] = {
    "network": {
        "team": "network",
        "rules": [
            {"weight": 1, "words": ["cable"]},
            {"weight": 2, "words": ["wifi"], "subcategory": "wireless"},
            {"weight": 3, "words": ["tunnel*"], "subcategory": "vpn"},
            {"weight": 2, "words": ["dns"], "subcategory": "names"},
            {"weight": 2, "words": ["resolver"], "subcategory": "names"},
            {"weight": 2, "words": ["tie"]},
        ],
    },
    "software": {
        "team": "apps",
        "rules": [
            {"weight": 2, "words": ["crash*"], "subcategory": "crash"},
            {"weight": 2, "error": ["panic"], "subcategory": "crash"},
            {"weight": 2, "words": ["tie"]},
        ],
    },
    "security": {"team": "guards", "rules": [{"weight": 5, "words": ["phishing"]}]},
    "data": {"team": "apps", "rules": [{"weight": 2, "words": ["tie"]}]},
    "other": {"team": "desk"},
}
TIER = {"name": "L1", "rotation": {"people": ["dee"]}}
TEAMS = SMALL["teams"] | {key: {"title": key, "tiers": [TIER]} for key in ("apps", "guards")}
SERVICES: dict[str, Any] = {
    "shop": {"title": "Shop", "category": "software"},
    "wlan": {"title": "Wireless", "category": "network"},
    "vault": {"title": "Vault", "category": "software", "team": "network"},
    "plain": {"title": "Plain"},
    "mine": {"title": "Mine", "team": "network"},
}


def decided(
    report: Report,
    runbooks: dict[str, Any] | None = None,
    thresholds: dict[str, float] | None = None,
) -> Classification:
    policy = small_policy(
        categories=RULES,
        teams=TEAMS,
        services=SERVICES,
        runbooks=runbooks or {},
        classification=thresholds or {},
    )
    return classify(policy, report)


TABLE = [
    # words, service → category, subcategory, confidence, team
    ("the wifi is gone", "", "network", "wireless", 1.0, "network"),
    ("a cable", "", "other", "", 0.0, "desk"),  # one hint is not enough
    ("a cable, and wifi", "", "network", "wireless", 1.0, "network"),
    ("wifi crashed", "", "network", "wireless", 0.5, "network"),  # even: the policy's first
    ("tunnels crashed", "", "network", "vpn", 0.6, "network"),
    ("tie", "", "other", "", 0.0, "desk"),  # three ways: nobody stands out
    ("tie", "shop", "software", "", 0.5, "apps"),  # the service speaks as well
    ("wifi", "shop", "software", "", 0.5, "apps"),  # even: the service's own first
    ("wifi, dns and resolver", "", "network", "names", 1.0, "network"),
    ("wifi and dns", "", "network", "wireless", 1.0, "network"),  # even: the first rule
    ("nothing known", "", "other", "", 0.0, "desk"),
    ("nothing known", "shop", "software", "", 1.0, "apps"),
    ("nothing known", "plain", "other", "", 0.0, "desk"),
    ("nothing known", "elsewhere", "other", "", 0.0, "desk"),
    ("nothing known", "mine", "other", "", 0.0, "desk"),  # not recognised: the desk sorts it
    ("crash", "mine", "software", "crash", 1.0, "network"),  # the service's own team
    ("crash", "vault", "software", "crash", 1.0, "network"),
    ("phishing", "vault", "security", "", 0.71, "guards"),  # but security is for security
    ("phishing", "", "security", "", 1.0, "guards"),
]


@pytest.mark.parametrize(
    ("words", "service", "category", "subcategory", "confidence", "team"), TABLE
)
def test_the_heaviest_category_wins(
    words: str, service: str, category: str, subcategory: str, confidence: float, team: str
) -> None:
    found = decided(Report(title=words, service=service))
    why = "\n".join(found.reasons)
    assert (found.category, found.subcategory) == (category, subcategory), why
    assert (found.confidence, found.team) == (confidence, team), why
    assert (found.answer, found.policy_version) == (category, VERSION)


def test_the_reasons_are_the_evidence() -> None:
    report = Report(title="Tunnel crashed", service="wlan", error_message="kernel panic")
    assert decided(report).reasons == (
        "network: 3 for 'tunnel' in the text",
        "network: 2 for service wlan, which is network by the catalogue",
        "software: 2 for 'crashed' in the text",
        "software: 2 for 'panic' in the error message",
        "network has 5 of 9, 56%",
        "team network: it looks after network",
    )


def test_a_no_is_explained_as_well() -> None:
    assert decided(Report(title="?")).reasons == (
        "none of the 11 category rules holds",
        "team desk: the service desk sorts what is not recognised",
    )
    assert decided(Report(title="A cable", service="the \N{PRINTER}")).reasons == (
        "network: 1 for 'cable' in the text",
        "service 'the \N{PRINTER}' is not in the catalogue",
        "network has 1, and 2 are needed to be sure",
        "team desk: the service desk sorts what is not recognised",
    )
    unsure = decided(Report(title="tie"), thresholds={"min_weight": 3})
    assert "network has 2, and 3 are needed to be sure" in unsure.reasons
    assert "network has 33% of all that was found, and 40% are needed to be sure" in unsure.reasons


def test_why_the_team() -> None:
    assert (
        "team network: it looks after service mine"
        in decided(Report(title="crash", service="mine")).reasons
    )
    assert (
        "team guards: it looks after security, whichever service is concerned"
        in decided(Report(title="phishing", service="vault")).reasons
    )


def book(**match: Any) -> dict[str, Any]:
    return {
        "title": "Help",
        "match": match,
        "steps": [{"run": ["help"], "within": "10s", "undo": ["unhelp"]}],
        "check": ["helped"],
        "check_within": "5s",
    }


BOOKS = {
    "any-crash": book(category="software"),
    "sub": book(category="software", subcategory="crash"),
    "shop": book(category="software", services=["shop"]),
    "shop-sub": book(category="software", subcategory="crash", services=["shop", "vault"]),
}
CHOICES = [
    # books there are, title, service → chosen, why none
    (list(BOOKS), "crash", "shop", "shop-sub", ""),
    (list(BOOKS), "crash", "", "sub", ""),
    (list(BOOKS), "crash", "elsewhere", "sub", ""),
    (list(BOOKS), "?", "shop", "shop", ""),
    (list(BOOKS), "?", "vault", "any-crash", ""),
    (["any-crash", "sub", "shop"], "crash", "shop", "shop", ""),
    (["shop"], "crash", "vault", "", "no runbook is for software/crash of service vault"),
    (["shop"], "crash", "elsewhere", "", "no runbook is for software/crash"),
    (["sub"], "?", "shop", "", "no runbook is for software of service shop"),
    (list(BOOKS), "wifi", "", "", "no runbook is for network/wireless"),
    (list(BOOKS), "?", "", "", "no runbook is for other"),
]


@pytest.mark.parametrize(("books", "title", "service", "chosen", "because"), CHOICES)
def test_the_most_specific_runbook_is_chosen(
    books: list[str], title: str, service: str, chosen: str, because: str
) -> None:
    found = decided(Report(title=title, service=service), {key: BOOKS[key] for key in books})
    assert (found.runbook.name if found.runbook else "", found.no_runbook_because) == (
        chosen,
        because,
    )


BY_WHAT = {
    "category": book(category="software"),
    "subcategory": book(category="software", subcategory="crash"),
    "words": book(words=["blue screen", "crash*"]),
    "labels": book(labels={"site": "*", "rack": "R7"}),
    "services": book(services=["shop"]),
}


@pytest.mark.parametrize(
    ("there_are", "labels", "service", "chosen"),
    [
        ("services labels words subcategory category", {"site": "a", "rack": "r7"}, "shop", 0),
        ("labels words subcategory category", {"site": "a", "rack": "r7"}, "shop", 0),
        ("labels words subcategory category", {"rack": "R7"}, "shop", 1),
        ("labels words", {"site": "a", "rack": "R71"}, "shop", 1),
        ("services words subcategory category", {}, "vault", 1),
        ("subcategory category", {}, "", 0),
        ("category", {}, "", 0),
    ],
)
@pytest.mark.parametrize("backwards", [False, True])
def test_services_come_before_labels_and_those_before_words(
    there_are: str, labels: dict[str, str], service: str, chosen: int, backwards: bool
) -> None:
    names = there_are.split()
    report = Report(title="App crashed", labels=labels, service=service)
    books = {name: BY_WHAT[name] for name in (names[::-1] if backwards else names)}
    found = decided(report, books).runbook
    assert found
    assert found.name == names[chosen]


def test_every_condition_of_a_match_must_hold() -> None:
    both = {"both": book(category="software", words=["invoice"], labels={"site": "*"})}
    for title, labels, fits in (
        ("Invoice crash", {"site": "a"}, True),
        ("Invoice crash", {}, False),
        ("Crash", {"site": "a"}, False),
        ("Invoice and wifi", {"site": "a"}, False),
    ):
        assert bool(decided(Report(title=title, labels=labels), both).runbook) is fits, title


def test_of_equal_runbooks_the_first_is_chosen() -> None:
    books = {"b": BOOKS["sub"], "a": BOOKS["sub"]}
    found = decided(Report(title="crash"), books)
    assert found.runbook
    assert found.runbook.name == "b"


def test_a_reporters_text_never_becomes_an_argument() -> None:
    acts = book(category="software") | {"steps": [{"run": ["restart", "{service}"]}]}
    safe = book(category="software", subcategory="crash")
    unknown = Report(title="crash", service="x; rm -rf /")
    found = decided(unknown, {"acts": acts})
    assert found.runbook is None
    assert "acts on a service, and none of the catalogue is named" in found.no_runbook_because
    for service, chosen in (("x; rm", "safe"), ("", "safe"), ("shop", "acts")):
        books = {"acts": acts, "safe": safe} if service != "shop" else {"acts": acts}
        choice = decided(Report(title="crash", service=service), books).runbook
        assert choice
        assert choice.name == chosen


def test_the_choice_says_how_long_it_takes_and_whom_it_asks() -> None:
    asks = book(category="network") | {"approvers": ["dee"], "approve_within": "7m"}
    found = decided(Report(title="wifi"), {"asks": asks}).runbook
    assert found
    # Step, undo, and the check: at the end, and for what a lost worker leaves open
    assert found.takes_at_most.total_seconds() == 10 + 10 + 3 * 5
    assert found.approval is ApprovalRule.ALWAYS
    assert (found.approve_within.total_seconds(), found.approvers) == (7 * 60, ("dee",))
    assert found.remind_every.total_seconds() == 20 * 60
    for when in ApprovalRule:
        other = decided(Report(title="wifi"), {"other": asks | {"approval": when.value}}).runbook
        assert other
        assert other.approval is when


FERNHILL = load_policy(SHIPPED_POLICY)


@given(reports(*FERNHILL.services))
def test_any_report_is_classified(report: Report) -> None:
    found = classify(FERNHILL, report)
    assert found.category in FERNHILL.categories
    assert found.team in FERNHILL.teams
    assert (found.runbook is None) == bool(found.no_runbook_because)
    assert found.reasons
    assert classify(FERNHILL, report) == found
