"""Automated resolution: real little programs, whose effects are lines in a file."""

import asyncio
import dataclasses
import json
import os
import shlex
from collections.abc import Coroutine, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.activity import ActivityCancellationDetails
from temporalio.testing import ActivityEnvironment

from activities.heartbeat import BEAT_EVERY
from activities.remediation import RemediationActivities
from standfast.incidents.resolution import (
    RemediationOutcome,
    RemediationRequest,
    RemediationResult,
    StepOutcome,
)
from standfast.policy_file.source import PolicySource
from standfast.programs.running import INHERITED
from standfast.records.store import RecordStore
from standfast.runbooks.remediation import Remediation
from tests.decisions.small_policy import SMALL
from tests.hosting.processes import eventually, lives

PROGRAMS = {
    "note": 'echo "$@" >> effects',
    "fail": 'echo "$@" >> effects; exit 9',
    "hang": 'echo "$@" >> effects; echo $$ > pid; sleep 600',
    "count": 'echo "$# $1" >> effects',
    "say": 'printf "%s\\n" "$@" >> effects; env >> environment',
    "wait": 'echo "$@" >> effects; while ! test -e go-on; do sleep 0.01; done',
    "is-healthy": "test -e healthy",
    "heal": "touch healthy",
    "where": 'echo "$workplace" >> effects; touch "$workplace/litter"',
}
"""Programs beside the policy, as a process owner ships them; each notes its effect."""

HEALTHY = ["./is-healthy"]
Step = dict[str, Any]


def step(run: str, undo: str = "", within: str = "30s") -> Step:
    """A step of the programs above, from the words of a command line."""
    command = {"run": shlex.split(run), "within": within}
    return command | ({"undo": shlex.split(undo)} if undo else {})


class Place:
    """A policy with one runbook, the programs beside it, and what they have done."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.env = ActivityEnvironment()
        self.beat_every = BEAT_EVERY
        self.records = RecordStore(f"sqlite:///{directory}/records.db")
        self.workplaces = directory / "workplaces"
        self.guards: dict[str, Any] = {"cooldown": None}
        self.runs = 0
        for name, script in PROGRAMS.items():
            program = directory / name
            program.write_text(f'#!/bin/sh\nworkplace=$PWD; cd "{directory}"\n{script}\n')
            program.chmod(0o755)

    def remediate(
        self,
        *steps: Step,
        check: list[str] = HEALTHY,
        check_within: str = "30s",
        attempt: int = 1,
        runbook: str = "repair",
        service: str = "wiki",
        incident: str = "INC-1",
        withdrawn: bool = False,
        **runbook_says: Any,
    ) -> Coroutine[Any, Any, RemediationResult]:
        repair = {
            "title": "Repair it",
            "match": {"category": "other"},
            "steps": steps,
            "check": check,
            "check_within": check_within,
            **runbook_says,
        }
        policy = self.directory / "policy.yaml"
        policy.write_text(
            json.dumps(SMALL | {"runbooks": {"repair": repair}, "guards": self.guards})
        )
        self.env.info = dataclasses.replace(self.env.info, attempt=attempt)
        remediation = Remediation(
            PolicySource(policy),
            self.records,
            self.workplaces,
            environment={"STANDFAST_SECRET_TOKEN": "hunter2-and-more"},
            lease=timedelta(seconds=2),
        )
        activities = RemediationActivities(remediation, beat_every=self.beat_every)
        self.runs += 0 if attempt > 1 or withdrawn else 1
        request = RemediationRequest(
            key=f"{incident}:1:runbook:{self.runs}",
            incident_id=incident,
            service=service,
            runbook=runbook,
            withdrawn=withdrawn,
        )
        return self.env.run(activities.remediate, request)

    def heal(self) -> None:
        (self.directory / "healthy").touch()

    @property
    def effects(self) -> list[str]:
        file = self.directory / "effects"
        return file.read_text().splitlines() if file.exists() else []

    async def sees(self, effect: str) -> None:
        await asyncio.to_thread(eventually, lambda: effect in self.effects, f"{effect} happens")

    @property
    def hanging_pid(self) -> int:
        return int((self.directory / "pid").read_text())


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    yield place
    place.records.close()
    left = list(place.workplaces.iterdir()) if place.workplaces.exists() else []
    assert left == [], "every run's own directory is gone"


# It helps, or it is undone


async def test_it_helps_when_all_steps_and_the_check_succeed(place: Place) -> None:
    result = await place.remediate(
        step("./note stop {service}"), step("./note start {service}"), check=["true"]
    )

    assert result.yes
    assert result.rolled_back is None
    assert place.effects == ["stop wiki", "start wiki"]
    assert [one.what for one in result.steps] == [
        "step 1 of 2: ./note stop wiki",
        "step 2 of 2: ./note start wiki",
        "the check: true",
    ]
    assert {one.outcome for one in result.steps} == {StepOutcome.SUCCEEDED}
    assert result.reasons == (
        "step 1 of 2 succeeded",
        "step 2 of 2 succeeded",
        "the check succeeded",
    )
    assert result.runbook == "repair"
    assert result.policy_version


async def test_a_check_that_does_not_pass_undoes_all_in_reverse_order(place: Place) -> None:
    result = await place.remediate(
        step("./note do-1", "./note undo-1"),
        step("./note do-2"),
        step("./note do-3", "./note undo-3"),
    )

    assert not result.yes
    assert result.rolled_back is True
    assert place.effects == ["do-1", "do-2", "do-3", "undo-3", "undo-1"]
    assert result.reasons[3:] == (
        "the check failed with exit code 1",
        "undoing step 3 of 3 succeeded",
        "step 2 of 3 has no undo: it stays as it is",
        "undoing step 1 of 3 succeeded",
    )


async def test_a_step_that_fails_ends_it_and_may_be_half_done(place: Place) -> None:
    place.heal()
    result = await place.remediate(
        step("./note do-1", "./note undo-1"),
        step("./fail do-2", "./note undo-2"),
        step("./note do-3", "./note undo-3"),
    )

    assert not result.yes
    assert result.rolled_back is True
    assert place.effects == ["do-1", "do-2", "undo-2", "undo-1"]
    assert result.steps[1].exit_code == 9
    assert result.steps[1].outcome is StepOutcome.FAILED
    assert "step 2 of 3 failed with exit code 9" in result.reasons


async def test_a_step_that_could_not_start_needs_no_undoing(place: Place) -> None:
    result = await place.remediate(
        step("./note do-1", "./note undo-1"), step("./missing", "./note undo-2")
    )

    assert place.effects == ["do-1", "undo-1"]
    assert result.reasons[1] == (
        f"step 2 of 2 could not be started: {place.directory}/missing: no such file"
    )


async def test_a_step_out_of_time_is_ended_and_undone(place: Place) -> None:
    result = await place.remediate(step("./hang do-1", "./note undo-1", within="1s"))

    assert place.effects == ["do-1", "undo-1"]
    assert not lives(place.hanging_pid)
    assert result.steps[0].outcome is StepOutcome.TIMED_OUT
    assert result.reasons[0] == "step 1 of 1 was not done within 1 s"


async def test_a_check_out_of_time_is_no_success(place: Place) -> None:
    result = await place.remediate(
        step("./note do-1", "./note undo-1"), check=["./hang", "check"], check_within="1s"
    )

    assert not result.yes
    assert place.effects == ["do-1", "check", "undo-1"]


async def test_undoing_that_fails_is_said_and_does_not_stop_the_rest(place: Place) -> None:
    result = await place.remediate(
        step("./note do-1", "./note undo-1"), step("./note do-2", "./fail undo-2")
    )

    assert result.rolled_back is False
    assert place.effects == ["do-1", "do-2", "undo-2", "undo-1"]
    assert "undoing step 2 of 2 failed with exit code 9" in result.reasons


async def test_where_nothing_can_be_undone_nothing_was_rolled_back(place: Place) -> None:
    result = await place.remediate(step("./note do-1"))

    assert not result.yes
    assert result.rolled_back is None


# After an attempt whose outcome nobody saw (all the ways are in test_kill_points.py)


async def test_an_attempt_after_the_end_gives_the_result_again(place: Place) -> None:
    place.heal()
    steps = (step("./note do-1"), step("./note do-2"))
    first = await place.remediate(*steps)
    again = await place.remediate(*steps, attempt=2)

    assert again == first
    assert place.effects == ["do-1", "do-2"]


async def test_an_attempt_that_was_given_up_is_gone_on_with_by_the_next(place: Place) -> None:
    steps = (step("./note do-1"), step("./wait do-2"), step("./heal"))
    running = asyncio.create_task(place.remediate(*steps))
    await place.sees("do-2")
    place.env.cancel(ActivityCancellationDetails(timed_out=True))
    with pytest.raises(asyncio.CancelledError):
        await running

    place.env = ActivityEnvironment()
    result = await place.remediate(*steps, attempt=2)
    assert place.effects == ["do-1", "do-2"]
    assert result.outcome is RemediationOutcome.UNKNOWN
    assert result.left == ("nobody knows whether step 2 of 3 was done: it has no check of its own",)


async def test_a_worker_that_shuts_down_leaves_the_rest_to_the_next_at_once(place: Place) -> None:
    done = {"check": ["./is-healthy"]}
    steps = (step("./note do-1", "./note undo-1"), step("./wait do-2") | done)
    running = asyncio.create_task(place.remediate(*steps))
    await place.sees("do-2")
    place.env.cancel(ActivityCancellationDetails(worker_shutdown=True))
    with pytest.raises(asyncio.CancelledError):
        await running
    assert place.effects == ["do-1", "do-2"]

    place.heal()
    place.env = ActivityEnvironment()
    result = await place.remediate(*steps, attempt=2)
    assert result.yes
    assert "step 2 of 2 had been done" in result.reasons
    assert place.effects == ["do-1", "do-2"]


# Cancelled


WITHDRAWN = ActivityCancellationDetails(cancel_requested=True)


async def test_withdrawn_it_ends_the_step_undoes_and_says_so(place: Place) -> None:
    running = asyncio.create_task(
        place.remediate(step("./note do-1", "./note undo-1"), step("./hang do-2", "./note undo-2"))
    )
    await place.sees("do-2")

    place.env.cancel(WITHDRAWN)
    result = await running
    assert not lives(place.hanging_pid)
    assert place.effects == ["do-1", "do-2", "undo-2", "undo-1"]
    assert result.outcome is RemediationOutcome.STOPPED
    assert result.left == ()


async def test_withdrawn_after_its_worker_died_it_is_only_undone(place: Place) -> None:
    steps = (step("./note do-1", "./note undo-1"), step("./hang do-2", "./note undo-2"))
    running = asyncio.create_task(place.remediate(*steps))
    await place.sees("do-2")
    place.env.cancel(ActivityCancellationDetails(timed_out=True))
    with pytest.raises(asyncio.CancelledError):
        await running

    place.env = ActivityEnvironment()
    result = await place.remediate(*steps, withdrawn=True)
    assert place.effects == ["do-1", "do-2", "undo-2", "undo-1"]
    assert result.outcome is RemediationOutcome.STOPPED


async def test_withdrawn_an_only_step_is_undone_though_the_check_says_nothing_is_well(
    place: Place,
) -> None:
    only = step("./wait do-1", "./note undo-1")
    running = asyncio.create_task(place.remediate(only))
    await place.sees("do-1")
    place.env.cancel(ActivityCancellationDetails(timed_out=True))
    with pytest.raises(asyncio.CancelledError):
        await running

    place.env = ActivityEnvironment()
    result = await place.remediate(only, withdrawn=True)
    assert place.effects == ["do-1", "undo-1"]
    assert result.left == (
        "nobody knows whether step 1 of 1 was done: it has no check of its own; it was undone all"
        " the same",
    )


async def test_withdrawn_before_anything_ran_nothing_runs(place: Place) -> None:
    result = await place.remediate(step("./note do-1"), withdrawn=True)

    assert result.outcome is RemediationOutcome.REFUSED
    assert place.effects == []


# Guards, asked before anything runs


async def test_what_a_guard_refuses_is_an_answer_with_the_reason(place: Place) -> None:
    place.heal()
    place.guards = {"cooldown": "10m"}
    await place.remediate(step("./note do-1"))
    result = await place.remediate(step("./note do-1"))

    assert result.outcome is RemediationOutcome.REFUSED
    assert "cooldown: a remediation of service:wiki ended 0 s ago" in result.reasons[0]
    assert place.effects == ["do-1"]


async def test_without_the_record_store_nothing_is_automated(place: Place) -> None:
    (place.directory / "records.db").mkdir()
    result = await place.remediate(step("./note do-1"))

    assert result.outcome is RemediationOutcome.REFUSED
    assert result.reasons[0].startswith("the guards cannot be asked: ")
    assert place.effects == []


async def test_a_secret_that_is_not_set_here_keeps_it_from_running(place: Place) -> None:
    result = await place.remediate(step("./note do-1"), environment={"KEY": "secret:OTHER"})

    assert result.outcome is RemediationOutcome.REFUSED
    assert "STANDFAST_SECRET_OTHER is not set" in result.reasons[0]


async def test_a_secret_reaches_the_command_and_no_record(place: Place) -> None:
    place.heal()
    echo = step(shlex.join(["sh", "-c", 'echo "token $TOKEN"; test "$TOKEN" = hunter2-and-more']))
    result = await place.remediate(echo, environment={"TOKEN": "secret:TOKEN"})

    assert result.yes
    assert result.steps[0].output == "token ***"
    assert b"hunter2" not in (place.directory / "records.db").read_bytes()


async def test_every_run_has_a_directory_of_its_own(place: Place) -> None:
    place.heal()
    await place.remediate(step("./where"), step("./where"))
    await place.remediate(step("./where"))

    first, same, other = place.effects
    assert first == same != other
    assert Path(first).parent == place.workplaces


@pytest.mark.parametrize("lost", ["timed_out", "not_found"])
async def test_an_attempt_that_temporal_gave_up_leaves_undoing_to_the_next(
    place: Place, lost: str
) -> None:
    running = asyncio.create_task(place.remediate(step("./hang do-1", "./note undo-1")))
    await place.sees("do-1")

    place.env.cancel(ActivityCancellationDetails(**{lost: True}))
    with pytest.raises(asyncio.CancelledError):
        await running
    assert not lives(place.hanging_pid)
    assert place.effects == ["do-1"]


async def test_a_cancellation_while_undoing_changes_nothing(place: Place) -> None:
    running = asyncio.create_task(
        place.remediate(step("./note do-1", "./note undo-1"), step("./fail do-2", "./wait undo-2"))
    )
    await place.sees("undo-2")

    place.env.cancel(WITHDRAWN)
    await asyncio.sleep(0)
    (place.directory / "go-on").touch()
    result = await running
    assert result.rolled_back is True
    assert place.effects == ["do-1", "do-2", "undo-2", "undo-1"]


# Heartbeats, each of which is billed


async def test_a_long_runbook_tells_what_it_is_doing(place: Place) -> None:
    beats: list[object] = []
    place.env.on_heartbeat = lambda *details: beats.extend(details)
    place.beat_every = timedelta(milliseconds=10)
    running = asyncio.create_task(place.remediate(step("./wait do-1"), check=["true"]))
    await asyncio.to_thread(eventually, lambda: len(beats) > 3, "heartbeats")

    (place.directory / "go-on").touch()
    assert (await running).yes
    assert "step 1 of 1: ./wait do-1" in beats


async def test_a_short_runbook_costs_no_heartbeat(place: Place) -> None:
    beats: list[object] = []
    place.env.on_heartbeat = lambda *details: beats.append(details)
    await place.remediate(step("./note do-1"))

    assert beats == []


# What gets into a command, and what does not


HOSTILE = "wiki; touch pwned $(touch pwned) `touch pwned` \n ../../etc"


async def test_a_service_outside_the_catalogue_gets_into_no_command(place: Place) -> None:
    result = await place.remediate(step("./note {service}"), service=HOSTILE)

    assert not result.yes
    assert result.steps == ()
    assert place.effects == []
    assert "none of the catalogue is named" in result.reasons[0]


async def test_a_service_outside_the_catalogue_is_empty_in_the_environment(place: Place) -> None:
    await place.remediate(step("./say"), service=HOSTILE)

    assert "\nSTANDFAST_SERVICE=\n" in f"\n{(place.directory / 'environment').read_text()}"


async def test_a_placeholder_stays_inside_its_argument(place: Place) -> None:
    await place.remediate(step("./count '{incident} of {service}'"))

    assert place.effects == ["1 INC-1 of wiki"]


async def test_doubled_braces_are_braces(place: Place) -> None:
    await place.remediate(step("./note '{{service}}'"))

    assert place.effects == ["{service}"]


async def test_the_environment_holds_what_was_promised_and_no_secret(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_API_KEY", "hunter2")
    monkeypatch.setenv("STANDFAST_DATABASE_URL", "postgresql://root:hunter2@db/standfast")
    monkeypatch.setenv("TZ", "Europe/Zurich")
    await place.remediate(step("./say {key}"))

    lines = (place.directory / "environment").read_text().splitlines()
    seen = dict(line.split("=", 1) for line in lines)
    made_by_shell_and_locale = {"PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"}
    ours = {"STANDFAST_INCIDENT", "STANDFAST_SERVICE", "STANDFAST_KEY", "STANDFAST_STEP"}
    assert seen.keys() - made_by_shell_and_locale == ours | (set(INHERITED) & os.environ.keys())
    assert seen["TZ"] == "Europe/Zurich"
    assert seen["STANDFAST_INCIDENT"] == "INC-1"
    assert seen["STANDFAST_SERVICE"] == "wiki"
    assert [seen["STANDFAST_KEY"]] == place.effects == ["INC-1:1:runbook:1"]


async def test_a_runbook_that_has_gone_from_the_policy(place: Place) -> None:
    result = await place.remediate(step("./note do-1"), runbook="old-repair")

    assert not result.yes
    assert result.reasons == ("the policy has no runbook 'old-repair' any more",)
    assert place.effects == []


async def test_the_output_of_a_step_is_short_and_clean(place: Place) -> None:
    noisy = "printf '\\033[31mred\\033[0m\\n'; head -c 100000 /dev/zero | tr '\\0' x"
    result = await place.remediate(step(shlex.join(["sh", "-c", noisy])), check=["true"])

    output = result.steps[0].output
    assert output.startswith("red\nxxx")
    assert len(output) < 2_100
