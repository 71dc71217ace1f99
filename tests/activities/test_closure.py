"""The close box: the record is kept, and a lost record store is tried again."""

from pathlib import Path

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.closure import ClosureActivities
from activities.requests import TimelineArchive
from standfast.records.store import RecordStore
from tests.records.samples import entry, incident

ID = "INC-AAAAAAAAAA"


def test_an_incident_and_its_older_timeline_are_kept_once(store: RecordStore) -> None:
    closure = ClosureActivities(store)
    older = TimelineArchive(incident_id=ID, episode=1, entries=(entry(1), entry(2)))
    rest = incident(timeline=(entry(3),), timeline_archived=2)
    for _ in range(2):
        ActivityEnvironment().run(closure.archive_timeline, older)
        ActivityEnvironment().run(closure.record, rest)
    found = store.incidents.get(ID)
    assert found
    assert [told.number for told in found.timeline] == [1, 2, 3]
    assert len(store.incidents.similar("printer", 10)) == 1


def test_without_the_record_store_both_ask_to_be_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = RecordStore(f"sqlite:///{tmp_path}/file/records.db")
    closure = ClosureActivities(store)
    older = TimelineArchive(incident_id=ID, episode=1, entries=(entry(1),))
    with pytest.raises(ApplicationError) as record:
        ActivityEnvironment().run(closure.record, incident())
    with pytest.raises(ApplicationError) as archive:
        ActivityEnvironment().run(closure.archive_timeline, older)
    store.close()
    for failed in (record.value, archive.value):
        assert (failed.type, failed.non_retryable) == ("RecordsUnavailable", False)
        assert str(tmp_path) in failed.message
