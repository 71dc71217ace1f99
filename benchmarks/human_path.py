"""The human path, as people and programs drive it: report, page, acknowledge, resolve, confirm."""

import uuid
from datetime import UTC, datetime
from typing import Protocol

from temporalio.client import Client

from benchmarks.inbox import Inbox
from standfast.hosting.settings import Settings
from standfast.incidents.actions import ACTIONS, Action
from standfast.incidents.report import Report
from standfast.intake.actions import act
from standfast.intake.reporting import report_incident
from standfast.policy import Policy
from standfast.records.store import RecordStore

_ANSWER_WITHIN = 60.0
"""Seconds; an action that takes longer is as good as lost."""

_REPORTER = "bench"


class Running(Protocol):
    """What runs incidents, and how to reach it."""

    @property
    def settings(self) -> Settings: ...

    @property
    def client(self) -> Client: ...


class People:
    """Those who report and act, by the same calls as the command line's."""

    def __init__(self, running: Running, policy: Policy, records: RecordStore) -> None:
        self._running = running
        self._policy = policy
        self._records = records

    async def report(self, title: str, service: str = "wiki", description: str = "") -> str:
        """Report something; the incident's id."""
        reported = await report_incident(
            self._running.client,
            Report(title=title, description=description, service=service, reporter=_REPORTER),
            now=datetime.now(UTC),
            policy=self._policy,
            records=self._records.incidents,
            task_queue=self._running.settings.task_queue,
            attempt=uuid.uuid4().hex,
        )
        return reported.incident_id

    async def acknowledge(self, incident: str) -> None:
        """Have it: paging stops."""
        await self._act(incident, Action.ACKNOWLEDGE, by="ana")

    async def resolve(self, incident: str) -> None:
        """Say that it is mended; its reporter is asked."""
        await self._act(incident, Action.RESOLVE, by="ana", summary="Restarted it")

    async def confirm(self, incident: str) -> None:
        """Answer that question: it is; the incident closes."""
        await self._act(incident, Action.VERIFY, by=_REPORTER, verdict="resolved")

    async def whole_path(self, inbox: Inbox) -> None:
        """One incident from its report to the end of its workflow."""
        incident = await self.report(f"Wiki crashed {uuid.uuid4().hex}")
        await inbox.wait(incident, 1)
        await self.acknowledge(incident)
        await self.resolve(incident)
        await inbox.wait(incident, 2)
        await self.confirm(incident)
        await self._running.client.get_workflow_handle(incident).result()

    async def _act(self, incident: str, action: Action, **payload: str) -> None:
        given = ACTIONS[action].payload(**payload)
        await act(self._running.client, incident, action, given, answer_within=_ANSWER_WITHIN)
