"""Gathering evidence in a test, as the workflow asks for it."""

import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import yaml
from temporalio.testing import ActivityEnvironment

from activities.requests import EvidenceRequest, Look
from activities.verification import VerificationActivities
from standfast.incidents.report import Report
from standfast.incidents.resolution import Evidence
from standfast.logs import searching
from standfast.policy_file.source import PolicySource
from standfast.probes import system_tests
from tests.decisions.small_policy import SMALL

FIXED = datetime.now(UTC) - timedelta(minutes=10)
BY_THE_SERVER = datetime(2030, 1, 1, tzinfo=UTC)


def policy_with(
    directory: Path, service: dict[str, Any], hosts: Sequence[str] = ()
) -> PolicySource:
    services = {"feed": {"title": "Feed", **service}}
    policy = SMALL | {"services": services, "hosts": list(hosts)}
    path = directory / "policy.yaml"
    path.write_text(yaml.safe_dump(policy))
    return PolicySource(path)


def by_tests(tests: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """A service that is verified by these tests alone."""
    return {"tests": list(tests), "verify": ["system_tests"]}


async def gather(
    policy: PolicySource, *, service: str = "feed", error: str = "", look: Look = Look.VERIFICATION
) -> list[Evidence]:
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(
        environment.info, current_attempt_scheduled_time=BY_THE_SERVER
    )
    request = EvidenceRequest(
        report=Report(title="Feed is late", service=service, error_message=error, reporter="mia"),
        look=look,
        fixed_at=FIXED,
    )
    activities = VerificationActivities(policy, system_tests.run, searching.search)
    gathered = await environment.run(activities.gather_evidence, request)
    assert gathered.plans.policy_version == policy.current().version
    return list(gathered.evidence)
