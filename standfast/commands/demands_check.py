"""Checks that everybody in a rotation meets the policy's `contact_demands`, for `policy check`."""

from standfast.hosting.records import open_records
from standfast.hosting.settings import load_settings
from standfast.on_call.demands import demands_not_met
from standfast.policy import Policy


def check_demands(policy: Policy) -> tuple[str, ...]:
    """A warning for each person who may be on call and does not meet them, by our records."""
    demands = policy.contact_demands
    if not demands.verified and not demands.methods:
        return ()
    settings = load_settings()
    if settings.url:
        return ("whether people meet contact_demands: `standfast oncall` asks the server",)
    rotating = {person for team in policy.teams.values() for person in team.people}
    records = open_records(settings)
    try:
        return demands_not_met(
            policy, records, [each for each in policy.people if each in rotating]
        )
    finally:
        records.close()
