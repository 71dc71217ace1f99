"""Measures of what closed before there were any: made in steps, from records that tell enough."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from standfast.incidents.confidentiality import Confidential, as_reader
from standfast.incidents.record import Outcome
from standfast.records.store import RecordStore
from standfast.time.working_time import Hours
from tests.records.migrations.earlier import execute
from tests.records.samples import CLOSED, entry, incident

LONG_AGO, NEVER = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
IN_LONDON = Hours(time_zone="Europe/London")


def hours_of(team: str, at: datetime) -> Hours | None:
    """The desk closes at five, others never."""
    assert at == CLOSED
    return IN_LONDON if team == "desk" else None


def measured(store: RecordStore) -> dict[str, float]:
    """To close, in working time."""
    found = store.measures.between(LONG_AGO, NEVER, None)
    return {each.incident_id: each.measures.working.to_close for each in found}


def unmeasured(store: RecordStore, who: str = "", team: str = "") -> int:
    reader = as_reader(who, ()) if who else None
    known = store.measures.between(LONG_AGO, NEVER, reader, team)
    return store.measures.closed(LONG_AGO, NEVER, reader, team) - len([*known])


def test_measures_of_a_later_version_keep_no_others_from_the_numbers(
    store: RecordStore, url: str, caplog: pytest.LogCaptureFixture
) -> None:
    for number in range(3):
        store.incidents.close(incident(f"INC-{number}", team="desk"), None)
    execute(url, "UPDATE measures SET document = '{\"later\": 1}' WHERE incident_id = 'INC-1'")
    assert ({*measured(store)}, unmeasured(store)) == ({"INC-0", "INC-2"}, 1)
    assert "INC-1, episode 1: its measures are in no number" in caplog.text


def test_what_closed_before_is_measured_in_steps(store: RecordStore) -> None:
    at_night = CLOSED.replace(hour=1)
    for number in range(3):
        store.incidents.save(incident(f"INC-{number}", team="desk", opened_at=at_night))
    store.timelines.archive("INC-3", 1, [entry(1, "reported"), entry(2, "acknowledged")])
    long_one = (entry(3, "resolved"), entry(4, "closed"))
    store.incidents.save(incident("INC-3", timeline=long_one, timeline_archived=2, team="night"))
    store.incidents.close(incident("INC-NEW"), None)
    store.incidents.save(incident("INC-OPEN", outcome=None))
    assert (set(measured(store)), unmeasured(store)) == ({"INC-NEW"}, 4)

    assert next(iter(store.measures.catch_up(hours_of, most=1))) == 1  # and then the process ends
    assert len(measured(store)) == 2
    assert list(store.measures.catch_up(hours_of, most=2)) == [2, 1]
    assert measured(store)["INC-0"] == 3 * 3600 + 0.123456
    assert (len(measured(store)), unmeasured(store)) == (5, 0)
    assert list(store.measures.catch_up(hours_of)) == []
    what_a_record_does_not_tell_is_not_guessed(store)


def test_one_that_cannot_be_measured_keeps_no_others_from_it(
    store: RecordStore, caplog: pytest.LogCaptureFixture
) -> None:
    def hours(team: str, at: datetime) -> Hours | None:
        if team == "night":
            raise ValueError("no calendar of that year")
        return hours_of(team, at)

    for number, team in enumerate(("desk", "night", "desk")):
        store.incidents.save(incident(f"INC-{number}", team=team))
    assert list(store.measures.catch_up(hours, most=2)) == [1, 1]
    assert ({*measured(store)}, unmeasured(store)) == ({"INC-0", "INC-2"}, 1)
    assert "INC-1 is not measured; that is tried again later" in caplog.text
    assert list(store.measures.catch_up(hours_of)) == [1]


def test_several_workers_may_catch_up_at_once(store: RecordStore) -> None:
    for number in range(20):
        store.incidents.save(incident(f"INC-{number:02}", team="desk"))
    with ThreadPoolExecutor(3) as workers:
        steps = [workers.submit(list, store.measures.catch_up(hours_of, most=3)) for _ in range(3)]
    assert sum(sum(each.result()) for each in steps) == 20
    assert (len(measured(store)), unmeasured(store)) == (20, 0)


def test_a_later_episode_is_no_news_to_who_does_not_find_it(store: RecordStore) -> None:
    """That a runbook's work did not last would say that it came back, in confidence."""
    secret = Confidential(by="ana", people=("hana",))
    store.incidents.close(incident("INC-1"), None)
    store.incidents.close(incident("INC-1", 2, confidential=secret), None)

    def came_back(who: str) -> list[bool]:
        found = store.measures.between(LONG_AGO, NEVER, as_reader(who, ()) if who else None)
        return [each.came_back for each in found if each.episode == 1]

    assert [came_back(who) for who in ("", "hana", "dora")] == [[True], [True], [False]]


def test_it_did_not_come_back_by_mistake_or_as_part_of_another(store: RecordStore) -> None:
    def came_back() -> dict[int, bool]:
        found = store.measures.between(LONG_AGO, NEVER, None)
        return {each.episode: each.came_back for each in found}

    store.incidents.close(incident("INC-1"), None)
    store.incidents.close(incident("INC-1", 2, outcome=Outcome.WITHDRAWN), None)
    store.incidents.close(incident("INC-1", 3, outcome=Outcome.MERGED), None)
    assert came_back() == {1: False, 2: False, 3: False}
    store.incidents.close(incident("INC-1", 4), None)
    assert came_back() == {1: True, 2: True, 3: True, 4: False}


def what_a_record_does_not_tell_is_not_guessed(store: RecordStore) -> None:
    before = measured(store)
    nobody = entry(2, "page_sent")
    store.incidents.save(incident("INC-CUT", timeline=(entry(9),), timeline_archived=8))
    store.incidents.save(incident("INC-WHO", timeline=(entry(1), nobody), team="desk"))
    secret = Confidential(by="ana", people=("hana",))
    store.incidents.save(incident("INC-SECRET", timeline=(nobody,), confidential=secret))
    assert list(store.measures.catch_up(hours_of)) == [3]
    assert (measured(store), unmeasured(store)) == (before, 3)
    assert (unmeasured(store, team="desk"), unmeasured(store, who="dora")) == (1, 2)
    assert list(store.measures.catch_up(hours_of)) == []  # nobody looks at them again
    store.erasing.erase("INC-CUT", "vera", "asked for")
    assert unmeasured(store) == 2
