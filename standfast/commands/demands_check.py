"""Checks that everybody in a rotation meets the policy's `contact_demands`, for `policy check`."""

from standfast.hosting.records import open_records
from standfast.hosting.settings import load_settings
from standfast.on_call.demands import demands_not_met
from standfast.policy import Policy
from standfast.policy.page_targets import Vendor


def check_demands(policy: Policy) -> tuple[str, ...]:
    """A warning for each person who may be on call and does not meet them, by our records.

    Vendors have no account here, by which they could.
    """
    demands = policy.contact_demands
    if not demands.verified and not demands.methods:
        return ()
    settings = load_settings()
    if settings.url:
        return ("whether people meet contact_demands: `standfast oncall` asks the server",)
    rotating = {
        person
        for team in policy.teams.values()
        for tier in team.tiers
        if tier.name != Vendor.word
        for layer in tier.every_layer
        for person in layer.rotation.people
    }
    records = open_records(settings)
    try:
        return demands_not_met(
            policy, records, [each for each in policy.people if each in rotating]
        )
    finally:
        records.close()
