"""Where a report goes: a new incident, an open one, the next episode. No worker is needed."""

import asyncio
import dataclasses
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    Interceptor,
    OutboundInterceptor,
    SignalWorkflowInput,
    StartWorkflowInput,
    WorkflowHandle,
)
from temporalio.converter import PayloadCodec
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import WorkflowEnvironment

from standfast.encryption.errors import KeyUnavailable
from standfast.incidents import names
from standfast.incidents.ids import incident_id
from standfast.incidents.report import Report, ReportResult
from standfast.intake.errors import Refused
from standfast.intake.reporting import LONGEST_SUMMARY, report_incident, summary_of
from standfast.policy import Policy
from standfast.policy_file.loading import load_policy
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.records.errors import RecordsUnavailable


class Shelf:
    """A record store that holds so many episodes of everything."""

    def __init__(self, episodes: int = 0) -> None:
        self._episodes = episodes

    def episodes(self, incident_id: str) -> int:
        return self._episodes


class LockedShelf:
    """A record store that nobody can open."""

    def episodes(self, incident_id: str) -> int:
        raise RecordsUnavailable("the records cannot be used: the disk is away")


async def report(
    client: Client,
    title: str = "Disk full",
    *,
    records: Shelf | LockedShelf | None = None,
    policy: Policy | None = None,
    attempt: str = "",
    **fields: Any,
) -> ReportResult:
    return await report_incident(
        client,
        Report(title=title, **fields),
        now=datetime.now(UTC),
        policy=policy,
        records=records or Shelf(),
        task_queue="nobody-works-here",
        attempt=attempt,
    )


async def signals(handle: WorkflowHandle[Any, Any]) -> list[str]:
    """The names of the signals that a run was sent."""
    history = await handle.fetch_history()
    return [
        event.workflow_execution_signaled_event_attributes.signal_name
        for event in history.events
        if event.HasField("workflow_execution_signaled_event_attributes")
    ]


async def test_reports_without_a_key_are_incidents_of_their_own(env: WorkflowEnvironment) -> None:
    first, second = await report(env.client), await report(env.client)

    assert first.created
    assert second.created
    assert first.incident_id != second.incident_id


async def test_of_many_reports_at_once_one_opens_and_the_others_join(
    env: WorkflowEnvironment,
) -> None:
    results = await asyncio.gather(*(report(env.client, dedup_key="at-once") for _ in range(12)))

    assert len({result.incident_id for result in results}) == 1
    assert sum(result.created for result in results) == 1
    handle = env.client.get_workflow_handle(results[0].incident_id)
    assert await signals(handle) == ["report_again"] * 11


async def test_after_it_closed_one_of_many_begins_the_next_episode(
    env: WorkflowEnvironment,
) -> None:
    first = await report(env.client, dedup_key="again")
    await env.client.get_workflow_handle(first.incident_id).terminate()

    results = await asyncio.gather(*(report(env.client, dedup_key="again") for _ in range(12)))

    assert {(result.incident_id, result.episode) for result in results} == {(first.incident_id, 2)}
    assert sum(result.created for result in results) == 1


async def test_an_incident_that_temporal_has_forgotten_goes_on_with_the_records_count(
    env: WorkflowEnvironment,
) -> None:
    result = await report(env.client, dedup_key="forgotten", records=Shelf(episodes=4))

    assert (result.episode, result.created, result.note) == (5, True, "")


async def test_records_that_are_away_delay_no_report_and_it_is_said(
    env: WorkflowEnvironment,
) -> None:
    result = await report(env.client, dedup_key="locked", records=LockedShelf())

    assert (result.episode, result.created) == (1, True)
    assert "could not be looked up: the records cannot be used" in result.note


async def test_what_operators_see_from_the_start(env: WorkflowEnvironment) -> None:
    result = await report(env.client, "Disk *full*", service="web-1", dedup_key="seen")

    run = await env.client.get_workflow_handle(result.incident_id).describe()
    attributes, memo = run.typed_search_attributes, await run.memo()
    assert attributes.get(names.STAGE) == "report"
    assert attributes.get(names.SERVICE) == "web-1"
    assert attributes.get(names.EPISODE) == 1
    assert memo[names.MEMO_TITLE] == "Disk *full*"
    assert await run.static_summary() == r"Disk \*full\*"
    assert "web\\-1" in (await run.static_details() or "")


async def test_an_urgent_report_overtakes_the_others(env: WorkflowEnvironment) -> None:
    policy = load_policy(SHIPPED_POLICY)
    urgent = await report(
        env.client, "Ransomware: all servers down", users_affected=5000, policy=policy
    )
    small = await report(env.client, "Mouse squeaks", policy=policy)

    async def priority_of(result: ReportResult) -> int:
        history = await env.client.get_workflow_handle(result.incident_id).fetch_history()
        return history.events[0].workflow_execution_started_event_attributes.priority.priority_key

    assert await priority_of(urgent) < await priority_of(small)


async def test_a_report_from_the_future_starts_nothing(env: WorkflowEnvironment) -> None:
    with pytest.raises(Refused, match="occurred_at: 2999-01-01T00:00:00\\+00:00 is in the future"):
        await report(env.client, occurred_at="2999-01-01T00:00:00Z", dedup_key="of-2999")

    with pytest.raises(RPCError, match="not found"):
        await env.client.get_workflow_handle(incident_id("of-2999")).describe()


class Troubled(Interceptor):
    """A connection on which something happens around each start and signal."""

    def __init__(
        self,
        *,
        before_start: Callable[[int], None] = lambda _: None,
        after_start: Callable[[int], None] = lambda _: None,
        before_signal: Callable[[int], Any] = lambda _: None,
    ) -> None:
        self.before_start = before_start
        self.after_start = after_start
        self.before_signal = before_signal

    def intercept_client(self, next: OutboundInterceptor) -> OutboundInterceptor:
        return _Trouble(self, next)

    def on(self, client: Client) -> Client:
        config = client.config()
        config["interceptors"] = [self]
        return Client(**config)


class _Trouble(OutboundInterceptor):
    def __init__(self, made_by: Troubled, following: OutboundInterceptor) -> None:
        super().__init__(following)
        self._made_by = made_by
        self._starts = self._signals = 0

    async def start_workflow(self, input: StartWorkflowInput) -> WorkflowHandle[Any, Any]:
        self._starts += 1
        self._made_by.before_start(self._starts)
        handle = await super().start_workflow(input)
        self._made_by.after_start(self._starts)
        return handle

    async def signal_workflow(self, input: SignalWorkflowInput) -> None:
        self._signals += 1
        await self._made_by.before_signal(self._signals)
        await super().signal_workflow(input)


def breaks(first: int, status: RPCStatusCode) -> Callable[[int], None]:
    """Fails the first so many times."""

    def maybe(time: int) -> None:
        if time <= first:
            raise RPCError("the server is busy", status, b"")

    return maybe


async def test_a_busy_server_is_asked_again(env: WorkflowEnvironment) -> None:
    busy = Troubled(before_start=breaks(2, RPCStatusCode.RESOURCE_EXHAUSTED))

    result = await report(busy.on(env.client), dedup_key="busy")

    assert result.created


@pytest.mark.parametrize("key", ["", "lost-answer"])
async def test_an_answer_that_got_lost_counts_no_report_twice(
    env: WorkflowEnvironment, key: str
) -> None:
    lost = Troubled(after_start=breaks(1, RPCStatusCode.DEADLINE_EXCEEDED))

    result = await report(lost.on(env.client), dedup_key=key)

    assert result.created
    assert await signals(env.client.get_workflow_handle(result.incident_id)) == []


async def test_a_report_to_an_incident_that_closes_just_then_opens_the_next_episode(
    env: WorkflowEnvironment,
) -> None:
    first = await report(env.client, dedup_key="closing")

    async def close(time: int) -> None:
        if time == 1:
            await env.client.get_workflow_handle(first.incident_id).terminate()

    result = await report(Troubled(before_signal=close).on(env.client), dedup_key="closing")

    assert (result.incident_id, result.episode, result.created) == (first.incident_id, 2, True)


@pytest.mark.parametrize("title", ["x" * 300, "日本" * 150, "*" * 300, "é [x](y) " * 30, "short"])
def test_a_summary_fits_whatever_the_title(title: str) -> None:
    summary = summary_of(Report(title=title))

    assert summary
    assert len(f'"{summary}"'.encode()) <= LONGEST_SUMMARY
    assert summary.startswith(("x", "日", r"\*", "é", "short"))


class _Unread(PayloadCodec):
    """Encrypts, and cannot decrypt what another process has: the store of the keys is away."""

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        return list(payloads)

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        raise KeyUnavailable("the record store did not answer within 3 s")


@pytest.mark.parametrize("dedup_key", ["", "disk-unread"])
async def test_a_try_that_cannot_read_who_opened_the_incident_opens_no_other(
    env: WorkflowEnvironment, dedup_key: str
) -> None:
    attempt = f"attempt-{dedup_key}"
    first = await report(env.client, dedup_key=dedup_key, attempt=attempt)
    converter = dataclasses.replace(env.client.data_converter, payload_codec=_Unread())
    client = Client(env.client.service_client, data_converter=converter)
    again = await report(client, dedup_key=dedup_key, attempt=attempt)
    assert (first.created, again.incident_id) == (True, first.incident_id)
    handle = env.client.get_workflow_handle(first.incident_id)
    if dedup_key:  # the workflow knows this counter, so it counts once
        assert await signals(handle) == [names.REPEATS]
        started = (
            (await handle.fetch_history()).events[0].workflow_execution_started_event_attributes
        )
        assert f"report {attempt}" in str(started.input)
    else:
        assert (again.created, await signals(handle)) == (True, [])
