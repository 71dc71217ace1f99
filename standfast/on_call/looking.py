"""Who is on call in the tiers of teams: now, and in the turns of some days."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from standfast.decisions.on_call import OnCallShift, on_call_at, on_call_between
from standfast.incidents.schedule import DatedShifts, OnCallList, OnCallTurn, TierName, TierOnCall
from standfast.on_call.schedules import OnCallSchedules
from standfast.policy import Policy
from standfast.policy.page_targets import Vendor
from standfast.policy.schedules import Tier


def tiers_of(policy: Policy) -> list[TierName]:
    """Every tier, team by team."""
    return [
        TierName(team=team, tier=tier.name, zone=tier.zone)
        for team in policy.teams
        for tier in policy.teams[team].tiers
    ]


def on_call_list(
    policy: Policy,
    schedules: OnCallSchedules,
    asked: Sequence[tuple[TierName, datetime]],
    lasting: timedelta,
) -> OnCallList:
    """Who is on call in each tier at its moment, and for so long from then on."""
    begins, ends = min(at for _, at in asked), max(at for _, at in asked)
    teams = {tier.team for tier, _ in asked}
    dated = schedules.dated_shifts(policy, teams, begins, ends - begins + lasting)
    tiers = {(team, tier.name): tier for team in policy.teams for tier in policy.teams[team].tiers}
    found = tuple(
        _looked_at(policy, name, tiers[name.team, name.tier], at.astimezone(UTC), lasting, dated)
        for name, at in asked
    )
    ours = (each for each in found if each.tier != Vendor.word)
    on_call = [each.now.on_call for each in ours if each.now.on_call]
    return OnCallList(
        policy_version=policy.version,
        problems=(*dated.problems, *schedules.demands_not_met(policy, on_call)),
        tiers=found,
    )


def _looked_at(
    policy: Policy, name: TierName, tier: Tier, at: datetime, lasting: timedelta, dated: DatedShifts
) -> TierOnCall:
    at = at.astimezone(UTC)
    now = on_call_at(tier, name.team, at, dated)
    periods = (
        on_call_between(tier, name.team, at, at + lasting, dated, by_reason=True) if lasting else ()
    )
    turns = tuple(_turn(policy, each.begins, each.until, each.who) for each in periods)
    return TierOnCall(**dict(name), now=_turn(policy, at, now.until, now), turns=turns)


def _turn(
    policy: Policy, since: datetime, until: datetime | None, shift: OnCallShift
) -> OnCallTurn:
    person = policy.people.get(shift.on_call)
    return OnCallTurn(
        since=since,
        on_call=shift.on_call or None,
        name=person.name if person else None,
        people=shift.people,
        until=until,
        then=shift.then or None,
        why=shift.why,
        because=shift.because,
    )
