"""Messages never seen before the incident."""

from datetime import timedelta
from pathlib import Path

import pytest

from standfast.incidents.observation import Observation
from standfast.incidents.resolution import Verdict
from standfast.logs import templates
from standfast.logs.reading import Error
from standfast.logs.templates import Templates, template_of
from tests.logs.files import BEGAN, FIXED, NOW, evenly, iso, search, write

DAY = BEGAN - timedelta(hours=20)
USUAL = "ERROR mail to user{} rejected"
NEW = "ERROR lock {} of the press broke"
OTHER = "ERROR paper {} is torn"


def messages(directory: Path, *lines: list[str]) -> Observation:
    """What is said of a log with these lines, and its usual ones."""
    usual = [iso(DAY, "INFO begun"), *evenly(DAY, NOW, 200, USUAL)]
    write(directory / "app.log", sorted([*usual, *(line for part in lines for line in part)]))
    seen = search(directory, "app.log", error="")
    return seen.get("app.log (error messages)", seen["app.log"])


def test_nothing_new_is_inconclusive(tmp_path: Path) -> None:
    seen = messages(tmp_path)
    assert seen.says is None
    assert "error messages: no error message that was not in the 19 h 45 min before" in seen.detail


def test_what_the_incident_brought_and_is_gone_is_resolved(tmp_path: Path) -> None:
    assert messages(tmp_path, evenly(BEGAN, FIXED, 30, NEW)) == (
        Verdict.RESOLVED,
        "none of the incident's new error messages came again: "
        "“error lock # of the press broke” (30 times)",
    )


def test_what_the_incident_brought_rarely_may_be_gone_or_not(tmp_path: Path) -> None:
    assert messages(tmp_path, evenly(BEGAN, FIXED, 2, NEW)).says is None


def test_what_the_incident_brought_and_still_comes_is_unresolved(tmp_path: Path) -> None:
    assert messages(tmp_path, evenly(BEGAN, FIXED, 30, NEW), evenly(FIXED, NOW, 2, NEW)) == (
        Verdict.UNRESOLVED,
        "not in the 19 h 45 min before, but in the incident and since the fix: "
        "“error lock # of the press broke” (2 times)",
    )


def test_what_is_new_since_the_fix_is_partly_resolved(tmp_path: Path) -> None:
    assert messages(tmp_path, evenly(BEGAN, FIXED, 30, NEW), evenly(FIXED, NOW, 1, OTHER)) == (
        Verdict.PARTIALLY_RESOLVED,
        "not in the 19 h 45 min before, but since the fix: “error paper # is torn”",
    )


def test_a_log_with_new_messages_all_the_time_surprises_nobody(tmp_path: Path) -> None:
    words = ["".join(chr(97 + int(digit)) for digit in str(number)) for number in range(900)]
    odd = [
        iso(DAY + timedelta(minutes=n), f"ERROR {words[n]} {words[-n]} is torn {words[n]}")
        for n in range(0, 800, 7)
    ]
    seen = messages(tmp_path, odd, evenly(FIXED, NOW, 1, OTHER))
    assert seen.says is None
    assert "new error messages are usual in this log" in seen.detail


def test_too_many_different_messages_are_not_told_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(templates, "_MOST", 1)
    assert messages(tmp_path, evenly(BEGAN, NOW, 9, NEW)).says is None


THE_SAME = [
    ("2026-10-31 10:11:12 ERROR user 17 lost", "2026-11-01 01:02:03 ERROR user 4 lost"),
    (
        "[Tue Oct 27 10:11:12 2026] [core:error] lost it",
        "[Wed Nov 25 10:11:12 2026] [core:error] lost it",
    ),
    ("Nov 24 10:11:12 web-1 shop[7]: no route", "Dec 24 10:11:12 web-22 shop[99]: no route"),
    (
        '{"time":"2026-11-24T10:11:12Z","level":"error","msg":"lost","user":"mia"}',
        '{"time":"2026-11-25T10:11:12Z","level":"error","msg":"lost","user":"dan"}',
    ),
    ('level=error msg="lost 17" user=mia', 'level=error msg="lost 4" user=dan'),
    ("ERROR cannot read /srv/a/b.png", "ERROR cannot read /var/lib/x"),
    ("ERROR mail to mia@fernhill.example failed", "ERROR mail to dan@fernhill.example failed"),
    ("ERROR table 'orders' is locked", 'ERROR table "customers" is locked'),
    ("ERROR GET https://a.example/x?y=1 failed", "ERROR GET https://b.example/ failed"),
    (
        '10.1.2.3 - - [24/Nov/2026:10:11:12 +0000] "GET /a HTTP/1.1" 502 1',
        '10.9.9.9 - - [25/Nov/2026:10:11:12 +0000] "POST /b/c HTTP/2.0" 502 99',
    ),
    ("ERROR the account of mia has no credit", "ERROR the account of dan has no credit"),
]


@pytest.mark.parametrize(("one", "other"), THE_SAME)
def test_what_varies_makes_no_other_template(one: str, other: str) -> None:
    assert knows(one, other)


APART = [
    ("ERROR connection to db-1 lost", "ERROR connection to db-1 refused"),
    ("ERROR disk full", "ERROR disk broken"),
    (
        '10.1.2.3 - - [24/Nov/2026:10:11:12 +0000] "GET /a HTTP/1.1" 502 1',
        '10.1.2.3 - - [24/Nov/2026:10:11:12 +0000] "GET /a HTTP/1.1" 504 1',
    ),
    ("ERROR the account of mia has no credit", "ERROR the account of mia has no owner at all"),
]


@pytest.mark.parametrize(("one", "other"), APART)
def test_other_words_make_another_template(one: str, other: str) -> None:
    assert not knows(one, other)


def test_the_cause_in_a_stack_trace_tells_errors_apart() -> None:
    one = Error(NOW, "ERROR request failed", "shop.PaymentError: refused")
    other = Error(NOW, "ERROR request failed", "shop.StockError: none left")
    assert template_of(one) != template_of(other)


def knows(one: str, other: str) -> bool:
    seen = Templates()
    seen.add(template_of(Error(NOW, one)))
    return seen.know(template_of(Error(NOW, other)))
