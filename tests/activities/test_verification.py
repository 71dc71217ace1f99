"""Gathering evidence as the workflow asks for it: the policy's tests and logs, all at once."""

import asyncio
import dataclasses
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from temporalio.testing import ActivityEnvironment

from activities.requests import EvidenceRequest, Look
from activities.verification import VerificationActivities
from standfast.incidents.report import Report
from standfast.incidents.resolution import Evidence, EvidenceKind, Verdict
from standfast.policy_file.source import PolicySource
from tests.decisions.small_policy import SMALL
from tests.probes.site import a_site

USER, TESTS, LOGS = EvidenceKind
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


def feed(directory: Path, *needs: EvidenceKind) -> PolicySource:
    (directory / "feed.log").write_text(f"{datetime.now(UTC).isoformat()} connection 4 lost\n")
    return policy_with(
        directory,
        {
            "tests": [
                {"name": "flag is up", "command": {"run": ["test", "-e", "flag"]}},
                {"name": "program is there", "command": {"run": ["no-such-program-here"]}},
            ],
            "logs": ["feed*.log"],
            "verify": [kind.value for kind in needs],
        },
    )


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
    gathered = await environment.run(VerificationActivities(policy).gather_evidence, request)
    assert gathered.plans.policy_version == policy.current().version
    return list(gathered.evidence)


async def test_each_test_and_each_log_file_gives_one_piece(tmp_path: Path) -> None:
    evidence = await gather(feed(tmp_path, TESTS, LOGS), error="connection 17 lost")
    assert [(piece.kind, piece.source, piece.says) for piece in evidence] == [
        (TESTS, "flag is up", Verdict.UNRESOLVED),
        (TESTS, "program is there", None),
        (LOGS, str(tmp_path / "feed.log"), Verdict.UNRESOLVED),
    ]
    # By the clock that the moment of the fix is from, not by this machine's.
    assert {piece.at for piece in evidence} == {BY_THE_SERVER}


async def test_only_what_is_needed_is_looked_at(tmp_path: Path) -> None:
    (tmp_path / "flag").touch()
    tested = await gather(feed(tmp_path, TESTS), error="connection 17 lost")
    assert [piece.says for piece in tested] == [Verdict.RESOLVED, None]
    searched = await gather(feed(tmp_path, LOGS), error="connection 17 lost")
    assert [piece.kind for piece in searched] == [LOGS]


async def test_a_look_while_it_is_watched_asks_all_that_there_is(tmp_path: Path) -> None:
    policy = feed(tmp_path, USER)
    assert await gather(policy, error="connection 17 lost") == []
    watched = await gather(policy, error="connection 17 lost", look=Look.WATCH)
    assert [piece.kind for piece in watched] == [TESTS, TESTS, LOGS]


async def test_what_a_service_does_not_offer_yields_nothing(tmp_path: Path) -> None:
    assert await gather(feed(tmp_path, USER)) == []
    (nothing_to_look_for,) = await gather(feed(tmp_path, LOGS), error="")
    assert nothing_to_look_for.says is None
    assert await gather(feed(tmp_path, TESTS, LOGS), service="nowhere") == []
    assert await gather(policy_with(tmp_path, {}), error="connection lost") == []


async def test_tests_connect_to_what_the_policys_list_permits(tmp_path: Path) -> None:
    async with a_site() as site:
        tests = [
            {"name": "page", "http": {"url": site.address}},
            {"name": "port", "tcp": {"host": "127.0.0.1", "port": site.port}},
            {"name": "by name", "http": {"url": f"http://localhost:{site.port}/"}},
        ]
        policy = policy_with(tmp_path, by_tests(tests), hosts=["127.0.0.1", "::1", "localhost"])
        seen = await gather(policy)
        assert [piece.says for piece in seen] == [Verdict.RESOLVED] * 3
        # Without the address, the name is not enough: it leads to this machine itself.
        tests[:2] = []
        policy = policy_with(tmp_path, by_tests(tests), hosts=["localhost"])
        (piece,) = await gather(policy)
    assert piece.says is None
    assert piece.detail.startswith("localhost leads to ")
    assert site.asked == ["/", "/"]


async def test_a_long_test_sends_heartbeats_and_ends_when_cancelled(tmp_path: Path) -> None:
    slow = {"name": "slow", "command": {"run": ["sleep", "600"]}, "within": "15m"}
    policy = policy_with(tmp_path, by_tests([slow]))
    activities = VerificationActivities(policy, beat_every=timedelta(milliseconds=50))
    environment, beats = ActivityEnvironment(), asyncio.Queue[None]()
    environment.on_heartbeat = lambda *_: beats.put_nowait(None)
    request = EvidenceRequest(
        report=Report(title="Feed is late", service="feed"),
        look=Look.VERIFICATION,
        fixed_at=FIXED,
    )
    gathering = asyncio.create_task(environment.run(activities.gather_evidence, request))
    async with asyncio.timeout(10):
        for _ in range(3):
            await beats.get()
    environment.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(gathering, 10)
