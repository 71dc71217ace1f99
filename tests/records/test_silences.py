"""Silences on record: none is forgotten, and whoever ends one early sees all that it silenced."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import event, text, update

from standfast.incidents.assessment import Priority
from standfast.incidents.ids import is_silence_id, silence_id
from standfast.incidents.silence import Matcher, NewSilence, Silence
from standfast.records import silences as module
from standfast.records.database import Database
from standfast.records.silences import Silences
from standfast.records.store import RecordStore
from standfast.records.tables import metadata
from standfast.time.time_range import TimeRangeState
from tests.patience import PATIENCE

NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
HOUR, INSTANT = timedelta(hours=1), timedelta(microseconds=1)
ONE, OTHER = "INC-AAAAAAAAAA", "INC-BBBBBBBBBB"


def asked(
    starts: timedelta = -HOUR, ends: timedelta = HOUR, service: str = "shop", **fields: Any
) -> NewSilence:
    usual = {"matcher": Matcher(services=[service]), "by": "ana", "reason": "upgrade"}
    return NewSilence(**(usual | fields), starts=NOW + starts, ends=NOW + ends)


@pytest.fixture
def silences(store: RecordStore) -> Silences:
    return store.silences


@pytest.fixture
def elsewhere(url: str) -> Iterator[Silences]:
    """The same records, opened by another process."""
    store = RecordStore(url)
    yield store.silences
    store.close()


def ids(found: list[Silence]) -> list[str]:
    return [silence.id for silence in found]


def test_a_silence_comes_back_as_it_was_given(silences: Silences, elsewhere: Silences) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    given = silences.add(
        asked(
            matcher=Matcher(
                priorities=[Priority.P4],
                labels={"höst": "db*", "q": "'\";--\\"},
                words=["disk full", "🔥 1"],
            ),
            reason="two\nlines",
        )
    )
    assert is_silence_id(given.id)
    assert before < given.created_at < datetime.now(UTC) + timedelta(seconds=1)
    assert (given.ended_by, given.ended_at) == ("", None)
    assert elsewhere.get(given.id) == given


def test_what_nobody_gave_is_not_there(silences: Silences) -> None:
    assert silences.get("SIL-AAAAAA") is None
    assert silences.get("'; DROP TABLE silences; --") is None
    assert not silences.end("SIL-AAAAAA", "ben", NOW)
    assert not silences.note_silenced("SIL-AAAAAA", ONE)
    assert silences.silenced_by("SIL-AAAAAA") == []
    silences.note_woken("SIL-AAAAAA", ONE)
    assert (silences.running_or_coming(NOW), silences.over(NOW)) == ([], [])


def test_those_that_run_those_to_come_and_those_that_are_over(silences: Silences) -> None:
    over = silences.add(asked(-2 * HOUR, timedelta()))
    long_over = silences.add(asked(-9 * HOUR, -8 * HOUR))
    coming = silences.add(asked(HOUR, 2 * HOUR))
    running = silences.add(asked(-HOUR, INSTANT))

    current = silences.running_or_coming(NOW)
    assert ids(current) == [running.id, coming.id]
    assert [one.state(NOW) for one in current] == [TimeRangeState.RUNNING, TimeRangeState.COMING]
    past = silences.over(NOW)
    assert ids(past) == [over.id, long_over.id]
    assert {one.state(NOW) for one in past} == {TimeRangeState.OVER}
    assert ids(silences.running_or_coming(NOW + INSTANT)) == [coming.id]


def test_all_that_a_decision_needs_is_one_query(silences: Silences) -> None:
    for number in range(30):
        silences.add(asked(number * HOUR, (number + 1) * HOUR))
    sent: list[str] = []
    engine = silences._database._engine
    event.listen(engine, "before_cursor_execute", lambda *call: sent.append(call[2]))
    assert len(silences.running_or_coming(NOW)) == 30
    assert [statement.split()[0] for statement in sent if "BEGIN" not in statement] == ["SELECT"]


def test_ended_early_it_is_over_at_once_and_keeps_who_ended_it(
    silences: Silences, elsewhere: Silences
) -> None:
    given = silences.add(asked(-HOUR, 5 * HOUR))
    assert elsewhere.end(given.id, "ben", NOW)

    ended = silences.get(given.id)
    assert ended == given.model_copy(update={"ended_by": "ben", "ended_at": NOW})
    assert silences.running_or_coming(NOW) == []
    assert silences.over(NOW) == [ended]


def test_it_is_ended_once(silences: Silences, elsewhere: Silences) -> None:
    given = silences.add(asked(-HOUR, 5 * HOUR))
    assert silences.end(given.id, "ben", NOW)
    assert not elsewhere.end(given.id, "cem", NOW + HOUR)
    ended = silences.get(given.id)
    assert ended
    assert (ended.ended_by, ended.ended_at) == ("ben", NOW)


def test_of_many_who_end_it_at_once_one_has(silences: Silences) -> None:
    given = silences.add(asked())
    with ThreadPoolExecutor(8) as threads:
        ended = list(threads.map(lambda n: silences.end(given.id, f"person {n}", NOW), range(16)))
    assert ended.count(True) == 1
    found = silences.get(given.id)
    assert found
    assert found.ended_by == f"person {ended.index(True)}"


def test_what_is_over_cannot_be_ended_and_what_is_to_come_can(silences: Silences) -> None:
    over, coming = silences.add(asked(-HOUR, timedelta())), silences.add(asked(HOUR, 2 * HOUR))
    assert not silences.end(over.id, "ben", NOW)
    assert silences.end(coming.id, "ben", NOW)
    assert silences.running_or_coming(NOW) == []
    untouched, called_off = silences.get(over.id), silences.get(coming.id)
    assert untouched == over
    assert called_off
    assert called_off.state(NOW + HOUR) is TimeRangeState.OVER


def test_a_decision_whose_clock_is_behind_sees_that_it_was_ended(silences: Silences) -> None:
    given = silences.add(asked(-HOUR, 5 * HOUR))
    silences.end(given.id, "ben", NOW)
    assert silences.running_or_coming(NOW - timedelta(minutes=1)) == []


def test_what_it_silences_is_noted_once_in_order(silences: Silences, elsewhere: Silences) -> None:
    given, another = silences.add(asked()), silences.add(asked())
    before = datetime.now(UTC) - timedelta(seconds=1)
    for incident_id in (OTHER, ONE, OTHER):
        assert silences.note_silenced(given.id, incident_id)
    assert elsewhere.note_silenced(another.id, ONE)

    noted = elsewhere.silenced_by(given.id)
    assert [(one.incident_id, one.woken_at) for one in noted] == [(OTHER, None), (ONE, None)]
    assert all(before < one.at < datetime.now(UTC) + timedelta(seconds=1) for one in noted)
    assert [one.incident_id for one in silences.silenced_by(another.id)] == [ONE]


def test_after_its_early_end_nothing_is_silenced_by_it_any_more(silences: Silences) -> None:
    given = silences.add(asked())
    silences.note_silenced(given.id, ONE)
    silences.end(given.id, "ben", NOW)
    assert not silences.note_silenced(given.id, OTHER)
    assert not silences.note_silenced(given.id, ONE)
    assert [one.incident_id for one in silences.silenced_by(given.id)] == [ONE]


def test_who_was_woken_is_noted(silences: Silences) -> None:
    given = silences.add(asked())
    silences.note_silenced(given.id, ONE)
    silences.note_silenced(given.id, OTHER)
    silences.end(given.id, "ben", NOW)
    silences.note_woken(given.id, ONE)
    woken, asleep = silences.silenced_by(given.id)
    assert (woken.incident_id, asleep.incident_id, asleep.woken_at) == (ONE, OTHER, None)
    assert woken.woken_at
    assert abs(woken.woken_at - datetime.now(UTC)) < timedelta(seconds=5)


@pytest.mark.parametrize("attempt", range(5))
def test_an_incident_is_seen_by_who_ends_the_silence_or_knows_that_it_ended(
    silences: Silences, elsewhere: Silences, attempt: int
) -> None:
    """In whatever order both come: it must never sleep on without anybody who would wake it."""
    given = silences.add(asked())
    together = threading.Barrier(9)
    seen: list[str] = []

    def decide(number: int) -> tuple[str, bool]:
        together.wait(PATIENCE)
        return f"INC-{number}", silences.note_silenced(given.id, f"INC-{number}")

    def end() -> None:
        together.wait(PATIENCE)
        assert elsewhere.end(given.id, "ben", NOW)
        seen.extend(one.incident_id for one in elsewhere.silenced_by(given.id))

    with ThreadPoolExecutor(9) as threads:
        ending = threads.submit(end)
        decided = list(threads.map(decide, range(8)))
        ending.result()
    assert sorted(seen) == [incident_id for incident_id, quiet in decided if quiet]


def test_a_note_waits_for_who_is_ending_it_just_now(silences: Silences, url: str) -> None:
    given = silences.add(asked())
    database = Database(url)
    ending = update(metadata.tables["silences"]).values(ended_by="ben", ended_at=NOW)
    with ThreadPoolExecutor(1) as thread:
        with database.writing() as connection:
            connection.execute(ending)
            noted = thread.submit(silences.note_silenced, given.id, ONE)
            with pytest.raises(TimeoutError):
                noted.result(0.3)
        assert noted.result(10) is False
    database.close()
    assert silences.silenced_by(given.id) == []


def test_an_id_that_is_taken_is_not_given_twice(
    silences: Silences, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = silences.add(asked())
    names = iter([first.id, first.id, "SIL-FREE22"])
    monkeypatch.setattr(module, "silence_id", lambda: next(names))
    second = silences.add(asked(service="wiki"))
    assert second.id == "SIL-FREE22"
    assert (silences.get(first.id), silences.get(second.id)) == (first, second)


def test_ids_are_as_people_type_them() -> None:
    made = {silence_id() for _ in range(200)}
    assert len(made) > 190
    assert all(is_silence_id(one) for one in made)
    for wrong in ("", "SIL-", "SIL-7F3K2", "sil-7f3k2q", "SIL-7F3K2Q ", "SIL-7F3K21", ONE):
        assert not is_silence_id(wrong)


@pytest.mark.parametrize(
    "call",
    [
        lambda silences: silences.add(asked(reason="x" * 2_000, by="y" * 200)),
        lambda silences: silences.end("SIL-AAAAAA", "z" * 200, NOW),
    ],
)
def test_the_longest_texts_fit(silences: Silences, call: Callable[[Silences], object]) -> None:
    call(silences)


def test_what_stands_in_the_tables_is_readable(silences: Silences, url: str) -> None:
    """For operators with a database client: plain columns, moments in UTC."""
    given = silences.add(asked())
    database = Database(url)
    with database.reading() as connection:
        row = connection.execute(text("SELECT matcher, ends, reason FROM silences")).one()
    database.close()
    assert Matcher.model_validate_json(row.matcher) == given.matcher
    assert str(row.ends).startswith("2026-11-24 13:00:00")
    assert row.reason == "upgrade"
