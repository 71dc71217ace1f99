"""Overrides and swaps that somebody asks for: whether they make sense, and what they come to."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from standfast.decisions.on_call import on_call_at, on_call_between
from standfast.decisions.policy_names import no_such
from standfast.incidents.schedule import DatedShifts, NewOverride, Override, PlannedOverrides
from standfast.messages.message import short
from standfast.policy import Policy
from standfast.policy.schedules import Tier

_A_MOMENT = timedelta(microseconds=1)
_MOST_HELD = 4


class CannotOverride(Exception):  # noqa: N818
    """An override cannot be made; says why, and what there is."""


def tier_of(policy: Policy, team: str, tier: str) -> Tier:
    """The tier of that name.

    Raises:
        CannotOverride: there is no such team, or it has no such tier.
    """
    if team not in policy.teams:
        raise CannotOverride(no_such("team", team, policy.teams))
    tiers = {each.name: each for each in policy.teams[team].tiers}
    if tier not in tiers:
        raise CannotOverride(f"{team} has no tier {tier!r}; there are: {', '.join(tiers)}")
    return tiers[tier]


def known_person(policy: Policy, person: str) -> str:
    """The person, of whichever team.

    Raises:
        CannotOverride: the policy has nobody of that name.
    """
    if person not in policy.people:
        raise CannotOverride(no_such("person", person, policy.people))
    return person


def not_over(ends: datetime, now: datetime) -> None:
    """Whether an override that ends then is still to come.

    Raises:
        CannotOverride: it would be over already.
    """
    if ends.astimezone(UTC) <= now:
        raise CannotOverride(f"it would be over already: it ends {short(ends)}")


def from_now_on(asked: NewOverride, now: datetime) -> NewOverride:
    """What is still to come of it: nobody stands in for the past."""
    return asked.model_copy(update={"starts": max(asked.starts.astimezone(UTC), now)})


def planned_override(asked: NewOverride, on_record: Sequence[Override]) -> PlannedOverrides:
    """The override, unless one on record already puts this person on call for all of that time.

    on_record: the team's overrides that are not over, in the order in which they were made.
    """
    here = [each for each in on_record if each.tier == asked.tier and _meet(each, asked)]
    # Of several at a time the last counts, so one that another came after says nothing.
    last = here[-1] if here else None
    if (
        last is not None
        and last.person == asked.person
        and last.instead_of in ("", asked.instead_of)
        and last.starts <= asked.starts.astimezone(UTC)
        and last.until >= asked.ends.astimezone(UTC)
    ):
        return PlannedOverrides(already=(last,))
    return PlannedOverrides(new=(asked,))


def planned_swap(
    asked: NewOverride,
    other: str,
    tier: Tier,
    dated: DatedShifts,
    on_record: Sequence[Override],
) -> PlannedOverrides:
    """The swap, unless it is on record: the same two people for a time that meets it.

    It is the same also where the times differ a little, and the first counts. One that has a whole
    turn more of theirs is another, and cannot be made beside it.

    on_record: the team's overrides that are not over, in the order in which they were made.

    Raises:
        CannotOverride: one of them has no turn there, or they swap a part of that time already.
    """
    now = dated.model_copy(update={"overrides": tuple(on_record)})
    already = _same_swap(asked, other, on_record)
    if not already:
        return PlannedOverrides(new=tuple(swapped(asked, other, tier, now)))
    first = already[0]
    others = [each for each in on_record if each not in already]
    plainly = dated.model_copy(update={"overrides": tuple(others)})
    for begins, ends in (
        (asked.starts.astimezone(UTC), first.starts),
        (first.until, asked.ends.astimezone(UTC)),
    ):
        if begins < ends and _has_whole_turn(
            (asked.person, other), tier, asked, begins, ends, plainly
        ):
            raise CannotOverride(
                f"{asked.person} and {other} swap from {short(first.starts)} to"
                f" {short(first.until)} already ({first.id}), and what you enter has more of their"
                f" turns, from {short(begins)} to {short(ends)}: enter only that, or first end"
                f" {first.id}"
            )
    return PlannedOverrides(already=tuple(already))


def _meet(each: Override, asked: NewOverride) -> bool:
    return each.starts < asked.ends.astimezone(UTC) and each.until > asked.starts.astimezone(UTC)


def _same_swap(asked: NewOverride, other: str, on_record: Sequence[Override]) -> list[Override]:
    """The last swap of these two that is on record for a part of that time; both halves of it."""
    pair = {asked.person, other}
    halves: dict[str, list[Override]] = {}
    for each in on_record:
        here = each.tier == asked.tier and _meet(each, asked)
        if here and each.swap and {each.person, each.instead_of} == pair:
            halves.setdefault(each.swap, []).append(each)
    whole = [both for both in halves.values() if len(both) > 1]
    return whole[-1] if whole else []


def _has_whole_turn(
    pair: tuple[str, str],
    tier: Tier,
    asked: NewOverride,
    begins: datetime,
    ends: datetime,
    dated: DatedShifts,
) -> bool:
    before = on_call_at(tier, asked.team, begins - _A_MOMENT, dated).on_call
    for turn in on_call_between(tier, asked.team, begins, ends, dated):
        begun = turn.begins.astimezone(UTC) > begins or turn.who.on_call != before
        over = turn.until is not None and turn.until.astimezone(UTC) <= ends
        if turn.who.on_call in pair and begun and over:
            return True
    return False


def swapped(asked: NewOverride, other: str, tier: Tier, dated: DatedShifts) -> list[NewOverride]:
    """The two overrides by which `asked.person` and `other` take each other's turns in that time.

    Turns that begin before or end after it are swapped as far as they lie in it.

    Raises:
        CannotOverride: one of them has no turn there.
    """
    person, begins, ends = asked.person, asked.starts, asked.ends
    if person == other:
        raise CannotOverride(f"{person} cannot swap with {other}: they are the same person")
    on_call = {turn.who.on_call for turn in on_call_between(tier, asked.team, begins, ends, dated)}
    for one in (person, other):
        if one not in on_call:
            raise CannotOverride(
                f"{one} is not on call in {tier.name} of {asked.team} from {short(begins)} to"
                f" {short(ends)}: there is nothing to swap{_by_others(asked, dated)}"
            )
    return [
        asked.model_copy(update={"person": one, "instead_of": another})
        for one, another in ((person, other), (other, person))
    ]


def _by_others(asked: NewOverride, dated: DatedShifts) -> str:
    """Which overrides hold in that time, for one of them may have taken the turn."""
    held = [each for each in dated.overrides if each.tier == asked.tier and _meet(each, asked)]
    if not held:
        return ""
    return f"; there is {', '.join(f'{each.id} for {each.person}' for each in held[-_MOST_HELD:])}"


def why_not_ended(override: Override | None, override_id: str) -> str:
    """Why an override could not be ended early."""
    if override is None:
        return f"there is no override {override_id}"
    if override.ended_at:
        return f"{override.ended_by} has ended {override.id} already, {short(override.ended_at)}"
    return f"{override.id} is over already, since {short(override.ends)}"
