"""Alert ingestion: an alert opens an incident, repeats, acknowledges or recovers it.

The alerts of one body are ingested concurrently, those of one key in order. Firing alerts go before
recoveries, so that a group does not recover for a moment in between.
"""

import asyncio
from collections import OrderedDict
from collections.abc import Callable, Container, Sequence
from datetime import UTC, datetime, timedelta
from types import TracebackType
from typing import NamedTuple, Self

from temporalio.client import Client

from standfast.decisions.classification import classify
from standfast.decisions.stale import STALE_WITHIN
from standfast.incidents.actions import Acknowledge, Action
from standfast.incidents.alert import Alert, AlertAction
from standfast.incidents.dedup_keys import incident_key
from standfast.incidents.ids import incident_id
from standfast.incidents.monitoring import Recovery
from standfast.incidents.report import Report, refusal
from standfast.intake.actions import act
from standfast.intake.deduplication import Deduplication
from standfast.intake.errors import NoAnswer, NoSuchIncident, Refused
from standfast.intake.grouped_alerts import as_member, member_key, together, too_many
from standfast.intake.stale_alerts import Heard, StaleAlerts
from standfast.messages.message import Message
from standfast.policy import Policy
from standfast.policy.sources import Grouping, Source
from standfast.records.store import RecordStore

ACKNOWLEDGED_WITHIN = 3.0
"""Seconds to wait for a worker to answer an acknowledgement; then it is sent as a signal."""

_AT_ONCE = 20
_REMEMBER_GROUP_FOR = 5.0
"""Seconds. In them another process may hear that the alert is over, and this one that it fires."""

_MOST_GROUPS_REMEMBERED = 50_000
MOST_OF_A_BODY = 500
"""Incidents that one body opens at most, whatever its source may send in a minute."""

_OVER_THE_LIMIT = "over the limit"
"""The source's own key of the incident in which the others are."""

_NOTHING_OPEN = "no incident with that key is open"
_OTHERS_FIRE = "other alerts of its group are firing"


class Outcome(Message):
    """The result of one alert. `reason` says why it changed nothing, or what was unclear."""

    action: AlertAction
    dedup_key: str
    incident_id: str = ""
    created: bool = False
    reason: str = ""


class Sender(NamedTuple):
    """A source, by its name in the policy."""

    name: str
    source: Source


class AlertIngestion:
    """Ingests alerts, for one process. An async context manager: inside its block it also counts
    the stale alerts that were set aside long enough.
    """

    def __init__(
        self,
        client: Client,
        records: RecordStore,
        policy: Callable[[], Policy],
        deduplication: Deduplication,
        *,
        acknowledged_within: float = ACKNOWLEDGED_WITHIN,
        stale_within: timedelta = STALE_WITHIN,
    ) -> None:
        self._client = client
        self._records = records
        self._policy = policy
        self._deduplication = deduplication
        self._acknowledged_within = acknowledged_within
        self._groups: OrderedDict[str, tuple[str, float]] = OrderedDict()
        self.stale = StaleAlerts(records, self._count_stale, stale_within)

    async def __aenter__(self) -> Self:
        self.stale.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stale.stop()

    async def ingest(self, sender: Sender, alerts: Sequence[Alert]) -> list[Outcome]:
        """Ingest each alert of a body; their outcomes, in order.

        Raises:
            Unavailable, RPCError, RecordsUnavailable: some of it could not be done. What was done
                stays; send it again, and the rest is done too.
        """
        outcomes = await self._leave_stale_out(sender, alerts)
        most = min(sender.source.max_per_minute, MOST_OF_A_BODY)
        groups, over = _limited(_groups(sender, alerts, outcomes), alerts, most)
        if over:
            outcomes.update(await self._fire_as_one(sender, alerts, over))
        free = asyncio.Semaphore(_AT_ONCE)

        async def ingest_group(numbers: Sequence[int]) -> None:
            async with free:
                members = [alerts[number] for number in numbers]
                results = await self._ingest_group(sender, members)
                outcomes.update(zip(numbers, results, strict=True))

        for fires in (True, False):
            await asyncio.gather(
                *(
                    ingest_group(numbers)
                    for numbers in groups
                    if (alerts[numbers[-1]].action is AlertAction.TRIGGER) is fires
                )
            )
        return [outcomes[number] for number in range(len(alerts))]

    async def _fire_as_one(
        self, sender: Sender, alerts: Sequence[Alert], over: Sequence[int]
    ) -> dict[int, Outcome]:
        """The alerts of a body that are over the limit open one incident, which names them."""
        merged = too_many(sender.source.title, [alerts[number] for number in over])
        fired = await self._fire(sender, merged, incident_key(sender.name, _OVER_THE_LIMIT))
        why = f"{len(over)} alerts of this body are over the limit of {sender.name}: they are one"
        return {
            number: _outcome(alerts[number], fired.incident_id, created=fired.created, reason=why)
            for number in over
        }

    async def _leave_stale_out(self, sender: Sender, alerts: Sequence[Alert]) -> dict[int, Outcome]:
        """The outcomes of those that come too late, by their numbers."""
        heard = {
            number: Heard(incident_key(sender.name, alert.dedup_key), alert)
            for number, alert in enumerate(alerts)
            if alert.starts_at and alert.action in (AlertAction.TRIGGER, AlertAction.RESOLVE)
        }

        async def where(alert: Alert) -> str:
            return incident_id(await self._key_of(sender, alert))

        stale = await self.stale.among(sender.name, heard, where)
        return {
            number: _outcome(
                alerts[number].model_copy(update={"action": AlertAction.IGNORE}),
                one.incident_id,
                reason=one.reason,
            )
            for number, one in stale.items()
        }

    async def _count_stale(self, source: str, alert: Alert) -> None:
        """Count an alert that was set aside."""
        known = self._policy().sources.get(source)
        if known is None:
            raise Refused(f"the policy has no source {source!r} any more")
        await self._ingest_group(Sender(source, known), [alert])

    async def _key_of(self, sender: Sender, alert: Alert) -> str:
        """The key of the incident that an alert was in."""
        if _grouped_by_source(sender, alert):
            return incident_key(sender.name, alert.group_key)
        own = incident_key(sender.name, alert.dedup_key)
        if sender.source.group is not Grouping.POLICY:
            return own
        return await asyncio.to_thread(self._records.groups.incident_of, own)

    async def _note_recoveries(
        self, sender: Sender, alerts: Sequence[Alert], *, is_open: bool
    ) -> None:
        began = {
            incident_key(sender.name, alert.dedup_key): alert.starts_at
            for alert in alerts
            if alert.action is AlertAction.RESOLVE and alert.starts_at
        }
        await self.stale.recovered(began, is_open=is_open)

    async def _ingest_group(self, sender: Sender, alerts: Sequence[Alert]) -> list[Outcome]:
        """Alerts of one key, in order, or of one group of the source."""
        if not _grouped_by_source(sender, alerts[0]):
            return [await self._ingest(sender, alert) for alert in alerts]
        key = incident_key(sender.name, alerts[0].group_key)
        firing = [alert for alert in alerts if alert.action is AlertAction.TRIGGER]
        if firing:
            over = [alert for alert in alerts if alert.action is AlertAction.RESOLVE]
            fired = await self._fire(sender, together(firing, over), key)
            await self._note_recoveries(sender, alerts, is_open=True)
            return [
                _outcome(alert, fired.incident_id, created=fired.created, reason=fired.reason)
                if alert.action is AlertAction.TRIGGER
                else _outcome(alert, fired.incident_id, reason=_OTHERS_FIRE)
                for alert in alerts
            ]
        resolved = [alert for alert in alerts if alert.action is AlertAction.RESOLVE]
        left_out = max(alert.left_out for alert in alerts)
        if resolved and left_out:
            why = f"{left_out} more alerts of its group were left out, and may be firing"
            return [_outcome(alert, reason=why) for alert in alerts]
        if resolved:
            recovered = await self._recover(sender, resolved, key)
            return [
                _outcome(alert, recovered.incident_id, reason=recovered.reason) for alert in alerts
            ]
        return [await self._ingest(sender, alert, key) for alert in alerts]

    async def _ingest(self, sender: Sender, alert: Alert, key: str = "") -> Outcome:
        """One alert. `key`: the incident's, where it differs from the alert's."""
        if alert.action is AlertAction.IGNORE:
            return _outcome(alert)
        own = key or incident_key(sender.name, alert.dedup_key)
        by_policy = sender.source.group is Grouping.POLICY
        if alert.action is AlertAction.TRIGGER:
            return await self._fire(sender, alert, key)
        if alert.action is AlertAction.ACKNOWLEDGE:
            return await self._acknowledge(alert, key or await self._key_of(sender, alert))
        if by_policy:
            self._groups.pop(own, None)
            member = member_key(own)
            own, last = await asyncio.to_thread(self._records.groups.leave, own)
            if not last:
                identity = incident_id(own)
                is_open = await self._deduplication.recover_member(identity, sender.name, member)
                await self._note_recoveries(sender, [alert], is_open=is_open)
                return _outcome(alert, identity, reason=_OTHERS_FIRE)
        return await self._recover(sender, [alert], own)

    async def _fire(self, sender: Sender, alert: Alert, key: str = "") -> Outcome:
        report, unclear = _reported(alert)
        member = ""
        if key:
            report = report.model_copy(update={"dedup_key": key})
        elif sender.source.group is Grouping.POLICY and not alert.about_the_source:
            member = member_key(report.dedup_key)
            key = await self._group_of(sender, report)
            report = as_member(report.model_copy(update={"dedup_key": key}), member)
        receipt = await self._deduplication.accept(report, member, alert.delivery)
        return _outcome(alert, receipt.incident_id, created=receipt.created, reason=unclear)

    async def _acknowledge(self, alert: Alert, key: str) -> Outcome:
        identity = incident_id(key)
        payload = Acknowledge(by=alert.by)
        try:
            await act(
                self._client,
                identity,
                Action.ACKNOWLEDGE,
                payload,
                answer_within=self._acknowledged_within,
            )
        except NoSuchIncident:
            return _outcome(alert, reason=_NOTHING_OPEN)
        except Refused as refused:
            return _outcome(alert, identity, reason=str(refused))
        except NoAnswer:
            # An update that no worker has accepted is lost; a signal is durable.
            handle = self._client.get_workflow_handle(identity)
            await handle.signal(Action.ACKNOWLEDGE.value, payload)
            return _outcome(alert, identity, reason="no worker answers; it is done once one does")
        return _outcome(alert, identity)

    async def _recover(self, sender: Sender, alerts: Sequence[Alert], key: str) -> Outcome:
        """All alerts of an incident have recovered, these last."""
        identity, alert = incident_id(key), alerts[-1]
        said = Recovery(by=sender.name, detail=alert.detail, resolves=sender.source.resolves)
        is_open = await self._deduplication.recover(identity, said)
        await self._note_recoveries(sender, alerts, is_open=is_open)
        if is_open:
            return _outcome(alert, identity)
        return _outcome(alert, reason=_NOTHING_OPEN)

    async def _group_of(self, sender: Sender, report: Report) -> str:
        """The key of the alert's incident, grouped by service and category."""
        now = asyncio.get_running_loop().time()
        known, until = self._groups.get(report.dedup_key, ("", 0.0))
        if now < until:
            return known
        category = classify(self._policy(), report).category
        group = "\0".join((sender.name, report.service, category))
        key = await asyncio.to_thread(
            self._records.groups.join, group, report.dedup_key, sender.source.window
        )
        # It stays there while it fires; a query for each repeat would make the store a bottleneck.
        self._groups[report.dedup_key] = (key, now + _REMEMBER_GROUP_FOR)
        while len(self._groups) > _MOST_GROUPS_REMEMBERED:
            self._groups.popitem(last=False)
        return key


def incidents_in(sender: Sender, alerts: Sequence[Alert]) -> int:
    """As how many alerts a body counts: those of one key, or one group of the source, are one."""
    ignored = [n for n, alert in enumerate(alerts) if alert.action is AlertAction.IGNORE]
    return max(1, len(_groups(sender, alerts, ignored)))


def _limited(
    groups: Sequence[list[int]], alerts: Sequence[Alert], most: int
) -> tuple[list[list[int]], list[int]]:
    """The groups that are ingested by themselves, and the alerts of the others that fire."""
    alone, over = list(groups[:most]), []
    for group in groups[most:]:
        over += [n for n in group if alerts[n].action is AlertAction.TRIGGER]
        if rest := [n for n in group if alerts[n].action is not AlertAction.TRIGGER]:
            alone.append(rest)  # these open nothing
    return alone, over


def _groups(
    sender: Sender, alerts: Sequence[Alert], without: Container[int] = ()
) -> list[list[int]]:
    """The indexes of the alerts that must be ingested together, or in order."""
    groups: dict[tuple[bool, str], list[int]] = {}
    for number, alert in enumerate(alerts):
        if number in without:
            continue
        together = _grouped_by_source(sender, alert)
        key = alert.group_key if together else alert.dedup_key
        groups.setdefault((together, key), []).append(number)
    return list(groups.values())


def _grouped_by_source(sender: Sender, alert: Alert) -> bool:
    return sender.source.group is Grouping.SOURCE and bool(alert.group_key)


def _reported(alert: Alert) -> tuple[Report, str]:
    """The report of a trigger, and what was unclear. A clock that is ahead loses no alert."""
    if alert.report is None:
        raise ValueError("a trigger without a report")
    wrong = refusal(alert.report, datetime.now(UTC))
    if wrong is None:
        return alert.report, alert.reason
    unclear = f"{alert.reason}; {wrong}" if alert.reason else wrong
    return alert.report.model_copy(update={"occurred_at": None}), unclear


def _outcome(
    alert: Alert, incident_id: str = "", *, created: bool = False, reason: str = ""
) -> Outcome:
    return Outcome(
        action=alert.action,
        dedup_key=alert.dedup_key,
        incident_id=incident_id,
        created=created,
        reason=reason or alert.reason,
    )
