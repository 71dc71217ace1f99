"""The audit log: entries are added, and whoever changes one is found out."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from standfast.records.audit import AuditEntry, AuditEvent, AuditKind, verified
from standfast.records.store import RecordStore

IN = AuditEvent(AuditKind.SIGNED_IN, by="ana", origin="10.1.2.3")
FOR = AuditEvent(AuditKind.ACTED_FOR, by="olga", behalf="george", subject="INC-AAAAAAAAAA")


def test_entries_are_listed_newest_first_and_found_by_either_name(store: RecordStore) -> None:
    store.audit.record(IN)
    store.audit.record(FOR, IN)
    assert [entry.number for entry in store.audit.newest(2)] == [3, 2]
    assert [entry.by for entry in store.audit.newest(9, by="george")] == ["olga"]
    assert [entry.number for entry in store.audit.newest(9, kind=AuditKind.SIGNED_IN)] == [3, 1]
    later = datetime.now(UTC) + timedelta(minutes=5)
    assert store.audit.newest(9, since=later) == []


def test_a_log_that_nobody_touched_is_as_it_was_written(store: RecordStore) -> None:
    assert store.audit.verify() == (0, None, "")
    store.audit.record(IN, FOR)
    found = store.audit.verify()
    assert (found.entries, found.wrong) == (2, "")
    assert found.last
    assert found.last.digest == store.audit.newest(1)[0].digest


def test_many_who_write_at_once_make_one_chain(store: RecordStore) -> None:
    with ThreadPoolExecutor(8) as threads:
        list(threads.map(lambda _: store.audit.record(IN, FOR), range(25)))
    found = store.audit.verify()
    assert (found.entries, found.wrong) == (50, "")


def test_what_senders_choose_is_cut_and_in_one_line(store: RecordStore) -> None:
    store.audit.record(AuditEvent(AuditKind.REFUSED, by="x\ny", subject="ü" * 9_000, detail="\x00"))
    [entry] = store.audit.newest(1)
    assert (entry.by, len(entry.subject), "\x00" in entry.detail) == ("x y", 500, False)
    assert store.audit.verify().wrong == ""


Forged = Callable[[list[AuditEntry]], list[AuditEntry]]


def renamed(entries: list[AuditEntry]) -> list[AuditEntry]:
    return [entries[0].model_copy(update={"by": "somebody else"}), *entries[1:]]


def renamed_with_its_digest(entries: list[AuditEntry]) -> list[AuditEntry]:
    other = entries[0].model_copy(update={"by": "somebody else"})
    return [other.model_copy(update={"digest": other.expected_digest()}), *entries[1:]]


@pytest.mark.parametrize(
    ("forged", "words"),
    [
        (renamed, "entry 1 is not as it was written"),
        (renamed_with_its_digest, "entry 2 does not follow entry 1"),
        (lambda entries: [entries[0], *entries[2:]], "entries are missing between 1 and 3"),
        (lambda entries: entries[1:], "the oldest entries are missing, and none says why"),
        (lambda entries: [*entries[:2], entries[1], entries[2]], "entry 2 does not follow entry 2"),
        (lambda entries: [entries[1], entries[0], entries[2]], "entry 1 does not follow entry 2"),
    ],
)
def test_who_changes_an_entry_is_found_out(store: RecordStore, forged: Forged, words: str) -> None:
    store.audit.record(IN, FOR, IN)
    entries = list(store.audit.all())
    assert verified(entries).wrong == ""
    assert verified(forged(entries)).wrong == words


def test_old_entries_are_dropped_and_the_log_says_so(store: RecordStore) -> None:
    store.audit.record(IN, FOR)
    assert store.audit.forget(datetime.now(UTC) - timedelta(days=1)) == 0
    assert store.audit.forget(datetime.now(UTC) + timedelta(minutes=5)) == 2
    store.audit.record(IN)
    kinds = [entry.kind for entry in store.audit.all()]
    assert kinds == [AuditKind.PRUNED, AuditKind.SIGNED_IN]
    assert store.audit.verify().wrong == ""
    assert verified(list(store.audit.all())[1:]).wrong  # without the word of it


def test_what_is_taken_by_many_is_recorded_once(store: RecordStore) -> None:
    first, second = (AuditEvent(AuditKind.POLICY_TAKEN, subject=version) for version in "12")
    assert store.audit.record_if_new(first)
    assert not store.audit.record_if_new(first)
    assert store.audit.record_if_new(second)
    assert store.audit.record_if_new(first)
