"""What the worker runs: activities in threads end by themselves."""

import inspect
from pathlib import Path

from temporalio.activity import _Definition

from standfast.hosting.wiring import build_activities
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from tests.empty_records import empty_records


def test_nothing_interrupts_a_thread_between_two_steps(tmp_path: Path) -> None:
    records = RecordStore(empty_records(tmp_path / "records.db"))
    activities = build_activities(PolicySource(SHIPPED_POLICY), records, data=tmp_path)
    in_threads = [each for each in activities if not inspect.iscoroutinefunction(each)]
    assert in_threads
    for each in in_threads:
        assert _Definition.must_from_callable(each).no_thread_cancel_exception, each.__name__
    records.close()
