"""`review`: asked for, written, its action items changed, exported; what is refused."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from standfast.incidents.review import Review
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.records.audit import AuditKind
from standfast.records.store import RecordStore
from tests.commands.test_oncall import Run
from tests.commands.test_oncall import run as run_with_small_policy
from tests.empty_records import empty_records
from tests.records.samples import incident

__all__ = ["run_with_small_policy"]
ONE, ANA = "INC-AAAAAAAAAA", ("--by", "ana")


@pytest.fixture
def run(run_with_small_policy: Run, monkeypatch: pytest.MonkeyPatch) -> Run:
    monkeypatch.setenv("STANDFAST_POLICY", str(SHIPPED_POLICY))
    return run_with_small_policy


@pytest.fixture
def records(tmp_path: Path) -> RecordStore:
    (tmp_path / "data").mkdir()
    return RecordStore(empty_records(tmp_path / "data" / "records.db"))


def test_a_review_by_command(run: Run, records: RecordStore, tmp_path: Path) -> None:
    records.incidents.save(incident(ONE, title="Printer on fire"))
    assert run("review", "list").err == "no review waits for anybody\n"
    assert f"{ONE} has no review" in run("review", "show", ONE).err
    asked = run("review", "ask", ONE, *ANA, "--why", "We were lucky")
    assert asked.out.startswith(f"the review of {ONE}: a worker writes its draft")
    assert f"{ONE}, episode 1 has a review" in run("review", "ask", ONE, *ANA).err
    early = run("review", "write", ONE, "luck", *ANA, "--text", "It was Sunday")
    assert "it has no draft yet" in early.err

    review = records.reviews.get(ONE, 1)
    assert review
    due = datetime.now(UTC) + timedelta(days=3)
    records.reviews.keep(review.model_copy(update={"owner": "george", "due": due}))
    written = run("review", "write", ONE, "luck", *ANA, "--text", "It was Sunday")
    assert written.out == f"{ONE}: version 1 of luck\n"
    assert "there is no section 'fate'" in run("review", "write", ONE, "fate", *ANA, "--text=x").err
    assert "give one of --text and" in run("review", "write", ONE, "luck", *ANA).err
    assert "give the number of the item" in run("review", "action", ONE, *ANA, "--note", "x").err

    [listed] = run("review", "list", "--json").json
    assert (listed["state"], listed["title"]) == ("writing", "Printer on fire")
    assert "0 of 0 open" in run("review", "list").out
    shown = run("review", "show", ONE)
    assert "not written yet: What happened, Impact, Detection" in shown.out
    assert "It was Sunday" in shown.out
    file = tmp_path / "review.md"
    assert run("review", "export", ONE, str(file)).out == f"{ONE}: exported to {file}\n"
    assert file.read_text().startswith(f"# Review of {ONE}, episode 1: Printer on fire\n")
    pages = tmp_path / "review.pdf"
    assert run("review", "export", ONE, str(pages)).out == f"{ONE}: exported to {pages}\n"
    assert pages.read_bytes().startswith(b"%PDF-")
    as_markdown = run("review", "export", ONE, str(pages), "--format", "markdown", "--json").json
    assert as_markdown["markdown"] == pages.read_text() == file.read_text()
    assert run("review", "export", ONE, str(pages), "--format=pdf", "--json").json == {
        "incident_id": ONE,
        "file": str(pages),
        "format": "pdf",
    }
    assert "a PDF needs a FILE" in run("review", "export", ONE, "--format=pdf", "--json").err
    nowhere = run("review", "export", ONE, str(tmp_path / "no" / "review.md"))
    assert "no/review.md cannot be written: No such file" in nowhere.err
    exported = [each.kind for each in records.audit.newest(5)]
    assert exported == [AuditKind.EXPORTED] * 5


def test_what_is_over_is_reopened_and_a_worker_goes_on(run: Run, records: RecordStore) -> None:
    """No worker is needed for it: it is on record that a run is to start."""
    now = datetime.now(UTC)
    records.incidents.save(incident(ONE))
    over = Review(incident_id=ONE, episode=1, why="asked for", wanted_at=now, due=now, revision=7)
    records.reviews.want(over)
    records.reviews.keep(over.model_copy(update={"closed_by": "ana", "closed_at": now}))
    assert [each["state"] for each in run("review", "list", "--over", "--json").json] == ["over"]
    assert "it is over: reopen it first" in run("review", "action", ONE, *ANA, "--title=x").err
    wrong = run("review", "reopen", ONE, *ANA, "--due", "soon")
    assert "due: 'soon' is not a date; write 2026-10-05" in wrong.err
    past = run("review", "reopen", ONE, *ANA, "--due", "2026-01-01")
    assert "due: 2026-01-01 12:00 has passed" in past.err
    reopened = run("review", "reopen", ONE, *ANA, "--due", "9d")
    assert (reopened.code, reopened.out) == (0, f"the review of {ONE}: written again\n")
    [again] = records.reviews.to_start(9)
    assert (again.revision, again.closed_at) == (8, None)
