"""Calendars as decisions get them: read in the background, and kept for when the source fails."""

import asyncio
import os
import re
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from standfast.decisions.on_call import on_call_at
from standfast.incidents.schedule import DatedShifts
from standfast.on_call.calendar_process import AskedTier, Question, evaluate
from standfast.on_call.calendars import Calendars, CalendarShifts
from standfast.on_call.ical import LARGEST, BadCalendar
from standfast.policy_file.source import PolicySource
from tests.on_call.ics import ALWAYS_ANNA, calendar, event, week
from tests.on_call.server import CalendarServer
from tests.policy.small import SMALL

ROTATION = SMALL[SMALL.index("        rotation:\n") : SMALL.index("clocks:\n")]
AT = datetime(2026, 3, 20, 12, tzinfo=UTC)
AT_ONCE = timedelta(milliseconds=1)
_SECONDS = re.compile(r"\d+ s ago")
ALWAYS_BERT = calendar(week("bert", "20260105", "20260112", "RRULE:FREQ=WEEKLY"))


class Office:
    """A policy whose one tier has a calendar, and a worker that goes by it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.file = directory / "rota.ics"
        self.environment: dict[str, str] = {}

    def write(self, source: str = "rota.ics", more: str = "") -> None:
        people = 'people:\n  bert: {name: Bert, channels: {box: "outbox://"}}\n'
        schedule = f"        calendar: {source}\n        time_zone: Europe/Berlin\n"
        text = SMALL.replace(ROTATION, schedule).replace("people:\n", people, 1)
        (self.directory / "policy.yaml").write_text(f"{text}hosts: [127.0.0.1]\n{more}")

    def worker(self, **settings: Any) -> "Worker":
        source = PolicySource(self.directory / "policy.yaml")
        copies = self.directory / "data" / "calendars"
        settings = {"patience": timedelta(seconds=30)} | settings  # on a busy machine
        return Worker(source, Calendars(source, copies, environment=self.environment, **settings))

    @property
    def copies(self) -> list[Path]:
        return sorted((self.directory / "data" / "calendars").glob("*"))


class Worker:
    """One worker's calendars."""

    def __init__(self, source: PolicySource, calendars: Calendars) -> None:
        self._source = source
        self._calendars = calendars

    def looks(self, at: datetime = AT) -> CalendarShifts:
        return self._calendars.shifts_between(self._source.current(), ["desk"], at, at)

    def on_call(self, at: datetime = AT) -> str:
        """Who is on call, and what has to be said about it."""
        found = self.looks(at)
        dated = DatedShifts(shifts=found.shifts, known_until=found.known_until)
        tier = self._source.current().teams["desk"].tiers[0]
        answer = on_call_at(tier, "desk", at, dated).on_call or "nobody"
        return _SECONDS.sub("N s ago", "; ".join([answer, *found.problems]))


def background() -> None:
    """Wait for what calendars do in the background."""
    for thread in threading.enumerate():
        if thread.name == "calendar":
            thread.join(20)


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    office = Office(tmp_path)
    office.write()
    yield office
    background()


@pytest.fixture
def server() -> Iterator[CalendarServer]:
    with CalendarServer(ALWAYS_ANNA) as server:
        yield server
        server.release()
        background()


# Files


def test_a_file_beside_the_policy_says_who_is_on_call(office: Office) -> None:
    office.file.write_bytes(ALWAYS_ANNA)
    worker = office.worker()
    found = worker.looks()
    assert worker.on_call() == "anna"
    assert found.known_until == datetime(2026, 5, 20, tzinfo=UTC)
    assert [shift.starts.isoformat() for shift in found.shifts][:2] == [
        "2026-03-15T23:00:00+00:00",
        "2026-03-22T23:00:00+00:00",
    ]


def test_an_edit_of_the_file_is_seen_by_the_next_decision(office: Office) -> None:
    office.file.write_bytes(ALWAYS_ANNA)
    worker = office.worker()
    assert worker.on_call() == "anna"
    office.file.write_bytes(ALWAYS_BERT)
    assert worker.on_call() == "bert"


def test_who_is_new_in_the_policy_is_found_in_the_same_calendar(office: Office) -> None:
    office.file.write_bytes(calendar(week("chris", "20260316", "20260330")))
    worker = office.worker()
    assert worker.on_call() == "nobody; the calendar rota.ics: no person 'chris'"
    text = (office.directory / "policy.yaml").read_text()
    chris = 'people:\n  chris: {name: Chris, channels: {box: "outbox://"}}\n'
    (office.directory / "policy.yaml").write_text(text.replace("people:\n", chris, 1))
    assert worker.on_call() == "chris"


def test_another_day_looks_as_far_ahead(office: Office) -> None:
    office.file.write_bytes(ALWAYS_ANNA)
    worker = office.worker()
    assert worker.on_call() == "anna"
    later = AT + timedelta(days=400)
    assert worker.on_call(later) == "anna"
    assert worker.looks(later).known_until == datetime(2027, 6, 24, tzinfo=UTC)


def test_teams_without_a_calendar_read_none(office: Office) -> None:
    office.file.write_bytes(b"broken")
    policy = PolicySource(office.directory / "policy.yaml")
    calendars = Calendars(policy, office.directory / "copies")
    assert calendars.shifts_between(policy.current(), ["other"], AT, AT) == CalendarShifts()


MISSING = "the calendar rota.ics cannot be read: No such file or directory"


def test_a_file_that_was_never_there(office: Office) -> None:
    assert office.worker().on_call() == f"nobody; {MISSING}; there is no earlier copy of it"


def test_when_the_file_is_lost_its_last_good_copy_is_used_and_its_age_is_told(
    office: Office,
) -> None:
    office.file.write_bytes(ALWAYS_ANNA)
    worker = office.worker()
    worker.looks()
    office.file.unlink()
    assert worker.on_call() == f"anna; {MISSING}; the copy of N s ago is used"
    (copy,) = office.copies
    hours_ago = time.time() - 2 * 3600 - 300
    os.utime(copy, (hours_ago, hours_ago))
    assert office.worker().on_call() == f"anna; {MISSING}; the copy of 2 h 5 min ago is used"


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"<html>sign in</html>", "it is no iCalendar"),
        (calendar(), "it holds no event"),
        (ALWAYS_BERT[:-30], "it is cut off"),
        (b"x" * (LARGEST + 1), "it is larger than 5 MB"),
    ],
    ids=["a web page", "empty", "cut off", "too large"],
)
def test_what_is_no_calendar_does_not_replace_a_good_one(
    office: Office, content: bytes, words: str
) -> None:
    office.file.write_bytes(ALWAYS_ANNA)
    worker = office.worker()
    worker.looks()
    office.file.write_bytes(content)
    for other in (worker, office.worker()):
        told = other.on_call()
        assert told.startswith(f"anna; the calendar rota.ics cannot be read: {words}")
        assert told.endswith("; the copy of N s ago is used")


def test_a_pipe_is_not_waited_for(office: Office) -> None:
    os.mkfifo(office.file)
    assert "it is not a file" in office.worker().on_call()


def test_where_no_copy_can_be_kept_the_calendar_counts_all_the_same(office: Office) -> None:
    office.file.write_bytes(ALWAYS_ANNA)
    (office.directory / "data").write_text("a file where a directory should be")
    assert office.worker().on_call() == (
        "anna; the calendar rota.ics: no copy of it can be kept: Not a directory"
    )


def test_two_tiers_read_one_calendar_each_in_its_zone(office: Office) -> None:
    office.file.write_bytes(calendar(event("anna", "20260320T000000", "20260320T120000")))
    text = (office.directory / "policy.yaml").read_text()
    second = "      - {name: L2, calendar: rota.ics, time_zone: Asia/Tokyo}\nclocks:\n"
    (office.directory / "policy.yaml").write_text(text.replace("clocks:\n", second, 1))
    found = {shift.tier: shift.starts.hour for shift in office.worker().looks().shifts}
    assert found == {"L1": 23, "L2": 15}


# URLs


def test_a_url_is_asked_once_in_five_minutes(office: Office, server: CalendarServer) -> None:
    office.write(server.url)
    worker = office.worker()
    assert [worker.on_call() for _ in range(5)] == ["anna"] * 5
    assert server.asked == ["/private-77ab/basic.ics"]


def test_many_decisions_at_once_ask_it_once(office: Office, server: CalendarServer) -> None:
    office.write(server.url)
    worker = office.worker()
    with ThreadPoolExecutor(20) as threads:
        answers = list(threads.map(lambda _: worker.on_call(), range(40)))
    assert answers == ["anna"] * 40
    assert len(server.asked) == 1


def test_when_the_time_is_over_it_is_asked_again(office: Office, server: CalendarServer) -> None:
    office.write(server.url)
    worker = office.worker(refresh=AT_ONCE)
    assert worker.on_call() == "anna"
    server.content = ALWAYS_BERT
    assert worker.on_call() == "bert"
    assert len(server.asked) == 2


FAILURES = [
    # what happens to the server, what is said
    ({"status": 503}, "answered 503"),
    ({"status": 404}, "answered 404"),
    ({"content": b"<html>sign in</html>"}, "it is no iCalendar"),
    ({"content": b""}, "it is no iCalendar, or cut off"),
    ({"status": 302, "location": "http://127.0.0.2/x.ics"}, "'127.0.0.2' is not on the policy's"),
    ({"content": b"x" * (LARGEST + 1)}, "it is larger than 5 MB"),
]


@pytest.mark.parametrize(("fails", "words"), FAILURES)
def test_when_a_url_fails_its_last_good_copy_is_used(
    office: Office, server: CalendarServer, fails: dict[str, Any], words: str
) -> None:
    office.write(server.url)
    office.worker().looks()
    for name, value in fails.items():
        setattr(server, name, value)
    told = office.worker().on_call()
    assert told.startswith("anna; the calendar at 127.0.0.1 cannot be read: ")
    assert words.replace("'", "") in told.replace("'", "")
    assert told.endswith("; the copy of N s ago is used")
    assert "private" not in told


def test_a_server_that_is_gone_and_one_that_was_never_there(office: Office) -> None:
    with CalendarServer(ALWAYS_ANNA) as server:
        office.write(server.url)
        office.worker().looks()
    refused = "the calendar at 127.0.0.1 cannot be read: no answer: Connection refused"
    assert office.worker().on_call() == f"anna; {refused}; the copy of N s ago is used"
    office.write(f"{server.url}?other")
    assert office.worker().on_call() == f"nobody; {refused}; there is no earlier copy of it"


def test_what_was_lost_is_read_again_when_it_is_back(
    office: Office, server: CalendarServer
) -> None:
    office.write(server.url)
    server.status = 503
    worker = office.worker(refresh=AT_ONCE)
    assert worker.on_call().startswith("nobody; the calendar at 127.0.0.1 cannot be read")
    server.status = 200
    assert worker.on_call() == "anna"


def test_a_server_that_hangs_holds_up_no_decision_for_longer_than_the_patience(
    office: Office, server: CalendarServer
) -> None:
    office.write(server.url)
    office.worker().looks()
    server.hang()
    worker = office.worker(patience=timedelta(seconds=1.5))
    started = time.monotonic()
    first = worker.on_call()
    between = time.monotonic()
    others = [worker.on_call() for _ in range(5)]
    assert between - started < 5
    assert time.monotonic() - between < 1, "a source that hangs is waited for once"
    assert first.startswith("nobody; the calendar at 127.0.0.1 has not answered yet")
    assert set(others) == {first}
    server.release()
    background()
    assert worker.on_call() == "anna"


def test_while_a_known_calendar_hangs_its_last_answer_counts(
    office: Office, server: CalendarServer
) -> None:
    office.write(server.url)
    worker = office.worker(refresh=AT_ONCE, patience=timedelta(seconds=2))
    worker.looks()
    background()
    server.hang()
    late = "the calendar at 127.0.0.1 has not answered yet; the copy of N s ago is used"
    assert worker.on_call() == f"anna; {late}"
    server.content = ALWAYS_BERT
    server.release()
    background()
    assert worker.on_call().startswith("bert")


def test_a_secret_url_is_looked_up_and_never_told(office: Office, server: CalendarServer) -> None:
    office.write("'secret:ROTA'")
    name = "the calendar secret:ROTA"
    assert office.worker().on_call() == (
        f"nobody; {name} cannot be read: STANDFAST_SECRET_ROTA is not set where the worker runs;"
        " there is no earlier copy of it"
    )
    office.environment["STANDFAST_SECRET_ROTA"] = server.url
    assert office.worker().on_call() == "anna"
    server.status = 410
    told = office.worker().on_call()
    assert told == f"anna; {name} cannot be read: answered 410; the copy of N s ago is used"
    office.environment["STANDFAST_SECRET_ROTA"] = "ftp://private-77ab"
    told = office.worker().on_call()
    assert "its secret is no URL of http or https" in told
    assert "private" not in told


# Working it out


def question(days: int = 60) -> Question:
    tiers = (AskedTier(team="desk", tier="L1", zone="UTC"),)
    return Question(people={"anna": "Anna"}, tiers=tiers, begins=AT, ends=AT + timedelta(days=days))


async def test_what_takes_too_long_is_left_out_and_the_rest_counts() -> None:
    """A rule that matches no day: the library looks for one until the year 9999."""
    night = "20100101T220000", "20100102T060000"
    never = "RRULE:FREQ=DAILY;BYMONTH=6;BYWEEKNO=1"
    events = [event("anna", *night, never, uid="never"), week("anna", "20260323", "20260330")]
    found = await evaluate(calendar(*events), question(), within=timedelta(seconds=8))
    assert len(found.shifts) == 1
    assert found.problems == (
        "the event 'anna' of line 4 is left out: it takes too long to evaluate",
    )


async def test_a_calendar_that_hangs_is_not_looked_at_for_ever() -> None:
    # A short one may be read before anybody has looked at the time.
    long = calendar(*(week("anna", "20260323", "20260330") for _ in range(3_000)))
    with pytest.raises(BadCalendar, match="it takes longer than"):
        await evaluate(long, question(), within=timedelta(0))


def test_working_it_out_leaves_nothing_behind(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr("tempfile.tempdir", None)
    found = asyncio.run(evaluate(ALWAYS_ANNA, question()))
    assert len(found.shifts) == 10
    assert list(tmp_path.iterdir()) == []
