"""`standfast doctor`: nothing to say of a healthy installation, and of each fault what to do."""

import asyncio
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

from standfast.commands.app import run as run_command
from standfast.hosting.doctor.check import Check
from standfast.hosting.doctor.examination import examine
from standfast.hosting.doctor.here import CLOCKS_DIFFER_BY, clock, disk
from standfast.hosting.settings import Settings
from standfast.incidents.roles import Role
from standfast.messages.message import short
from standfast.records.migrations import MIGRATION_TABLE
from standfast.records.store import RecordStore
from standfast.records.tokens import NewToken
from tests.health.wedged import OTHER_CODE, changed_worker
from tests.notification.office import closed_port
from tests.stories.desk import Desk, until

ALWAYS = {"policy", "disk", "record store", "clock of the record store"}
WITH_TEMPORAL = ALWAYS | {
    "Temporal",
    "clock of Temporal",
    "encryption",
    "workers",
    "workflow backlog",
    "activity backlog",
    "replay",
    "stuck",
    "overdue",
    "no next event",
    "not taken up",
    "not running",
}


@pytest.fixture
def settings(desk: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Settings:
    """Those of a machine where the desk works."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", desk.client.service_client.config.target_host)
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(tmp_path))
    monkeypatch.setenv("STANDFAST_POLICY", str(tmp_path / "policy.yaml"))
    monkeypatch.setenv("STANDFAST_TASK_QUEUE", desk.task_queue)
    return Settings()


async def examined(settings: Settings, **changed: Any) -> Mapping[str, Check]:
    """What the doctor says, by the check's name."""
    return {check.name: check for check in await examine(settings.model_copy(update=dict(changed)))}


def wrong(checks: Mapping[str, Check]) -> set[str]:
    assert all(bool(check.remedy) is not check.ok for check in checks.values())
    return {check.name for check in checks.values() if not check.ok}


async def test_a_healthy_installation(settings: Settings, desk: Desk) -> None:
    """Of other tests' incidents, and of workers whose code has no id, it may tell."""
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    checks = await examined(settings)
    assert {*checks} - {"task queue"} == WITH_TEMPORAL
    assert wrong(checks) <= {"workers", "task queue"}
    assert checks["stuck"].what == "no open incident, no review"
    assert checks["clock of Temporal"].what == "as this machine's"


async def test_a_key_of_a_source_that_has_left_the_policy(settings: Settings) -> None:
    records = RecordStore(f"sqlite:///{settings.data_dir}/records.db")
    key = records.tokens.create(NewToken(name="old", source="old-monitor")).token
    records.close()
    check = (await examined(settings))["keys of sources"]
    assert not check.ok
    assert f"no source for {key.id} of old-monitor" in check.what


async def test_a_token_that_expires_soon(settings: Settings) -> None:
    records = RecordStore(f"sqlite:///{settings.data_dir}/records.db")
    soon = datetime.now(UTC) + timedelta(days=13)
    ana = NewToken(name="ana", role=Role.OPERATOR, expires_at=soon)
    token = records.tokens.create(ana).token
    records.close()
    check = (await examined(settings))["tokens"]
    assert not check.ok
    assert f"{token.id}, the token of ana, expires on {short(soon)}" in check.what
    assert "standfast token rotate" in check.remedy


async def test_temporal_is_away(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{closed_port()}")
    checks = await examined(settings)
    assert wrong(checks) == {"Temporal", "workers", "open incidents"}
    assert checks["Temporal"].what.startswith("cannot reach Temporal at 127.0.0.1:")
    assert "check TEMPORAL_ADDRESS" in checks["Temporal"].remedy


async def test_there_is_no_such_namespace(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "nowhere")
    checks = await examined(settings)
    assert wrong(checks) >= {"Temporal", "workers"}
    assert "nowhere" in checks["Temporal"].what
    assert checks["policy"].ok


async def test_no_worker_is_there(settings: Settings) -> None:
    checks = await examined(settings, task_queue="nobody's")
    assert {"workflow workers", "activity workers"} <= wrong(checks)
    assert "start a worker" in checks["workflow workers"].remedy
    assert "workers" not in checks


async def test_a_worker_of_other_code(settings: Settings, desk: Desk) -> None:
    desk.task_queue = "of other code"
    async with changed_worker(desk, OTHER_CODE):

        async def seen() -> Mapping[str, Check] | None:
            checks = await examined(settings, task_queue=desk.task_queue)
            return checks if "workers" in checks else None

        checks = await until("the worker is seen", seen)
    assert not checks["workers"].ok
    assert "1@elsewhere (0123456789ab)" in checks["workers"].what
    assert "standfast replay-check" in checks["workers"].remedy


async def test_incidents_on_another_task_queue(settings: Settings, desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki")
    await ticket.reaches_resolve()
    checks = await examined(settings, task_queue="a misspelt one")
    assert "are on another task queue than 'a misspelt one'" in checks["task queue"].what
    assert "STANDFAST_TASK_QUEUE" in checks["task queue"].remedy


async def test_the_policy_cannot_be_used(settings: Settings) -> None:
    broken = settings.policy.with_name("broken.yaml")
    broken.write_text("extends: policy.yaml\noperators: [nobody]\n")
    check = (await examined(settings, policy=broken))["policy"]
    assert not check.ok
    assert "no person 'nobody'" in check.what
    assert "broken.yaml:2" in check.what
    assert "standfast policy check" in check.remedy


async def test_the_record_store_cannot_be_used(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    checks = await examined(settings, database_url=f"sqlite:///{tmp_path}/file/records.db")
    assert wrong(checks) >= {"record store", "overdue", "no next event"}
    assert "cannot be used" in checks["record store"].what
    assert "can be written" in checks["record store"].remedy


async def test_the_records_are_of_a_newer_version(settings: Settings, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/newer.db"
    store = RecordStore(url)
    store.prepare()
    store.close()
    with create_engine(url).begin() as connection:
        connection.execute(text(f"UPDATE {MIGRATION_TABLE} SET version_num = '9999'"))
    check = (await examined(settings, database_url=url))["record store"]
    assert not check.ok
    assert "migration 9999" in check.what
    assert "run the newer Standfast" in check.what + check.remedy


def test_a_full_disk(tmp_path: Path) -> None:
    check = disk(tmp_path / "not" / "there", least_free=10**18)
    assert not check.ok
    assert "STANDFAST_DATA_DIR" in check.remedy
    assert disk(tmp_path, least_free=0).ok


@pytest.mark.parametrize(
    ("seconds", "what"),
    [(0, "as this machine's"), (-60, "60 s behind this"), (60, "59 s ahead of this machine's")],
)
def test_clocks_that_differ(seconds: int, what: str) -> None:
    before = datetime(2026, 11, 29, 12, tzinfo=UTC)
    theirs = before + timedelta(seconds=seconds)
    check = clock("Temporal", theirs, before, before + timedelta(seconds=1))
    assert what in check.what
    assert check.ok is (abs(seconds) <= CLOCKS_DIFFER_BY.total_seconds())


async def test_at_the_command_line(
    settings: Settings, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{closed_port()}")
    assert await asyncio.to_thread(run_command, ["doctor"]) == 1
    told = capsys.readouterr().out
    assert "WRONG" in told
    assert "→ check TEMPORAL_ADDRESS" in told
    assert await asyncio.to_thread(run_command, ["doctor", "--json"]) == 1
    told = capsys.readouterr().out
    assert told.startswith('{\n  "ok": false,\n  "checks": [')
