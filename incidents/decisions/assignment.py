"""Assign: the right team's tier, the person on call in it, and whom to try after them."""

from collections.abc import Collection
from datetime import datetime

from incidents.assessment import Answer, Assignment, Priority
from incidents.decisions.rotation import on_call, week_of
from incidents.decisions.signs import quoted
from incidents.decisions.triage import clocks_for
from incidents.message import short
from incidents.policy import Policy
from incidents.policy.teams import Rotation, Team


class _NotThere(LookupError):  # noqa: N818  named for what it says, as its two kinds are
    """Somebody asked for what the policy does not have."""

    def __init__(self, kind: str, name: str, known: Collection[str]) -> None:
        super().__init__(f"no {kind} {quoted(name)}; there are: {', '.join(sorted(known))}")


class UnknownTeam(_NotThere):
    """No such team; the text lists those there are."""


class UnknownPerson(_NotThere):
    """No such person in the team, or at all; the text lists those there are."""


def assign(
    policy: Policy,
    *,
    team: str,
    tier: int,
    priority: Priority,
    to: str = "",
    page_everyone: bool = False,
    at: datetime,
) -> Assignment:
    """Whom to page at `at`. Always somebody: an open incident is never left with nobody.

    tier: counts from 1; beyond the team's ladder it means the top.
    to: tried first. Where the policy has lost that person, or the team, while the incident was
        open, the reasons say so and the rotation, or the service desk, is in their place.
    """
    reasons = []
    if team not in policy.teams:
        reasons.append(f"no team {quoted(team)} any more: the service desk, {policy.service_desk}")
        team = policy.service_desk
    if to and to not in policy.people:
        reasons.append(f"no person {quoted(to)} any more: the rotation decides")
        to = ""
    ladder = policy.teams[team].tiers
    number = min(tier, len(ladder))
    rung = ladder[number - 1]
    if tier > number:
        reasons.append(f"{team} has no tier {tier}: its top is {number}")
    own = on_call(rung.rotation, at)
    reasons += [f"{to} was named"] if to else []
    reasons += [f"{team}, {rung.name}: {_whose_week(rung.rotation, own, at)}"]
    if page_everyone and len(own) > 1:
        reasons.append(f"everybody of {rung.name} is paged at once")
    contacts = dict.fromkeys([to, *own] if to else own)
    last_resort = on_call(policy.teams[policy.service_desk].tiers[0].rotation, at)[0]
    if last_resort not in contacts:
        reasons.append(f"last resort: {last_resort}, on call at {policy.service_desk}")
    return Assignment(
        answer=f"{team}, {rung.name}",
        reasons=tuple(reasons),
        policy_version=policy.version,
        team=team,
        tier=number,
        tier_name=rung.name,
        top=number == len(ladder),
        contacts=tuple(contacts),
        page_everyone=page_everyone,
        last_resort=last_resort,
        clocks=clocks_for(policy, priority),
    )


def reassign(
    policy: Policy,
    *,
    team: str,
    tier: int,
    priority: Priority,
    to: str = "",
    page_everyone: bool = False,
    at: datetime,
) -> Assignment:
    """The same where a person asked for it, so that a slip of theirs is refused.

    Raises:
        UnknownTeam: the policy has no such team.
        UnknownPerson: `to` is in no tier of that team.
    """
    if team not in policy.teams:
        raise UnknownTeam("team", team, policy.teams)
    members = _members(policy.teams[team])
    if to and to not in members:
        raise UnknownPerson(f"person in {team} called", to, members)
    return assign(
        policy,
        team=team,
        tier=tier,
        priority=priority,
        to=to,
        page_everyone=page_everyone,
        at=at,
    )


def delegate(policy: Policy, to: str) -> Answer:
    """The person to put a question to, of whichever team.

    Raises:
        UnknownPerson: the policy has nobody of that name.
    """
    if to not in policy.people:
        raise UnknownPerson("person", to, policy.people)
    reason = f"{policy.people[to].name} is one of the policy's people"
    return Answer(answer=to, reasons=(reason,), policy_version=policy.version)


def _members(team: Team) -> set[str]:
    return {person for tier in team.tiers for person in tier.rotation.people}


def _whose_week(rotation: Rotation, people: tuple[str, ...], at: datetime) -> str:
    first, *others = people
    if not others:
        return f"{first} is always on call"
    return f"{first} is on call until {short(week_of(rotation, at).until)}, then {others[0]}"
