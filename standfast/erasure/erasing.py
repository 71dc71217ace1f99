"""Erases closed incidents, or a person from them: the key first, then the runs and the records.

Copies and backups of Temporal's database that have the incident still cannot be read any more: its
key is nowhere but in the record store.
"""

import asyncio
import base64
import secrets
import shutil
import time
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from temporalio.api.common.v1 import WorkflowExecution as Execution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import Client, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from standfast.encryption.incident_keys import CONFIRMED_FOR
from standfast.incidents.ids import is_incident_id, review_id
from standfast.intake.errors import NoSuchIncident, Refused
from standfast.records.erasing import Tombstone
from standfast.records.store import RecordStore

_RPC_LIMIT = timedelta(seconds=10)
_MARGIN = timedelta(seconds=5)
_LEAST_LETTERS = 2


class Contents(NamedTuple):
    """What there is of an incident: rows of the record store by kind, runs in Temporal, and files
    that came by mail, on this machine.
    """

    rows: dict[str, int]
    runs: int
    files: int


class PersonFound(NamedTuple):
    """Where a person is named: in incidents on record, and in open ones."""

    closed: list[str]
    open: list[str]


class Eraser:
    """Erases. `forgotten_after` is when every process has asked for its keys again."""

    def __init__(
        self,
        client: Client,
        records: RecordStore,
        attachments: Path,
        forgotten_after: timedelta = CONFIRMED_FOR + _MARGIN,
    ) -> None:
        """`attachments` is the directory of this machine with those of mails."""
        self._client = client
        self._records = records
        self._attachments = attachments
        self._forgotten_after = forgotten_after.total_seconds()

    async def contents(self, incident_id: str) -> Contents:
        """What would be erased.

        Raises:
            NoSuchIncident: there is nothing of it.
            Refused: it is open.
        """
        runs = await self._closed_runs(incident_id) + await self._reviews_of(incident_id)
        rows = await asyncio.to_thread(self._records.erasing.counts, incident_id)
        files = [*(self._attachments / incident_id).glob("*")]
        if not runs and not rows and not files:
            raise NoSuchIncident(f"there is no incident {incident_id}")
        return Contents(rows, len(runs), len(files))

    async def closed_of(self, incident_ids: Sequence[str]) -> list[str]:
        """Those of these incidents that are not open again."""
        closed = []
        for incident_id in incident_ids:
            with suppress(Refused):
                await self._closed_runs(incident_id)
                closed.append(incident_id)
        return closed

    async def erase(
        self, incident_ids: Sequence[str], by: str, reason: str, *, write_anew: bool = True
    ) -> list[Tombstone]:
        """Erase these incidents; what is left of them. Takes a minute, and may be repeated.

        write_anew: leave no copy in the files of the record store either, while nobody else can
            write to it.

        Raises:
            Refused: one is open; none is erased.
        """
        for incident_id in incident_ids:
            await self._closed_runs(incident_id)
        left: list[Tombstone] = []
        await asyncio.to_thread(self._records.incident_keys.retire, list(incident_ids))
        began = time.monotonic()
        for incident_id in incident_ids:
            await self._delete_runs(incident_id)
            left += await asyncio.to_thread(self._records.erasing.erase, incident_id, by, reason)
            place = self._attachments / incident_id
            if is_incident_id(incident_id) and place.exists():
                await asyncio.to_thread(shutil.rmtree, place)
        await self._throw_keys_away(incident_ids, began)
        for incident_id in incident_ids:
            # What a worker wrote of it meanwhile: a projection comes a moment after the close.
            await asyncio.to_thread(self._records.erasing.erase, incident_id, by, reason)
        if write_anew:
            await asyncio.to_thread(self._records.erasing.tidy)
        return left

    async def find_person(self, name: str) -> PersonFound:
        """Where a person is named.

        Raises:
            Refused: the name is too short to be told from other words.
        """
        if len(name.strip()) < _LEAST_LETTERS:
            raise Refused(f"--person {name!r}: a name has at least {_LEAST_LETTERS} letters")
        names = self._records.erased_names
        return PersonFound(
            await asyncio.to_thread(names.closed_incidents, name),
            await asyncio.to_thread(names.open_incidents, name),
        )

    async def erase_person(self, name: str, found: PersonFound) -> str:
        """Replace a person's name in the records; the name that stands there now.

        What Temporal still has of closed incidents that name them is deleted, and their keys are
        thrown away: the record has what is known of them. Reviews of those go on from there, in
        new runs. Their own channels are deleted.

        Raises:
            Refused: open incidents name this person.
        """
        if found.open:
            raise Refused(
                f"{name} is named in open incidents, which need the name: close them first "
                f"({', '.join(found.open)})"
            )
        pseudonym = f"erased person {base64.b32encode(secrets.token_bytes(5)).decode()[:4]}"
        closed = found.closed
        await asyncio.to_thread(self._records.incident_keys.retire, closed)
        began = time.monotonic()
        for incident_id in closed:
            await self._delete_runs(incident_id)
        await asyncio.to_thread(self._records.reviews.begin_all_again, closed)
        await asyncio.to_thread(self._records.erased_names.replace, name, pseudonym)
        await asyncio.to_thread(self._records.own_channels.forget, name)
        await self._throw_keys_away(closed, began)
        # Again, for what a worker wrote meanwhile.
        await asyncio.to_thread(self._records.erased_names.replace, name, pseudonym)
        await asyncio.to_thread(self._records.erasing.tidy)
        return pseudonym

    async def _throw_keys_away(self, incident_ids: Sequence[str], retired: float) -> None:
        """Not before every process encrypts with another key: what it wrote would be lost."""
        await asyncio.sleep(max(0.0, retired + self._forgotten_after - time.monotonic()))
        await asyncio.to_thread(self._records.incident_keys.throw_away, list(incident_ids))

    async def _closed_runs(self, incident_id: str) -> list[str]:
        handle = self._client.get_workflow_handle(incident_id)
        try:
            latest = await handle.describe(rpc_timeout=_RPC_LIMIT)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            return []
        if latest.status is WorkflowExecutionStatus.RUNNING:
            raise Refused(
                f"{incident_id} is open, and only closed incidents are erased: resolve or "
                "withdraw it first"
            )
        query = f'WorkflowId = "{incident_id}"'
        listed = self._client.list_workflows(query, rpc_timeout=_RPC_LIMIT)
        return list({latest.run_id, *[run.run_id async for run in listed]})

    async def _reviews_of(self, incident_id: str) -> list[str]:
        """The ids of its reviews' workflows, as far as the record store has them."""
        episodes = await asyncio.to_thread(self._records.reviews.episodes, incident_id)
        return [review_id(incident_id, episode) for episode in episodes]

    async def _delete_runs(self, incident_id: str) -> None:
        """Have Temporal delete every run: it does so within a minute, and forgets none. A review
        that is still open ends by that.

        Raises:
            Refused: it is open.
        """
        for run_id in await self._closed_runs(incident_id):
            await self._delete(Execution(workflow_id=incident_id, run_id=run_id))
        for review in await self._reviews_of(incident_id):
            listed = self._client.list_workflows(f'WorkflowId = "{review}"', rpc_timeout=_RPC_LIMIT)
            for run_id in [run.run_id async for run in listed]:
                await self._delete(Execution(workflow_id=review, run_id=run_id))

    async def _delete(self, run: Execution) -> None:
        try:
            await self._client.workflow_service.delete_workflow_execution(
                DeleteWorkflowExecutionRequest(
                    namespace=self._client.namespace, workflow_execution=run
                ),
                timeout=_RPC_LIMIT,
            )
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
