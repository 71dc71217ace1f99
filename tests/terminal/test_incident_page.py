"""What `show` says of an incident that became worse."""

from datetime import timedelta
from io import StringIO
from typing import Any

from rich.console import Console

from standfast.incidents.approval import Approval
from standfast.incidents.assessment import Priority
from standfast.incidents.impact_ledger import LedgerLine, StatementKind
from standfast.incidents.record import Outcome, Worse
from standfast.incidents.report import Report
from standfast.terminal.incident_page import page
from tests.records.samples import OPENED, incident


def shown(**fields: Any) -> str:
    screen = Console(file=StringIO(), width=140)
    view = incident(outcome=None).model_copy(update=fields)
    screen.print(*page(view, whole_timeline=False), sep="\n")
    return screen.file.getvalue()  # type: ignore[attr-defined, no-any-return]


def line(who: str, what: str, raised: str = "", kind: str = "report") -> LedgerLine:
    return LedgerLine(at=OPENED, who=who, kind=StatementKind(kind), what=what, raised=raised)


def test_what_was_said_last_and_what_it_raised() -> None:
    text = shown(
        worse=Worse(before=Priority.P4, now=Priority.P1, because="500 users instead of 1"),
        pinned_by="ana",
        latest=Report(title="Everything burns", description="Smoke in the hall", reporter="ben"),
        ledger=(
            line("mia", "Printer on fire"),
            line("ben", "Everything burns (500 users)", "P4 to P1"),
            line("INC-BBBBBBBBBB", "Hall closed", kind="merged"),
        ),
    )
    assert "P4 to P1: 500 users instead of 1" in text
    assert "by ana: nothing raises it by itself" in text
    assert "Everything burns (ben)" in text
    assert "Smoke in the hall" in text
    rows = text[text.index("Statements about its impact") :].splitlines()[1:4]
    assert [" ".join(row.split()[2:]) for row in rows] == [
        "mia Printer on fire",
        "ben Everything burns (500 users) raised it: P4 to P1",
        "INC-BBBBBBBBBB (merged) Hall closed",
    ]


def test_nobody_is_waited_for_any_more_once_it_has_closed() -> None:
    asked = Approval(
        runbook="restart", approvers=("ben",), asked_at=OPENED, within=timedelta(hours=1)
    )
    assert "restart waits for ben" in shown(approval=asked)
    told = shown(approval=asked, status="closed", outcome=Outcome.WITHDRAWN)
    assert "restart did not run: it closed before anybody answered" in told
    assert "waits for" not in told


def test_an_incident_of_one_report_has_no_more_to_say() -> None:
    text = shown(ledger=(line("mia", "Printer on fire"),))
    assert "Latest report" not in text
    assert "What was said" not in text
