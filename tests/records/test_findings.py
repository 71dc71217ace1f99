"""What the watchdogs share: each finding is told once, whoever saw it, and its end too."""

import time
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from standfast.incidents.finding import Finding, FindingKind, OperatorNotice
from standfast.records.findings import Findings, NoticeLimits
from standfast.records.repairs import Begun
from standfast.records.store import RecordStore

NOW = timedelta(0)
PROMPT = NoticeLimits(at_most_every=NOW, settled_after=NOW)
OVER = timedelta(microseconds=1)


def stuck(number: int, kind: FindingKind = FindingKind.STUCK, what: str = "it fails") -> Finding:
    return Finding(
        kind=kind,
        incident_id=f"INC-{number:0>10}",
        run_id=f"run-{number}",
        since=datetime(2026, 3, 20, 12, tzinfo=UTC),
        what=what,
        remedy="put it right",
    )


def sees(findings: Findings, found: Iterable[Finding]) -> None:
    findings.seen(list(FindingKind), list(found))


def told(findings: Findings, pace: NoticeLimits = PROMPT) -> OperatorNotice | None:
    """What is told now, and that it was."""
    notice = findings.claim(pace)
    if notice:
        findings.told(notice)
    return notice


def test_a_finding_is_told_once_by_one_of_two_workers(store: RecordStore, url: str) -> None:
    other = RecordStore(url)
    for each in (store, other, store):
        sees(each.findings, [stuck(1), stuck(2)])
    notice = store.findings.claim(PROMPT)
    assert notice
    assert notice.new == (stuck(1), stuck(2))
    assert other.findings.claim(PROMPT) is None
    store.findings.told(notice)
    assert told(other.findings) is None
    assert told(store.findings) is None
    other.close()


def test_what_nobody_could_be_told_is_told_at_the_next_look(store: RecordStore) -> None:
    sees(store.findings, [stuck(1)])
    first = store.findings.claim(PROMPT)
    assert first
    store.findings.not_told(first)
    assert store.findings.claim(PROMPT) == first


def test_what_a_dead_worker_was_telling_is_told_by_the_next(store: RecordStore) -> None:
    sees(store.findings, [stuck(1)])
    first = store.findings.claim(PROMPT._replace(lease=OVER))
    time.sleep(0.001)
    assert store.findings.claim(PROMPT) == first


def test_a_worker_whose_clock_was_ahead_keeps_nothing_to_itself_for_as_long(
    store: RecordStore,
) -> None:
    sees(store.findings, [stuck(1)])
    first = store.findings.claim(PROMPT._replace(lease=timedelta(hours=1)))
    assert first
    assert store.findings.claim(PROMPT) == first


def test_it_is_told_again_after_an_hour(store: RecordStore) -> None:
    sees(store.findings, [stuck(1)])
    told(store.findings)
    assert store.findings.claim(PROMPT) is None
    again = store.findings.claim(PROMPT._replace(again_after=NOW))
    assert again
    assert (again.new, again.again) == ((), (stuck(1),))


def test_more_of_it_waits_until_the_last_message_is_old_enough(store: RecordStore) -> None:
    sees(store.findings, [stuck(1)])
    told(store.findings)
    sees(store.findings, [stuck(1), stuck(2), stuck(3)])
    assert store.findings.claim(NoticeLimits()) is None
    more = told(store.findings)
    assert more
    assert more.new == (stuck(2), stuck(3))


def test_all_clear_is_said_once_when_the_last_of_a_kind_is_gone(store: RecordStore) -> None:
    late = stuck(9, FindingKind.OVERDUE)
    sees(store.findings, [stuck(1), stuck(2), late])
    told(store.findings)
    sees(store.findings, [stuck(2), late])
    assert told(store.findings) is None
    sees(store.findings, [late])
    assert store.findings.claim(NoticeLimits()) is None  # not seen for a moment only
    over = told(store.findings)
    assert over
    assert over.over == (stuck(1), stuck(2))
    assert told(store.findings) is None


def test_what_was_never_told_goes_without_a_word(store: RecordStore) -> None:
    sees(store.findings, [stuck(1)])
    sees(store.findings, [])
    assert told(store.findings) is None


def test_what_comes_back_before_its_end_was_told_is_not_told_anew(store: RecordStore) -> None:
    sees(store.findings, [stuck(1)])
    told(store.findings)
    sees(store.findings, [])
    sees(store.findings, [stuck(1, what="it fails otherwise")])
    assert told(store.findings) is None


def test_kinds_that_could_not_be_looked_at_stay_as_they_were(store: RecordStore) -> None:
    sees(store.findings, [stuck(1)])
    told(store.findings)
    store.findings.seen([FindingKind.OVERDUE], [])
    assert told(store.findings) is None


def test_a_thousand_at_once(store: RecordStore) -> None:
    many = [stuck(number) for number in range(1_000)]
    sees(store.findings, many)
    notice = told(store.findings)
    assert notice
    assert len(notice.new) == 1_000
    sees(store.findings, [])
    assert told(store.findings)


def test_a_repair_is_done_by_one_and_only_so_often(store: RecordStore, url: str) -> None:
    other, lease = RecordStore(url), timedelta(minutes=1)

    def begins(number: int, of: RecordStore = store, most: int | None = 2) -> Begun:
        return of.repairs.begin(f"run:{number}", "INC-1", 1, "watchdog", lease, most)

    assert begins(1) is Begun.YES
    assert begins(1, other) is Begun.TAKEN
    store.repairs.failed("run:1")
    assert begins(1, other) is Begun.YES
    other.repairs.done("run:1", "run-2")
    assert begins(1) is Begun.TAKEN
    assert begins(2) is Begun.YES
    assert begins(3) is Begun.TOO_MANY
    assert begins(3, most=None) is Begun.YES
    assert store.repairs.count("INC-1", 1) == 3
    assert store.repairs.begin("run:9", "INC-1", 2, "watchdog", lease, 2) is Begun.YES
    other.close()
