"""Who may act on which target, and the journal of what was done; two stores are two workers."""

import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import Connection, func, select, text, update

from standfast.decisions.guards import PastRun, held_back
from standfast.incidents.resolution import RemediationOutcome, StepOutcome, StepResult
from standfast.policy.guards import Guards
from standfast.records.database import Database
from standfast.records.remediation import (
    AlreadyFinished,
    Denied,
    Fenced,
    Granted,
    JournalLine,
    RunRequest,
    StepState,
    TargetBusy,
)
from standfast.records.remediations import GIVEN_UP_AFTER, Remediations
from standfast.records.store import RecordStore
from standfast.records.tables import SCHEMA_VERSION, remediation_steps, remediations, schema
from tests.records.samples import incident

KEY, OTHER_KEY = "INC-AAAAAAAAAA:1:runbook:1", "INC-BBBBBBBBBB:1:runbook:1"
HERE, ELSEWHERE = "service:shop", "service:wiki"
LEASE, SECOND, DAY = timedelta(minutes=1), timedelta(seconds=1), timedelta(days=1)
SUCCEEDED, FAILED = RemediationOutcome.SUCCEEDED, RemediationOutcome.FAILED


def wanted(key: str = KEY, target: str = HERE) -> RunRequest:
    return RunRequest(
        key=key, incident_id=key[:14], runbook="restart", target=target, plan='{"title": "…"}'
    )


def guarded(target: str = HERE, **says: Any) -> Callable[[Sequence[PastRun], datetime], str | None]:
    """What the guards of a policy answer; by default only targets are guarded."""
    policy = Guards(**({"cooldown": None, "per_target_and_hour": 100} | says))
    return lambda past, now: held_back(policy, runbook="restart", target=target, past=past, now=now)


def admit(
    of: Remediations, key: str = KEY, target: str = HERE, **says: Any
) -> Granted | Denied | TargetBusy | AlreadyFinished:
    return of.admit(wanted(key, target), guarded(target, **says), 4 * DAY, LEASE)


def admitted(of: Remediations, key: str = KEY, target: str = HERE, **says: Any) -> Granted:
    run = admit(of, key, target, **says)
    assert isinstance(run, Granted)
    return run


def taken_over(of: Remediations, key: str = KEY) -> Granted:
    run = of.take_over(key, LEASE)
    assert isinstance(run, Granted)
    return run


@pytest.fixture
def one(store: RecordStore) -> Remediations:
    """The first worker."""
    return store.remediations


@pytest.fixture
def other(url: str) -> Iterator[Remediations]:
    """A second worker on the same database."""
    store = RecordStore(url)
    yield store.remediations
    store.close()


class Hindsight:
    """Writes the database's past, as if time had gone by."""

    def __init__(self, url: str) -> None:
        self.database = Database(url)

    def rows(self) -> tuple[int, int]:
        """How many remediations and how many lines of the journal there are."""
        with self.database.reading() as connection:
            return self._count(connection, remediations), self._count(connection, remediation_steps)

    def lease_ended(self, ago: timedelta, key: str = KEY) -> datetime:
        """The lease of a run was over so long ago; says when that was."""
        with self.database.writing() as connection:
            then = self.database.now(connection) - ago
            self._write(connection, key, lease_until=then)
        return then

    def happened(self, key: str, **columns: Any) -> None:
        with self.database.writing() as connection:
            self._write(connection, key, **columns)

    def _write(self, connection: Connection, key: str, **columns: Any) -> None:
        connection.execute(update(remediations).where(remediations.c.key == key).values(columns))

    def _count(self, connection: Connection, table: Any) -> int:
        return int(connection.execute(select(func.count()).select_from(table)).scalar_one())


@pytest.fixture
def hindsight(url: str) -> Iterator[Hindsight]:
    hindsight = Hindsight(url)
    yield hindsight
    hindsight.database.close()


# Admission


def test_the_first_one_is_admitted_and_on_record(one: Remediations) -> None:
    before = datetime.now(UTC) - SECOND
    run = admitted(one)
    assert run == Granted(KEY, fence=1, target=HERE, plan='{"title": "…"}')
    assert not run.resumed
    [past] = one.history()
    assert (past.key, past.incident_id, past.runbook) == (KEY, "INC-AAAAAAAAAA", "restart")
    assert (past.target, past.ended_at, past.outcome) == (HERE, None, None)
    assert before < past.started_at < datetime.now(UTC) + SECOND


def test_what_is_held_back_leaves_nothing_on_record(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    admitted(one)
    refused = admit(other, OTHER_KEY)
    assert isinstance(refused, Denied)
    assert "restart has been at work on service:shop for INC-AAAAAAAAAA" in refused.reason
    assert hindsight.rows() == (1, 0)
    assert other.take_over(OTHER_KEY, LEASE) is None
    assert isinstance(admit(other, OTHER_KEY, ELSEWHERE), Granted)


def test_what_was_never_admitted_cannot_be_gone_on_with(one: Remediations) -> None:
    assert one.take_over(KEY, LEASE) is None
    assert one.history() == []


def test_a_guard_that_fails_admits_nothing(one: Remediations, hindsight: Hindsight) -> None:
    def broken(past: Sequence[PastRun], now: datetime) -> str | None:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        one.admit(wanted(), broken, DAY, LEASE)
    assert hindsight.rows() == (0, 0)
    assert isinstance(admit(one), Granted), "and holds no lock"


def test_finish_frees_the_target(one: Remediations, other: Remediations) -> None:
    one.finish(admitted(one), SUCCEEDED, '{"answer": "yes"}')
    run = admitted(other, OTHER_KEY)
    assert run.fence == 1
    assert [(past.key, past.outcome) for past in one.history()] == [
        (KEY, SUCCEEDED),
        (OTHER_KEY, None),
    ]


def test_the_guards_are_asked_with_the_past_that_matters_and_no_more(
    one: Remediations, hindsight: Hindsight
) -> None:
    now = datetime.now(UTC)
    ago = {
        "still at work": (30 * DAY, None, ELSEWHERE),
        "lately": (timedelta(minutes=50), timedelta(minutes=49), ELSEWHERE),
        "here": (3 * DAY, 2 * DAY, HERE),
        "elsewhere": (3 * DAY, 2 * DAY, ELSEWHERE),
        "here long ago": (9 * DAY, 8 * DAY, HERE),
        "here, ended within memory": (9 * DAY, 3 * DAY, HERE),
    }
    for key in ago:
        run = admitted(one, key, target=key)
        one.finish(run, SUCCEEDED, "{}")
    for key, (started, ended, target) in ago.items():
        at = None if ended is None else now - ended
        hindsight.happened(key, started_at=now - started, ended_at=at, target=target)
    hindsight.happened("still at work", outcome=None, lease_until=now + LEASE)
    seen: list[str] = []

    def look(past: Sequence[PastRun], now: datetime) -> str:
        seen.extend(run.key for run in past)
        return "only looking"

    assert one.admit(wanted(), look, 4 * DAY, LEASE) == Denied("only looking")
    assert sorted(seen) == ["here", "here, ended within memory", "lately", "still at work"]


def test_successes_that_did_not_last_stop_automation_with_their_chain(
    one: Remediations, other: Remediations
) -> None:
    for number, worker in enumerate((one, other, one)):
        key = f"INC-{number}AAAAAAAAA:1:runbook:1"
        worker.finish(admitted(worker, key), SUCCEEDED, "{}")
    refused = admit(other)
    assert isinstance(refused, Denied)
    assert "restart has helped 3 times in a row" in refused.reason
    assert [f"INC-{number}AAAAAAAAA" in refused.reason for number in range(3)] == [True] * 3


# Going on with it


def test_who_comes_while_the_lease_holds_is_told_how_long(
    one: Remediations, other: Remediations
) -> None:
    admitted(one)
    for answer in (other.take_over(KEY, LEASE), admit(other), admit(one)):
        assert isinstance(answer, TargetBusy)
        assert timedelta(seconds=30) < answer.wait <= LEASE


def test_a_lease_that_is_over_is_taken_over(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    admitted(one)
    hindsight.lease_ended(SECOND)
    run = taken_over(other)
    assert (run.fence, run.resumed, run.plan) == (2, True, '{"title": "…"}')
    assert isinstance(one.take_over(KEY, LEASE), TargetBusy), "the new attempt's lease holds"


def test_admission_goes_on_with_what_is_on_record_whatever_the_guards_say(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    admitted(one)
    hindsight.lease_ended(SECOND)
    run = admitted(other, per_hour=1, at_once=1)
    assert run.fence == 2


def test_a_renewed_lease_is_not_over(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    run = admitted(one)
    hindsight.lease_ended(SECOND)
    one.renew(run, LEASE)
    assert isinstance(other.take_over(KEY, LEASE), TargetBusy)


def test_what_was_released_can_be_taken_over_at_once_but_holds_its_target(
    one: Remediations, other: Remediations
) -> None:
    run = admitted(one)
    one.intend(run, 1, undoing=False)
    one.release(run)
    assert isinstance(admit(other, OTHER_KEY), Denied)
    next_one = taken_over(other)
    assert next_one.lines == (JournalLine(1, False, StepState.INTENDED),)


def test_the_result_of_what_has_ended_is_given_again(
    one: Remediations, other: Remediations
) -> None:
    run, line = admitted(one), JournalLine(1, False, StepState.DONE, "step 1 of 1 succeeded")
    one.ended(run, line)
    one.finish(run, SUCCEEDED, '{"answer": "yes"}')
    again = AlreadyFinished('{"answer": "yes"}', (line,))
    assert other.take_over(KEY, LEASE) == again
    assert admit(other) == again


# The journal


def test_lines_come_back_in_the_order_in_which_things_were_done(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    run = admitted(one)
    result = StepResult(
        what="step 1 of 3: ./note é漢'\";--\\",
        outcome=StepOutcome.FAILED,
        exit_code=9,
        output="🔥\n" * 500,
    )
    done = [
        JournalLine(1, False, StepState.DONE, "step 1 of 3 succeeded", result),
        JournalLine(2, False, StepState.NOT_STARTED, "step 2 of 3 could not be started"),
        JournalLine(10, False, StepState.UNKNOWN, "nobody knows"),
        JournalLine(10, True, StepState.FAILED, "undoing failed"),
        JournalLine(2, True, StepState.DONE, "undone"),
    ]
    for line in reversed(done):
        one.intend(run, line.number, undoing=line.undoing)
        one.ended(run, line)
    one.begin_undoing(run, "the check failed with exit code 1")
    one.intend(run, 1, undoing=True)
    hindsight.lease_ended(SECOND)
    next_one = taken_over(other)
    assert next_one.lines == (*done, JournalLine(1, True, StepState.INTENDED))
    assert next_one.undoing_because == "the check failed with exit code 1"


def test_a_line_is_written_over_by_what_became_of_it(
    one: Remediations, hindsight: Hindsight
) -> None:
    run = admitted(one)
    result = StepResult(what="step 1 of 1: x", outcome=StepOutcome.FAILED)
    one.ended(run, JournalLine(1, False, StepState.FAILED, "it failed", result))
    one.intend(run, 1, undoing=False)
    hindsight.lease_ended(SECOND)
    assert taken_over(one).lines == (JournalLine(1, False, StepState.INTENDED),)
    assert hindsight.rows() == (1, 1)


def test_journals_of_several_runs_are_kept_apart(one: Remediations, other: Remediations) -> None:
    first, second = admitted(one), admitted(other, OTHER_KEY, ELSEWHERE)
    one.intend(first, 1, undoing=False)
    other.begin_undoing(second, "for a reason")
    one.release(first)
    other.release(second)
    assert taken_over(other).lines == (JournalLine(1, False, StepState.INTENDED),)
    again = taken_over(one, OTHER_KEY)
    assert (again.lines, again.undoing_because) == ((), "for a reason")


# An attempt that was overtaken


WRITES: dict[str, Callable[[Remediations, Granted], None]] = {
    "renew": lambda of, run: of.renew(run, DAY),
    "intend": lambda of, run: of.intend(run, 2, undoing=False),
    "ended": lambda of, run: of.ended(run, JournalLine(1, False, StepState.DONE, "too late")),
    "begin_undoing": lambda of, run: of.begin_undoing(run, "too late"),
    "finish": lambda of, run: of.finish(run, FAILED, '"too late"'),
    "release": lambda of, run: of.release(run),
}


@pytest.mark.parametrize("write", WRITES)
def test_an_overtaken_attempt_writes_nothing(
    one: Remediations, other: Remediations, hindsight: Hindsight, write: str
) -> None:
    late = admitted(one)
    one.intend(late, 1, undoing=False)
    hindsight.lease_ended(SECOND)
    current = taken_over(other)

    with pytest.raises(Fenced, match="attempt 1 has been overtaken"):
        WRITES[write](one, late)
    assert isinstance(one.take_over(KEY, LEASE), TargetBusy)
    other.release(current)
    assert taken_over(one) == Granted(
        KEY, 3, HERE, current.plan, (JournalLine(1, False, StepState.INTENDED),), None
    )


@pytest.mark.parametrize("write", WRITES)
def test_nothing_is_written_after_the_end(one: Remediations, write: str) -> None:
    run = admitted(one)
    one.finish(run, SUCCEEDED, '"in time"')
    ended = one.history()
    with pytest.raises(Fenced):
        WRITES[write](one, run)
    assert one.history() == ended
    assert one.take_over(KEY, LEASE) == AlreadyFinished('"in time"', ())


# Given up


def test_a_target_that_nobody_goes_on_with_is_free_after_an_hour(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    lost = admitted(one)
    one.intend(lost, 1, undoing=False)
    hindsight.lease_ended(GIVEN_UP_AFTER - timedelta(seconds=30))
    assert isinstance(admit(other, OTHER_KEY), Denied), "not yet"

    then = hindsight.lease_ended(GIVEN_UP_AFTER + SECOND)
    assert isinstance(admit(other, OTHER_KEY), Granted)
    given_up = one.history()[0]
    assert (given_up.outcome, given_up.ended_at) == (RemediationOutcome.UNKNOWN, then)
    line = JournalLine(1, False, StepState.INTENDED)
    assert one.take_over(KEY, LEASE) == AlreadyFinished(None, (line,))
    with pytest.raises(Fenced):
        one.renew(lost, LEASE)


def test_only_what_nobody_else_wanted_meanwhile_is_gone_on_with_after_days(
    one: Remediations, hindsight: Hindsight
) -> None:
    admitted(one)
    hindsight.lease_ended(3 * DAY)
    assert taken_over(one).fence == 2
    assert isinstance(admit(one, OTHER_KEY), Denied)


def test_what_is_held_back_gives_nobody_up(one: Remediations, hindsight: Hindsight) -> None:
    admitted(one)
    hindsight.lease_ended(2 * GIVEN_UP_AFTER)
    admitted(one, OTHER_KEY, ELSEWHERE)
    refused = admit(one, "INC-CCCCCCCCCC:1:runbook:1", "service:mail", at_once=1)
    assert refused == Denied("1 remediations run already, and 1 may at once")


# Many at once


def at_once(work: Sequence[Callable[[], Any]]) -> list[Any]:
    together = threading.Barrier(len(work))

    def one_of_them(task: Callable[[], Any]) -> Any:
        together.wait()
        return task()

    with ThreadPoolExecutor(len(work)) as threads:
        return list(threads.map(one_of_them, work))


def test_of_twenty_at_once_on_one_target_exactly_one_is_admitted(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    def ask(number: int) -> Callable[[], Any]:
        return lambda: admit((one, other)[number % 2], f"INC-{number:010}:1:runbook:1")

    answers = at_once([ask(number) for number in range(20)])
    assert [type(answer) for answer in answers].count(Granted) == 1
    assert [type(answer) for answer in answers].count(Denied) == 19
    assert hindsight.rows() == (1, 0)


def test_of_twenty_at_once_on_twenty_targets_the_cap_is_admitted(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    def ask(number: int) -> Callable[[], Any]:
        worker = (one, other)[number % 2]
        return lambda: admit(worker, f"INC-{number:010}:1:runbook:1", f"host:{number}", at_once=7)

    answers = at_once([ask(number) for number in range(20)])
    assert [type(answer) for answer in answers].count(Granted) == 7
    assert hindsight.rows() == (7, 0)


def test_of_many_at_once_one_goes_on_with_a_dead_ones_run(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    admitted(one)
    hindsight.lease_ended(SECOND)
    tries: list[Callable[[], Any]] = [
        lambda: one.take_over(KEY, LEASE),
        lambda: other.take_over(KEY, LEASE),
        lambda: admit(one),
        lambda: admit(other),
    ]
    answers = at_once(tries * 3)
    assert [type(answer) for answer in answers].count(Granted) == 1
    assert [type(answer) for answer in answers].count(TargetBusy) == 11


def test_it_is_gone_on_with_or_given_up_but_never_both(
    one: Remediations, other: Remediations, hindsight: Hindsight
) -> None:
    for number in range(10):
        key, rival = f"INC-{number:010}:1:runbook:1", f"INC-{number:010}:2:runbook:1"
        target = f"host:{number}"
        admitted(one, key, target, at_once=100)
        hindsight.lease_ended(GIVEN_UP_AFTER + SECOND, key)

        def go_on(key: str = key) -> Any:
            return one.take_over(key, LEASE)

        def admit_the_rival(rival: str = rival, target: str = target) -> Any:
            return admit(other, rival, target, at_once=100)

        answers = at_once([go_on, admit_the_rival])
        assert [type(answer) for answer in answers] in (
            [Granted, Denied],
            [AlreadyFinished, Granted],
        )


# A database of an older version


def test_a_database_of_version_1_gets_the_new_tables_and_keeps_its_rows(url: str) -> None:
    old = RecordStore(url)
    old.incidents.save(incident())
    old.deliveries.delivered("INC-AAAAAAAAAA:1:page-1:1", "ana", "d1", "json (1)")
    old.close()
    database = Database(url)
    with database.writing() as connection:
        for table in (remediations, remediation_steps):
            table.drop(connection)
        connection.execute(update(schema).values(version=1))
    database.close()

    stores = [RecordStore(url) for _ in range(4)]
    at_once([store.prepare for store in stores])
    new = stores[0]
    assert new.incidents.get("INC-AAAAAAAAAA") == incident()
    assert [past.title for past in new.incidents.similar("printer", 3)] == ["Printer on fire"]
    assert new.deliveries.get("INC-AAAAAAAAAA:1:page-1:1")
    run = admitted(new.remediations)
    new.remediations.intend(run, 1, undoing=False)
    for store in stores:
        store.close()
    database = Database(url)
    with database.reading() as connection:
        versions = connection.execute(text("SELECT version FROM standfast_schema")).all()
    database.close()
    assert versions == [(SCHEMA_VERSION,)]
