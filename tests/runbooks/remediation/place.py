"""A policy with one runbook, the little programs beside it, and what they have done."""

import asyncio
import dataclasses
import json
import shlex
from collections.abc import Coroutine
from datetime import timedelta
from pathlib import Path
from typing import Any

from temporalio.testing import ActivityEnvironment

from activities.heartbeat import BEAT_EVERY
from activities.remediation import RemediationActivities
from standfast.incidents.resolution import RemediationRequest, RemediationResult
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from standfast.runbooks.remediation import Remediation
from tests.decisions.small_policy import SMALL
from tests.empty_records import empty_records
from tests.hosting.processes import eventually

PROGRAMS = {
    "note": 'echo "$@" >> effects',
    "fail": 'echo "$@" >> effects; exit 9',
    "hang": 'echo $$ > pid; echo "$@" >> effects; sleep 600',
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
        self.records = RecordStore(empty_records(directory / "records.db"))
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
