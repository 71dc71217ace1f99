"""Examines an installation: each check has its result, and what to do about it.

Needs no worker, changes nothing and costs no Action. A new check is a function in `_CHECKS`.
"""

from temporalio.service import RPCError

from standfast.hosting.connection import connect
from standfast.hosting.doctor import chats, here, incidents, network, temporal
from standfast.hosting.doctor.check import Check, Installation, Look, not_looked_at
from standfast.hosting.errors import HostingError
from standfast.hosting.records import open_records
from standfast.hosting.settings import Settings


async def examine(settings: Settings) -> list[Check]:
    """All checks, in the order in which problems should be fixed.

    Raises:
        HostingError: a setting cannot be used at all.
    """
    records = open_records(settings)
    client, away = None, ""
    try:
        client = await connect(settings, records=lambda: records)
    except HostingError as unreachable:
        away = str(unreachable)
    try:
        installation = Installation(settings, records, client, away)
        return [one for check in _CHECKS.items() for one in await _looked(check, installation)]
    finally:
        records.close()


async def _looked(check: tuple[str, Look], installation: Installation) -> list[Check]:
    name, look = check
    try:
        return await look(installation)
    except RPCError as refused:
        return [not_looked_at(name, f"Temporal answered: {refused.message}")]


_CHECKS: dict[str, Look] = {
    "policy": here.policy,
    "disk": here.data_disk,
    "record store": here.record_store,
    "tokens": here.tokens,
    "chats": chats.chats,
    "network": network.api,
    "network of the records": network.database,
    "Temporal": temporal.temporal,
    "encryption": here.encryption,
    "workers": temporal.workers,
    "builds": temporal.builds,
    "task queue": temporal.task_queue,
    "replay": temporal.replay,
    "open incidents": incidents.open_incidents,
}
