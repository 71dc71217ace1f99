"""The close box: everybody is told once, and the record says who was."""

import dataclasses
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities.closure import ClosureActivities
from activities.requests import Closing, Recipient, TimelineArchive
from activities.telling import TELL_ATTEMPTS
from standfast.incidents.notification import Notification
from standfast.incidents.record import TimelineEntry
from standfast.records.store import RecordStore
from tests.http_sink import HttpSink
from tests.notification.office import Office, page, to_reporter
from tests.records.samples import entry, incident

ID = "INC-AAAAAAAAAA"

ENDING = incident(
    status="open",
    closed_at=None,
    timeline=(entry(3, "resolved"),),
    timeline_archived=2,
)


@pytest.fixture
def office(tmp_path: Path, url: str) -> Iterator[Office]:
    office = Office(tmp_path, url)
    yield office
    office.records.close()


@pytest.fixture
def phone() -> Iterator[HttpSink]:
    with HttpSink() as phone:
        yield phone


def around_the_clock(_team: str, _at: datetime) -> None:
    """No team has working hours here."""


def closure_of(office: Office, phone: HttpSink, records: RecordStore) -> ClosureActivities:
    return ClosureActivities(records, office.delivery(f"json://{phone.address}"), around_the_clock)


async def test_who_was_told_and_who_was_not_is_on_record(office: Office, phone: HttpSink) -> None:
    closure = closure_of(office, phone, office.records)
    older = TimelineArchive(incident_id=ID, episode=1, entries=(entry(1), entry(2)))
    news = (
        page("INC-AAAAAAAAAA:1:tell-1:1"),
        to_reporter("somebody", key="INC-AAAAAAAAAA:1:tell-1:2"),
    )
    closing = closing_with(*news)
    for _ in range(2):
        ActivityEnvironment().run(closure.archive_timeline, older)
        added = (await ActivityEnvironment().run(closure.close, closing)).entries
    assert len(phone.requests) == 1
    person, reporter, closed = added
    assert (person.event, person.person, person.detail) == ("told", "dee", "through one")
    assert (reporter.event, reporter.person) == ("not_told", "somebody")
    assert "no channel of the policy's reporters.channels reaches 'somebody'" in reporter.detail
    assert (closed.event, closed.detail) == ("closed", "resolved")
    found = office.records.incidents.get(ID)
    assert found
    assert (found.status, found.closed_at) == ("closed", closed.at)
    assert [each.number for each in found.timeline] == [1, 2, 3, 4, 5, 6]
    assert found.timeline[3:] == added
    assert len(office.records.incidents.similar("printer", 10)) == 1


async def test_who_is_not_reached_is_tried_again_a_few_times_and_nobody_is_told_twice(
    office: Office,
) -> None:
    news = (
        page("INC-AAAAAAAAAA:1:tell-1:1"),
        page("INC-AAAAAAAAAA:1:tell-1:2", recipient="dan"),
    )
    closing = closing_with(*news)
    with ExitStack() as sinks:
        phone = sinks.enter_context(HttpSink())
        closure = closure_of(office, phone, office.records)
        for attempt in range(1, TELL_ATTEMPTS):
            with pytest.raises(ApplicationError, match="no channel of dan took it"):
                await environment(attempt=attempt).run(closure.close, closing)
        closed = await environment(attempt=TELL_ATTEMPTS).run(closure.close, closing)
        dee, dan, _ = closed.entries
        assert len(phone.requests) == 1
    assert (dee.event, dee.detail) == ("told", "through one")
    assert dan.detail.startswith("no channel of dan took it")


async def test_while_the_record_store_is_away_nobody_is_told_again(
    office: Office, phone: HttpSink, tmp_path: Path
) -> None:
    (tmp_path / "file").touch()
    away = RecordStore(f"sqlite:///{tmp_path}/file/records.db")
    closing = closing_with(page("INC-AAAAAAAAAA:1:tell-1:1"))
    first, beats = environment(), []
    first.on_heartbeat = lambda *details: beats.append(details)
    with pytest.raises(ApplicationError) as failed:
        await first.run(closure_of(office, phone, away).close, closing)
    away.close()
    assert (failed.value.type, failed.value.non_retryable) == ("RecordsUnavailable", False)
    assert str(tmp_path) in failed.value.message
    [[said]] = beats
    known = said.model_dump(mode="json")

    closed = await environment(attempt=9, heartbeat_details=[known]).run(
        closure_of(office, phone, office.records).close, closing
    )
    added = closed.entries
    assert len(phone.requests) == 1
    assert [each.event for each in added] == ["told", "closed"]
    assert _on_record(office)[-2:] == added


async def test_without_the_record_store_the_older_timeline_is_tried_again(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    office = Office(tmp_path, f"sqlite:///{tmp_path}/file/records.db")
    older = TimelineArchive(incident_id=ID, episode=1, entries=(entry(1),))
    closure = ClosureActivities(office.records, office.delivery(), around_the_clock)
    with pytest.raises(ApplicationError) as failed:
        ActivityEnvironment().run(closure.archive_timeline, older)
    office.records.close()
    assert (failed.value.type, failed.value.non_retryable) == ("RecordsUnavailable", False)
    assert str(tmp_path) in failed.value.message


async def test_who_was_told_is_remembered_while_another_cannot_be_reached(
    office: Office, phone: HttpSink
) -> None:
    first, beats = environment(), []
    first.on_heartbeat = lambda *details: beats.append(details)
    closing = closing_with(
        page("INC-AAAAAAAAAA:1:tell-1:1"), page("INC-AAAAAAAAAA:1:tell-1:2", recipient="dan")
    )
    closure = closure_of(office, phone, office.records)
    with pytest.raises(ApplicationError, match="no channel of dan took it"):
        await first.run(closure.close, closing)
    [[said]] = beats
    assert list(said.told) == ["INC-AAAAAAAAAA:1:tell-1:1"]


async def test_words_for_two_hundred_fit_into_one_payload() -> None:
    """Temporal takes 2 MB, and the timeline may need most of it."""
    news = page("INC-AAAAAAAAAA:1:tell-1:1", title="т" * 120, body="т" * 9_000)
    many = [
        news.model_copy(update={"key": f"INC-AAAAAAAAAA:1:tell-1:{n}", "recipient": f"{n:0>60}"})
        for n in range(1, 202)
    ]
    closing = closing_with(*many)
    assert closing.messages == tuple(many)
    assert len(closing.model_dump_json().encode()) < 60_000


def closing_with(*news: Notification) -> Closing:
    """The request to close the incident with this news."""
    others = tuple(Recipient.of(each, news[0]) for each in news[1:])
    return Closing(incident=ENDING, news=news[0], others=others)


def environment(**info: Any) -> ActivityEnvironment:
    """That of an activity's attempt of which this is known."""
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, **info)
    return environment


def _on_record(office: Office) -> tuple[TimelineEntry, ...]:
    found = office.records.incidents.get(ID)
    assert found
    return found.timeline
