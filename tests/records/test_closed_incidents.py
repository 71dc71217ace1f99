"""Past incidents that resemble a new one, whatever a reporter typed."""

from datetime import timedelta

import pytest

from standfast.incidents.record import Outcome
from standfast.records import closed_incidents
from standfast.records.store import RecordStore
from tests.records.samples import CLOSED, incident

PAST = {
    "INC-PRINTER": ("Printer jams", "paper gets stuck in tray two", "cleaned the rollers"),
    "INC-MAIL": ("Mail is slow", "sending takes minutes", "restarted the queue runner"),
    "INC-DISK": ("Disk full on web-1", "no space left on device /var/log", "rotated the logs"),
    "INC-WEB": ("Checkout fails", "the web shop answers 502", "the disk of the printer server"),
}


@pytest.fixture(scope="module")
def past(shared_store: RecordStore) -> RecordStore:
    """Only to be read."""
    for incident_id, (title, description, resolution) in PAST.items():
        shared_store.incidents.save(
            incident(incident_id, title=title, description=description, resolution=resolution)
        )
    return shared_store


def test_the_best_fit_comes_first_with_what_resolved_it(past: RecordStore) -> None:
    found = past.incidents.similar("the disk of web-3 is full: No space left on device", 3)
    assert [similar.incident_id for similar in found] == ["INC-DISK", "INC-WEB"]
    assert (found[0].title, found[0].resolution) == ("Disk full on web-1", "rotated the logs")
    assert (found[0].episode, found[0].closed_at) == (1, CLOSED)


@pytest.mark.parametrize(
    ("text", "incident_id"),
    [
        ("PRINTERS jamming", "INC-PRINTER"),
        ("Minutes to send a letter", "INC-MAIL"),
        ("error 502", "INC-WEB"),
        ("rollers", "INC-PRINTER"),
    ],
    ids=["endings and capitals", "description", "numbers", "resolution"],
)
def test_words_are_found_wherever_they_stand(
    past: RecordStore, text: str, incident_id: str
) -> None:
    assert past.incidents.similar(text, 1)[0].incident_id == incident_id


def test_only_incidents_with_a_resolution_teach_anything(store: RecordStore) -> None:
    store.incidents.save(incident("INC-OPEN", outcome=None, resolution=""))
    store.incidents.save(incident("INC-WITHDRAWN", outcome=Outcome.WITHDRAWN, resolution=""))
    store.incidents.save(incident("INC-RESOLVED"))
    store.incidents.save(incident("INC-AUTOMATED", outcome=Outcome.AUTOMATED))
    found = {similar.incident_id for similar in store.incidents.similar("printer on fire", 10)}
    assert found == {"INC-RESOLVED", "INC-AUTOMATED"}


def test_of_equals_the_latest_come_first_and_no_more_than_asked_for(store: RecordStore) -> None:
    for day in range(5):
        store.incidents.save(incident(f"INC-DAY{day}", closed_at=CLOSED + timedelta(days=day)))
    found = [similar.incident_id for similar in store.incidents.similar("printer", 3)]
    assert found == ["INC-DAY4", "INC-DAY3", "INC-DAY2"]


def test_what_has_all_words_of_the_title_comes_first_however_old_it_is(
    store: RecordStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(closed_incidents, "MOST_RANKED", 2)
    for number, title in enumerate(
        ["Tunnel to Vienna drops", "Tunnel drops", *["Printer in Vienna"] * 4]
    ):
        store.incidents.save(
            incident(f"INC-{number}", title=title, closed_at=CLOSED + timedelta(days=number))
        )
    found = store.incidents.similar("Vienna: tunnel drops\nAll printers print", 3)
    assert [each.incident_id for each in found] == ["INC-0", "INC-1", "INC-5"]


HOSTILE = [
    "",
    " \n\t",
    '"',
    "'",
    'disk "full',
    "disk' OR 'a'='a",
    "NEAR(disk full, 2)",
    "disk AND",
    "NOT disk",
    "AND OR NOT",
    "title:disk {title body}: disk ^disk",
    "disk* + - ( ) [ ] : ^ *",
    "disk & | ! <-> full:*A",
    "'; DROP TABLE incidents; --",
    "\\ \\x disk \\' \\\\",
    "%disk% _ :query :number $1 {0}",
    "disk\0full",
    "🔥🔥 disk 🔥",
    "\ud800 disk",
    "диск 磁盘已满 ディスク disk",
    "disk_full--disk/full",
    "x" * 20_000,
    '"' * 20_000,
    "disk " * 4_000,
    " ".join(f"word{number}" for number in range(3_000)),
]


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_text_is_an_error(past: RecordStore, text: str) -> None:
    found = [similar.incident_id for similar in past.incidents.similar(text, 3)]
    if "disk" in text:
        assert found[0] == "INC-DISK"
    else:
        assert found == []
    assert past.incidents.get("INC-DISK")


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_no_incident_is_too_wild_for_the_index(store: RecordStore, text: str) -> None:
    store.incidents.save(
        incident(title="Wild words", description=text[:20_000], resolution=text[:4_000])
    )
    assert [similar.title for similar in store.incidents.similar("wild", 1)] == ["Wild words"]
