"""The watchdog by itself: what it logs, measures and says, and that no error ends it."""

import asyncio
import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from standfast.health.finder import ScanResult
from standfast.health.notices import Notices
from standfast.health.repair import Diagnosis
from standfast.health.watchdog import Watchdog
from standfast.incidents import finding_texts
from standfast.incidents.finding import Finding, FindingKind, OperatorNotice
from standfast.incidents.notification import Delivery, Notification
from standfast.intake.errors import Refused
from standfast.notification.errors import Undeliverable
from standfast.records.findings import NoticeLimits
from standfast.records.repairs import Begun
from standfast.records.store import RecordStore
from tests.empty_records import empty_records
from tests.stories.desk import until

SINCE = datetime(2026, 11, 29, 10, 42, tzinfo=UTC)
NOW = timedelta(0)


def finding(number: int = 1, kind: FindingKind = FindingKind.OVERDUE) -> Finding:
    return Finding(
        kind=kind,
        incident_id=f"INC-{number:A>10}",
        run_id=f"run-{number}",
        since=SINCE,
        what=f"page again was due\nlong ago ({number})",
        remedy="see that workers run",
    )


class FakeFinder:
    """Finds these, look by look; the last of them again and again."""

    def __init__(self, *looks: ScanResult | Exception) -> None:
        self._looks = list(looks)
        self.looked = 0

    async def scan(self) -> ScanResult:
        self.looked += 1
        scan = self._looks.pop(0) if len(self._looks) > 1 else self._looks[0]
        if isinstance(scan, Exception):
            raise scan
        return scan


class FakeRepairer:
    """Has nothing to repair; and knows which incidents' runs have ended."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self.ended: set[str] = set()

    async def diagnose(self, incident_id: str, run_id: str | None = None) -> Diagnosis | None:
        self.asked.append(incident_id)
        if incident_id in self.ended:
            raise Refused(f"{incident_id} is not open: there is nothing to repair")
        return None

    async def repair(self, found: Diagnosis) -> Begun:
        raise AssertionError("nothing was to be repaired")

    async def begin_again(self, incident_id: str, episode: int) -> bool:
        self.asked.append(f"{incident_id} {episode}")
        return True


class FakePhones:
    """Takes messages; or is dead."""

    def __init__(self) -> None:
        self.sent: list[Notification] = []
        self.dead = False

    async def __call__(self, notification: Notification) -> Delivery:
        if self.dead:
            raise Undeliverable("no channel took it")
        self.sent.append(notification)
        return Delivery(key=notification.key, recipient=notification.recipient, channel="phone")

    @property
    def titles(self) -> list[str]:
        return [message.title for message in self.sent]


class Kennel:
    """A watchdog with everything that it needs."""

    def __init__(self, records: RecordStore, *looks: ScanResult | Exception) -> None:
        self.phones, self.finder, self.repairer = FakePhones(), FakeFinder(*looks), FakeRepairer()
        self.gauge: dict[FindingKind, int] = {}
        self.operators: Sequence[str] = ("max",)
        pace = NoticeLimits(at_most_every=NOW, settled_after=NOW)
        telling = Notices(records.findings, lambda: self.operators, self.phones, pace)
        self.dog = Watchdog(
            self.finder,
            self.repairer,
            telling,
            self.gauge.__setitem__,
            every=timedelta(milliseconds=1),
        )


def sees(*findings: Finding, unchecked: Mapping[FindingKind, str] | None = None) -> ScanResult:
    return ScanResult(findings, dict(unchecked or {}))


@pytest.fixture
def records(tmp_path: Path) -> Iterator[RecordStore]:
    store = RecordStore(empty_records(tmp_path / "records.db"))
    yield store
    store.close()


Logged = Callable[[str], list[str]]


@pytest.fixture
def logged(caplog: pytest.LogCaptureFixture) -> Logged:
    """The lines of our own that begin so."""
    caplog.set_level(logging.INFO, "health")
    return lambda start: [line for line in caplog.messages if line.startswith(start)]


async def test_a_finding_is_logged_measured_and_told_once(
    records: RecordStore, logged: Logged
) -> None:
    kennel = Kennel(records, sees(finding()), sees(finding()), sees())
    await kennel.dog.scan()
    assert logged("finding") == [
        "finding kind=overdue incident=INC-AAAAAAAAA1 run=run-1 since=2026-11-29 10:42:00 UTC: "
        "page again was due long ago (1)"
    ]
    assert kennel.gauge == {
        "stuck": 0, "overdue": 1, "no_next_event": 0, "not_taken_up": 0, "not_running": 0
    }  # fmt: skip
    await kennel.dog.scan()
    assert len(logged("finding")) == 1
    await kennel.dog.scan()
    assert logged("over") == ["over kind=overdue incident=INC-AAAAAAAAA1 run=run-1"]
    assert kennel.gauge[FindingKind.OVERDUE] == 0
    await kennel.dog.scan()
    assert kennel.phones.titles == [
        "Standfast needs you: 1 incident is overdue",
        "All clear: resolved: 1 incident is overdue",
    ]
    assert kennel.phones.sent[0].incident_id == "INC-AAAAAAAAA1"


async def test_hundreds_at_once_are_one_message(records: RecordStore) -> None:
    many = [finding(number) for number in range(332)]
    kennel = Kennel(records, sees(*many))
    await kennel.dog.scan()
    [message] = kennel.phones.sent
    assert message.title == "Standfast needs you: 332 incidents are overdue"
    assert message.body.count("INC-") == 20
    assert "and 312 more" in message.body
    assert message.body.endswith("What to do:\nsee that workers run\n\nstandfast doctor")
    assert message.incident_id == ""


async def test_no_error_ends_it(records: RecordStore, logged: Logged) -> None:
    kennel = Kennel(records, ValueError("a bug of ours"), sees(finding()))
    running = asyncio.create_task(kennel.dog.run())

    async def told() -> bool:
        return bool(kennel.phones.sent)

    await until("it goes on", told)
    running.cancel()
    with suppress(asyncio.CancelledError):
        await running
    assert logged("a scan failed: ValueError")


async def test_nobody_is_reached_then_it_is_tried_again(
    records: RecordStore, logged: Logged
) -> None:
    kennel = Kennel(records, sees(finding()))
    kennel.phones.dead = True
    await kennel.dog.scan()
    assert logged("operator max was not notified: no channel took it")
    kennel.phones.dead = False
    await kennel.dog.scan()
    await kennel.dog.scan()
    assert len(kennel.phones.sent) == 1


async def test_without_operators_the_log_says_so_once(records: RecordStore, logged: Logged) -> None:
    kennel = Kennel(records, sees(finding()))
    kennel.operators = ()
    await kennel.dog.scan()
    await kennel.dog.scan()
    assert len(logged("nobody is notified of this")) == 1


async def test_without_the_record_store_it_is_told_all_the_same(
    tmp_path: Path, logged: Logged
) -> None:
    (tmp_path / "file").write_text("")
    away = RecordStore(f"sqlite:///{tmp_path}/file/records.db", patience=1)
    kennel = Kennel(away, sees(finding(kind=FindingKind.STUCK)))
    await kennel.dog.scan()
    await kennel.dog.scan()
    assert kennel.phones.titles == ["Standfast needs you: 1 incident is stuck"]
    assert logged("each worker sends its own notices")


async def test_a_kind_that_cannot_be_looked_at_is_said_once_and_stays_as_it_was(
    records: RecordStore, logged: Logged
) -> None:
    away = sees(unchecked={FindingKind.OVERDUE: "the disk is full"})
    kennel = Kennel(records, sees(finding()), away, away, sees())
    for _ in range(3):
        await kennel.dog.scan()
    assert logged("cannot check") == ["cannot check for what is overdue: the disk is full"]
    assert kennel.phones.titles == ["Standfast needs you: 1 incident is overdue"]
    assert kennel.gauge[FindingKind.OVERDUE] == 1
    assert logged("over") == []
    await kennel.dog.scan()
    await kennel.dog.scan()
    assert kennel.phones.titles[1:] == ["All clear: resolved: 1 incident is overdue"]


async def test_a_run_is_judged_once_not_at_every_look(records: RecordStore) -> None:
    kennel = Kennel(records, sees(finding(kind=FindingKind.STUCK)))
    await kennel.dog.scan()
    await kennel.dog.scan()
    assert kennel.repairer.asked == ["INC-AAAAAAAAA1"]


async def test_nobody_is_told_of_a_run_that_was_reset_elsewhere_meanwhile(
    records: RecordStore,
) -> None:
    stale = finding(kind=FindingKind.STUCK)
    kennel = Kennel(records, sees(stale))
    kennel.repairer.ended = {stale.incident_id}
    await kennel.dog.scan()
    assert kennel.repairer.asked == [stale.incident_id]
    assert kennel.phones.titles == []
    assert kennel.gauge[FindingKind.STUCK] == 0


def test_a_message_says_what_is_new_what_is_still_so_and_what_is_over() -> None:
    notice = OperatorNotice(
        key="watchdog:1",
        new=(finding(1, FindingKind.STUCK),),
        again=(finding(2),),
        over=(finding(3, FindingKind.NOT_TAKEN_UP),),
    )
    told = "Standfast needs you: 1 incident is stuck, 1 incident is overdue"
    assert finding_texts.subject(notice) == told
    assert finding_texts.body(notice).splitlines() == [
        "INC-AAAAAAAAA1 stuck since 2026-11-29 10:42:00 UTC: page again was due long ago (1)",
        "",
        "Still open:",
        "INC-AAAAAAAAA2 overdue since 2026-11-29 10:42:00 UTC: page again was due long ago (2)",
        "",
        "Resolved:",
        "INC-AAAAAAAAA3 not taken up since 2026-11-29 10:42:00 UTC: "
        "page again was due long ago (3)",
        "",
        "What to do:",
        "see that workers run",
        "",
        "standfast doctor",
    ]
    still = OperatorNotice(key="watchdog:1", again=(finding(2),))
    told = "Standfast needs you: still 1 incident is overdue"
    assert finding_texts.subject(still) == told


async def test_a_review_without_a_run_begins_again_and_nobody_is_woken(
    records: RecordStore, caplog: pytest.LogCaptureFixture
) -> None:
    gone = finding(kind=FindingKind.NOT_RUNNING).model_copy(update={"reviewed": 2})
    kennel = Kennel(records, sees(gone))
    assert (await kennel.dog.scan()).findings == ()
    assert kennel.repairer.asked == ["INC-AAAAAAAAA1 2"]
    assert kennel.phones.sent == []
    assert "the review of INC-AAAAAAAAA1, episode 2 begins again" in caplog.text
