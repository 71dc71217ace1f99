"""Incidents on the server's machine: by Temporal and the record store."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cached_property
from typing import TYPE_CHECKING, Any

from temporalio.service import RPCError

from standfast.commands.fields import valid
from standfast.commands.local.explained import explained
from standfast.commands.session import Pause
from standfast.incidents.actions import ActionDescription, ActionResult
from standfast.incidents.dedup_keys import command_lines_key
from standfast.incidents.found import PageFound
from standfast.incidents.incident_filter import IncidentFilter
from standfast.incidents.record import IncidentSummary, IncidentView, LookupResult
from standfast.incidents.report import Report, ReportResult
from standfast.incidents.stats import Stats, StatsFilter
from standfast.intake.errors import IntakeError, Unavailable
from standfast.policy_file.errors import PolicyError
from standfast.terminal.lines import print_note

if TYPE_CHECKING:
    from standfast.commands.local.session import LocalSession
    from standfast.intake.record_additions import ToRecord
    from standfast.lookup.delivery_trails import DeliveryTrail
    from standfast.policy import Policy

EVERY = 1.0
"""Seconds between two looks at an incident's history in Temporal, which cost no Action."""


class LocalIncidents:
    """As `session.Incidents`. What each needs is loaded by whoever calls it."""

    def __init__(self, session: "LocalSession") -> None:
        self._session = session

    async def report(self, report: Report) -> ReportResult:
        """Report an issue to Temporal; its key is the command line's own."""
        from standfast.intake.reporting import report_incident

        client = await self._session.client()
        owned = report.model_copy(update={"dedup_key": command_lines_key(report.dedup_key)})
        try:
            return await report_incident(
                client,
                owned,
                now=datetime.now(UTC),
                policy=self._estimating,
                records=_Known(self._session),
                task_queue=self._session.settings.task_queue,
            )
        except RPCError as failed:
            raise IntakeError(str(failed)) from None

    async def find(self, incident_id: str, episode: int | None = None) -> LookupResult:
        """Look it up in Temporal and on record."""
        from standfast.lookup.lookup import Lookup

        client = await self._session.client()
        try:
            return await Lookup(client, self._session.records).find(incident_id, episode)
        except RPCError as failed:
            raise Unavailable(
                f"Temporal answered: {failed.message or failed.status.name}"
            ) from None

    async def deliveries(self, view: IncidentView) -> Sequence["DeliveryTrail"]:
        """Read them on record."""
        from standfast.lookup.delivery_trails import trails_of

        with explained():
            return await trails_of(self._session.records, view)

    async def list(self, wanted: IncidentFilter, limit: int) -> list[IncidentSummary]:
        """List open ones from Temporal's visibility, closed ones from the records."""
        from standfast.lookup.incident_lists import list_incidents

        client = await self._session.client()
        with explained():
            found = await list_incidents(client, lambda: self._session.records, wanted, limit)
            if not found:
                self._session.must_have_names(wanted.names)
            return found

    async def search(self, query: str, limit: int) -> PageFound:
        """Search them on record: whoever works on this machine finds all."""
        from standfast.incidents.roles import Role
        from standfast.lookup.search import search
        from standfast.records.search import Searcher

        everything = Searcher("", Role.ADMINISTRATOR)
        with explained():
            policy = self._session.policy_if_readable
            return await search(self._session.records, query, everything, limit, policy=policy)

    async def act(
        self, incident_id: str, described: ActionDescription, fields: Mapping[str, Any]
    ) -> ActionResult:
        """Send it as a workflow update, or add it to the record of a closed incident."""
        from standfast.incidents.actions import (
            Action,
            Comment,
            Correct,
            Restrict,
            Tag,
            Unrestrict,
        )
        from standfast.intake.actions import act

        payload, client = valid(described.payload, fields), await self._session.client()
        if isinstance(payload, Correct | Tag):
            return await self._add_to_record(incident_id, payload)
        action = Action(described.action)
        if isinstance(payload, Comment | Restrict | Unrestrict):
            from standfast.intake.record_additions import act_or_add

            return await act_or_add(
                client,
                incident_id,
                action,
                payload,
                lambda: self._add_to_record(incident_id, payload),
            )
        return await act(client, incident_id, action, payload)

    async def _add_to_record(self, incident_id: str, payload: "ToRecord") -> ActionResult:
        from standfast.commands.local.user import local_event
        from standfast.intake.record_additions import add_to_record
        from standfast.records.audit import AuditKind

        view = (await self.find(incident_id, payload.episode)).view
        event = local_event(AuditKind.ADDED_TO_RECORD)
        with explained():
            return await add_to_record(self._session.records, view, payload, event)

    async def stats(self, wanted: StatsFilter) -> Stats:
        """Count them in the record store."""
        from standfast.lookup.numbers import asked, numbers
        from standfast.policy_file.loading import load_policy

        query = asked(wanted, datetime.now(UTC))
        policy = None
        try:
            policy = load_policy(self._session.settings.policy)
        except PolicyError as broken:
            print_note(f"{broken.problems[0]}; so people's nights are counted in UTC")
        records = self._session.records
        with explained():
            self._session.must_have_names({"team": query.team})
            return await records.run(numbers, records, policy, query, None)

    @asynccontextmanager
    async def news(self, _: str) -> AsyncIterator[Pause]:
        """Look each second."""
        yield lambda: asyncio.sleep(EVERY)

    @cached_property
    def _estimating(self) -> "Policy | None":
        """The policy, for the reports' order in the queue; the worker's own triage counts."""
        # Its models take a tenth of a second to load: not before it is known that there is a
        # server.
        from standfast.policy_file.loading import load_policy

        try:
            return load_policy(self._session.settings.policy)
        except PolicyError as broken:
            print_note(
                f"{broken.problems[0]}; reports go in all the same, but all with one priority"
            )
            return None


class _Known:
    """Which episodes are on record, for reports with a key; others ask for none."""

    def __init__(self, session: "LocalSession") -> None:
        self._session = session

    def episodes(self, incident_id: str) -> int:
        """The highest episode on record."""
        return self._session.records.incidents.episodes(incident_id)
