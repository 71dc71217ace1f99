"""Assign: a team's tier, the person on call in it, and whom to page after them."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from standfast.decisions.escalation_policy import TierToPage, pages
from standfast.decisions.on_call import on_call_at
from standfast.decisions.policy_names import no_such
from standfast.decisions.report_conditions import quoted
from standfast.decisions.suppression import suppression_of
from standfast.decisions.triage import clocks_for
from standfast.incidents.assessment import Answer, Assessed
from standfast.incidents.assignment import Assignment, NextTier
from standfast.incidents.own_channel import NOTHING_SET, OwnSettings
from standfast.incidents.schedule import DatedShifts
from standfast.incidents.silence import Silence, Suppression
from standfast.messages.message import short
from standfast.policy import Policy
from standfast.policy.page_targets import OnCall, WholeTier
from standfast.policy.teams import Team
from standfast.time.clocks import TimeCounted
from standfast.time.working_time import due


class _NotInPolicy(LookupError):  # noqa: N818  named for what it says, as its two kinds are
    """Somebody asked for a name that the policy does not have."""

    def __init__(self, kind: str, name: str, known: Collection[str]) -> None:
        super().__init__(no_such(kind, name, known))


class UnknownTeam(_NotInPolicy):
    """No such team; the text names those that are near."""


class UnknownPerson(_NotInPolicy):
    """No such person in the team, or at all; the text names those that are near."""


class Known(NamedTuple):
    """What an assignment depends on beside the policy: overrides, calendars, silences, and what
    people have set themselves.

    dated: names people of the policy only.
    """

    dated: DatedShifts = DatedShifts()
    silences: Sequence[Silence] = ()
    own: Mapping[str, OwnSettings] = MappingProxyType({})


def assign(
    policy: Policy,
    known: Known,
    *,
    team: str,
    tier: int,
    assessed: Assessed,
    at: datetime,
    to: str = "",
    page_everyone: bool = False,
    overrule_quiet: bool = False,
    ran_out: str = "",
    clocks_due: Mapping[str, datetime] | None = None,
) -> Assignment:
    """Whom to page at `at`. There is always somebody.

    tier: counts from 1; beyond the team's last tier it means the last.
    to: paged first. Where the policy does not have that person or team any more, the reasons say
        so, and the rotation or the service desk takes their place.
    ran_out, clocks_due: the clock that ran out, and when each of the incident's clocks is due.
    """
    reasons = []
    if team not in policy.teams:
        reasons.append(f"no team {quoted(team)} any more: the service desk, {policy.service_desk}")
        team = policy.service_desk
    if to and to not in policy.people:
        reasons.append(f"no person {quoted(to)} any more: the rotation decides")
        to = ""
    tiers = policy.teams[team].tiers
    number = min(tier, len(tiers))
    if tier > number:
        reasons.append(f"{team} has no tier {tier}: its top is {number}")
    reasons += [f"{to} was named"] if to else []
    found, why = _contacts(policy, team, number, known.dated, at)
    reasons += [*why, *known.dated.problems]
    contacts = tuple(dict.fromkeys([to, *found] if to else found))
    tier_rules = tiers[number - 1]
    if page_everyone and len(contacts) > 1:
        reasons.append(f"everybody of {tier_rules.name} is paged at once")
    last_resort, why_last = _last_resort(policy, contacts, known.dated, at)
    first = (WholeTier.word,) if page_everyone else (OnCall.word,) if to else ()
    paged = TierToPage(policy, known.dated, team, contacts, last_resort, first, at, known.own)
    planned, missing = pages(paged, assessed.priority)
    suppression = None
    if not overrule_quiet:
        quiet = known.own.get(contacts[0], NOTHING_SET).rules.quiet
        suppression = suppression_of(policy, assessed, team, contacts[0], known.silences, at, quiet)
        suppression = _until_handoff(
            suppression, None if to else on_call_at(tier_rules, team, at, known.dated).until
        )
    reasons += [*why_last, *missing, *([_in_words(suppression)] if suppression else [])]
    clocks = clocks_for(policy, assessed.priority)
    hours = policy.hours_of(team, at)
    responds_by = due(
        hours if clocks.counts is TimeCounted.WORKING_HOURS else None,
        suppression.until if suppression else at,
        clocks.acknowledge_within,
    )
    late, overdue = _overdue(policy, ran_out, clocks_due or {}, at)
    return Assignment(
        answer=f"{team}, {tier_rules.name}",
        reasons=tuple(reasons),
        policy_version=policy.version,
        team=team,
        tier=number,
        tier_name=tier_rules.name,
        top=number == len(tiers),
        contacts=contacts,
        named=to,
        page_everyone=page_everyone,
        last_resort=last_resort,
        pages=planned,
        next_tier=_next_tier(policy, team, number, known.dated, responds_by),
        quiet=suppression,
        clocks=clocks,
        hours=hours,
        late=late,
        overdue=overdue,
        after_outage=policy.after_outage.then,
    )


def check_assignable(policy: Policy, team: str, to: str = "") -> None:
    """Check that a person may reassign to this team and person.

    Raises:
        UnknownTeam: the policy has no such team.
        UnknownPerson: `to` is in no tier of that team, nor can be named by a calendar of one.
    """
    if team not in policy.teams:
        raise UnknownTeam("team", team, policy.teams)
    members = _members(policy, policy.teams[team])
    if to and to not in members:
        raise UnknownPerson(f"person in {team} called", to, members)


def delegate(policy: Policy, to: str) -> Answer:
    """The person to delegate a question to, of any team.

    Raises:
        UnknownPerson: the policy has nobody of that name.
    """
    if to not in policy.people:
        raise UnknownPerson("person", to, policy.people)
    reason = f"{policy.people[to].name} is one of the policy's people"
    return Answer(answer=to, reasons=(reason,), policy_version=policy.version)


def _members(policy: Policy, team: Team) -> set[str]:
    """The members of a team. With a calendar, anybody may be one: its events name people."""
    if any(tier.calendar for tier in team.tiers):
        return {*policy.people}
    return {person for tier in team.tiers for person in tier.people}


def _contacts(
    policy: Policy, team: str, number: int, dated: DatedShifts, at: datetime
) -> tuple[tuple[str, ...], list[str]]:
    """Who is on call in the tier, then its other people, at least one person; and the reasons.

    Where nobody is on call, the person on call in a tier above stands in, else in one below, else
    at the service desk; people who are off duty come after them.
    """
    tiers, desk = policy.teams[team].tiers, policy.service_desk
    own = on_call_at(tiers[number - 1], team, at, dated)
    why = [f"{team}, {tiers[number - 1].name}: {own.why}"]
    if own.on_call:
        return own.people, why
    others = [(team, tier) for tier in (*tiers[number:], *reversed(tiers[: number - 1]))]
    if team != desk:
        others += [(desk, tier) for tier in policy.teams[desk].tiers]
    off_duty = list(own.people)
    for stand_in_team, tier in others:
        found = on_call_at(tier, stand_in_team, at, dated)
        if found.on_call:
            whose = tier.name if stand_in_team == team else f"{stand_in_team}, {tier.name}"
            why.append(f"nobody is on call there now: {whose} stands in, {found.why}")
            return tuple(dict.fromkeys((*found.people, *own.people))), why
        off_duty += found.people
    nowhere = f"nobody is on call in {' or '.join(dict.fromkeys((team, desk)))} now"
    if off_duty:
        why.append(f"{nowhere}: {off_duty[0]}, who is off duty, is paged")
        return tuple(dict.fromkeys(off_duty)), why
    anybody, who = _anybody(policy, dated, at)
    why.append(f"{nowhere}, and it is not known who would be next: {anybody}, {who}, is paged")
    return (anybody,), why


def _anybody(policy: Policy, dated: DatedShifts, at: datetime) -> tuple[str, str]:
    """Somebody of the policy, and who that is in words."""
    for team, its in policy.teams.items():
        for tier in its.tiers:
            if on_call := on_call_at(tier, team, at, dated).on_call:
                return on_call, f"on call at {team}"
    return next(iter(policy.people)), "the first of the policy's people"


def _last_resort(
    policy: Policy, contacts: Sequence[str], dated: DatedShifts, at: datetime
) -> tuple[str, list[str]]:
    """Whom of the service desk to page when no contact can be reached, empty if none; and why.

    Somebody who is on call there, and not among the contacts, comes first.
    """
    desk = policy.service_desk
    known = [on_call_at(tier, desk, at, dated) for tier in policy.teams[desk].tiers]
    on_call = [each.on_call for each in known if each.on_call]
    people = [*on_call, *(person for each in known for person in each.people)]
    for person in people:
        if person not in contacts:
            state = f"on call at {desk}" if person in on_call else f"of {desk}, who is off duty"
            return person, [f"last resort: {person}, {state}"]
    return next(iter(people), ""), []


def _next_tier(
    policy: Policy, team: str, number: int, dated: DatedShifts, at: datetime
) -> NextTier | None:
    """The next tier, and who is on call there at `at`, by the schedules as they are now."""
    tiers = policy.teams[team].tiers
    if number == len(tiers):
        return None
    tier_rules = tiers[number]
    if tier_rules.calendar and dated.known_until and at >= dated.known_until:
        return NextTier(name=tier_rules.name, whom="")
    contacts, _ = _contacts(policy, team, number + 1, dated, at)
    return NextTier(name=tier_rules.name, whom=contacts[0])


def _overdue(
    policy: Policy, ran_out: str, clocks_due: Mapping[str, datetime], at: datetime
) -> tuple[timedelta | None, tuple[str, ...]]:
    """How late the clock that ran out is, None if in time; and all clocks that have run out."""
    if ran_out not in clocks_due:
        return None, ()
    late = at - clocks_due[ran_out]
    overdue = tuple(name for name, due in clocks_due.items() if due <= at)
    return (late, overdue) if late > policy.after_outage.late_after else (None, (ran_out,))


def _until_handoff(
    suppression: Suppression | None, handoff_at: datetime | None
) -> Suppression | None:
    """Quiet hours end at the latest when another person goes on call."""
    if (
        suppression is None
        or suppression.silences
        or handoff_at is None
        or handoff_at >= suppression.until
    ):
        return suppression
    return Suppression(
        until=handoff_at, why=f"{suppression.why}, or until somebody else is on call"
    )


def _in_words(suppression: Suppression) -> str:
    return f"quiet until {short(suppression.until)}: {suppression.why}"
