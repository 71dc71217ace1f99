"""Checks of what is on this machine: policy, disk, records, tokens, encryption."""

import asyncio
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

from temporalio.api.enums.v1 import TaskQueueType

from standfast.hosting.connection import configured_options
from standfast.hosting.doctor.check import Check, Installation
from standfast.hosting.encryption import in_words
from standfast.hosting.errors import HostingError
from standfast.hosting.expiring_tokens import expiring
from standfast.hosting.records import shown_url
from standfast.hosting.source_keys import keys_of_no_source
from standfast.messages.message import words_of
from standfast.policy import Policy
from standfast.policy_file.loading import PolicyError, load_policy
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore

LEAST_FREE = 1_000_000_000
"""Bytes free on the data directory's disk; with less, its databases may soon fail."""

CLOCKS_DIFFER_BY = timedelta(seconds=5)
"""The most that the clocks of this machine, Temporal and the database may differ."""

_MOST_NAMED = 5
_CLOCK_QUEUE = "standfast-clock"
_QUEUES = {
    "workflow": TaskQueueType.TASK_QUEUE_TYPE_WORKFLOW,
    "activity": TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
}


async def policy(installation: Installation) -> list[Check]:
    """The policy, and keys of sources that it does not have."""
    path = installation.settings.policy
    try:
        policy = await asyncio.to_thread(load_policy, path)
    except PolicyError as broken:
        first, *others = broken.problems
        more = f", and {len(others)} more" if others else ""
        return [Check(name="policy", ok=False, what=f"{first}{more}", remedy=_check(path))]
    told = ", ".join(policy.operators) or "whoever is on call"
    good = Check(name="policy", ok=True, what=f"version {policy.version}; operators: {told}")
    return [good, *await asyncio.to_thread(_keys_of_no_source, installation.records, policy)]


def _keys_of_no_source(records: RecordStore, policy: Policy) -> list[Check]:
    try:
        lost = keys_of_no_source(records.tokens.all(), policy)
    except RecordsUnavailable:
        return []  # its own check tells
    if not lost:
        return []
    told = ", ".join(f"{one.id} of {one.source}" for one in lost[:_MOST_NAMED])
    more = f" and {len(lost) - _MOST_NAMED} more" if len(lost) > _MOST_NAMED else ""
    return [
        Check(
            name="keys of sources",
            ok=False,
            what=f"the policy has no source for {told}{more}: what they send is refused",
            remedy="add the source to the policy, or `standfast token revoke` the key",
        )
    ]


async def tokens(installation: Installation) -> list[Check]:
    """Tokens and keys that expire soon."""
    try:
        kept = await asyncio.to_thread(installation.records.tokens.all)
    except RecordsUnavailable:
        return []  # its own check tells
    what = expiring(kept, datetime.now(UTC))
    remedy = "`standfast token rotate` makes a new one; the old one works on for a day"
    return [Check(name="tokens", ok=False, what=what, remedy=remedy)] if what else []


def _check(path: Path) -> str:
    return f"`standfast policy check {path}` names every mistake with its line"


async def data_disk(installation: Installation) -> list[Check]:
    """The disk of the data directory."""
    return [disk(installation.settings.data_dir)]


def disk(directory: Path, least_free: int = LEAST_FREE) -> Check:
    """Whether the data directory's disk has space."""
    place = next(path for path in (directory, *directory.parents) if path.exists())
    free = shutil.disk_usage(place).free
    what = f"{free / 1e9:.1f} GB free for {directory}"
    if free >= least_free:
        return Check(name="disk", ok=True, what=what)
    remedy = "free disk space, or set STANDFAST_DATA_DIR to another place"
    return Check(name="disk", ok=False, what=what, remedy=remedy)


async def record_store(installation: Installation) -> list[Check]:
    """The record store, and its clock."""
    url = shown_url(installation.settings)
    before = datetime.now(UTC)
    try:
        now = await asyncio.to_thread(installation.records.now)
    except RecordsUnavailable as away:
        what, _, remedy = str(away).partition("; ")
        return [Check(name="record store", ok=False, what=what, remedy=remedy or "see its log")]
    return [
        Check(
            name="record store",
            ok=True,
            what=f"{url} answers, its tables are those of this version",
        ),
        clock("the record store", now, before, datetime.now(UTC)),
    ]


def clock(whose: str, theirs: datetime, before: datetime, after: datetime) -> Check:
    """Whether another clock agrees with ours, which showed `before` at the start of the request."""
    difference = max(before - theirs, theirs - after, timedelta(0))
    name = f"clock of {whose}"
    if difference <= CLOCKS_DIFFER_BY:
        return Check(name=name, ok=True, what="as this machine's")
    way = "behind" if theirs < before else "ahead of"
    return Check(
        name=name,
        ok=False,
        what=f"{words_of(difference)} {way} this machine's",
        remedy="synchronise the clocks of both machines by NTP",
    )


async def encryption(installation: Installation) -> list[Check]:
    """Whether what Temporal stores is encrypted, and every key is here."""
    name = "encryption"
    try:
        wrapped_by = await asyncio.to_thread(installation.records.incident_keys.wrapped_by)
    except RecordsUnavailable:
        wrapped_by = {}  # its own check tells
    try:
        configured = bool(configured_options().get("target_host"))
        what, remedy = in_words(installation.settings, wrapped_by, configured=configured)
    except HostingError as wrong:
        return [Check(name=name, ok=False, what=str(wrong), remedy="put the key right")]
    return [Check(name=name, ok=not remedy, what=what, remedy=remedy)]
