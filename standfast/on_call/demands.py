"""Who is on call and does not meet what the policy demands of their channels."""

from collections.abc import Iterable
from datetime import UTC, datetime

from standfast.decisions.personal_channels import unmet_demands
from standfast.policy import Policy
from standfast.records.errors import RecordsUnavailable
from standfast.records.store import RecordStore


def demands_not_met(policy: Policy, records: RecordStore, people: Iterable[str]) -> tuple[str, ...]:
    """Who of these people does not meet `contact_demands`, in words; asks only if there are any."""
    demands = policy.contact_demands
    if not demands.verified and not demands.methods:
        return ()
    try:
        own = records.own_channels.all()
        devices = records.push_devices.counted(datetime.now(UTC))
    except RecordsUnavailable as away:
        return (f"whether people meet contact_demands is not known: {away}",)
    return unmet_demands(
        policy, own, devices, (person for person in people if person in policy.people)
    )
