"""Gathering evidence as the workflow asks for it: the policy's tests and logs, all at once."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from temporalio.testing import ActivityEnvironment

from activities.requests import EvidenceRequest, Look
from activities.verification import VerificationActivities
from standfast.incidents.report import Report
from standfast.incidents.resolution import EvidenceKind, Verdict
from standfast.logs import searching
from standfast.policy_file.source import PolicySource
from standfast.probes import system_tests
from tests.activities.gathering import BY_THE_SERVER, FIXED, by_tests, gather, policy_with
from tests.patience import PATIENCE
from tests.probes.site import a_site

USER, TESTS, LOGS = EvidenceKind


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
    activities = VerificationActivities(
        policy, system_tests.run, searching.search, beat_every=timedelta(milliseconds=50)
    )
    environment, beats = ActivityEnvironment(), asyncio.Queue[None]()
    environment.on_heartbeat = lambda *_: beats.put_nowait(None)
    request = EvidenceRequest(
        report=Report(title="Feed is late", service="feed"),
        look=Look.VERIFICATION,
        fixed_at=FIXED,
    )
    gathering = asyncio.create_task(environment.run(activities.gather_evidence, request))
    async with asyncio.timeout(PATIENCE):
        for _ in range(3):
            await beats.get()
    environment.cancel()
    with pytest.raises(asyncio.CancelledError):
        await asyncio.wait_for(gathering, PATIENCE)
