"""Automated resolution: real little programs, whose effects are lines in a file."""

import asyncio
import shlex
from datetime import timedelta

from standfast.incidents.resolution import RemediationOutcome, StepOutcome
from tests.hosting.processes import eventually, lives
from tests.runbooks.remediation.place import Place, step

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
    (place.directory / "records.db").unlink()
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
