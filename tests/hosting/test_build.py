"""Which code did it: a history tells for each workflow task."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

from temporalio.testing import WorkflowEnvironment

from standfast.hosting.build import code_id
from standfast.hosting.settings import Settings
from standfast.hosting.wiring import build_activities, build_worker
from standfast.incidents.report import Channel, Report
from standfast.intake.reporting import report_incident
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from tests.empty_records import empty_records
from tests.hosting.completed import completed_by
from tests.hosting.worker_process import REPOSITORY
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import until


async def test_each_workflow_task_tells_which_code_completed_it(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    records = RecordStore(empty_records(tmp_path / "records.db"))
    settings = Settings(data_dir=tmp_path, task_queue=f"build-{tmp_path}")
    activities = build_activities(policy, records, data=tmp_path)
    opened = await report_incident(
        env.client,
        Report(title="Wiki crashed", reporter="rita", channel=Channel.PHONE),
        now=datetime.now(UTC),
        policy=policy.current(),
        records=records.incidents,
        task_queue=settings.task_queue,
    )
    handle = env.client.get_workflow_handle(opened.incident_id)

    async def completed() -> list[tuple[str, str]]:
        return await completed_by(handle)

    async with build_worker(env.client, settings, activities) as worker, worker:
        assert {*await until("its first workflow task", completed)} == {("", code_id())}
    await handle.terminate()
    records.close()


def test_the_same_code_has_the_same_id_in_every_process() -> None:
    program = "from standfast.hosting.build import code_id; print(code_id())"
    other = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, check=True
    )
    assert other.stdout.strip() == code_id()


def test_the_id_changes_with_the_code_of_a_workflow(tmp_path: Path) -> None:
    program = "from standfast.hosting.build import code_id; print(code_id())"
    for package in ("standfast", "workflows", "activities"):
        (tmp_path / package).symlink_to(REPOSITORY / package)
    (tmp_path / "workflows").unlink()
    (tmp_path / "workflows").mkdir()
    for source in (REPOSITORY / "workflows").glob("*.py"):
        (tmp_path / "workflows" / source.name).write_text(source.read_text())
    with (tmp_path / "workflows" / "incident.py").open("a") as file:
        file.write("# changed\n")
    changed = subprocess.run(
        [sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert len(changed.stdout.strip()) == len(code_id())
    assert changed.stdout.strip() != code_id()
