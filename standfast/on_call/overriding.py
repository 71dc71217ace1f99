"""Makes overrides and swaps, and ends them."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import partial

from standfast.decisions.on_call import on_call_between
from standfast.decisions.overriding import (
    CannotOverride,
    from_now_on,
    known_person,
    not_over,
    planned_override,
    planned_swap,
    tier_of,
    why_not_ended,
)
from standfast.incidents.schedule import (
    DatedShifts,
    EndedOverride,
    MadeOverrides,
    NewOverride,
    NewSwap,
    Override,
    PlannedOverrides,
)
from standfast.on_call.schedules import OnCallSchedules
from standfast.policy import Policy
from standfast.policy.schedules import Tier
from standfast.records.overrides import Overrides


class Overriding:
    """Overrides by a policy's schedules. Raises CannotOverride for what makes no sense."""

    def __init__(self, policy: Policy, overrides: Overrides, schedules: OnCallSchedules) -> None:
        self._policy = policy
        self._overrides = overrides
        self._schedules = schedules

    def add(self, given: NewOverride, now: datetime) -> MadeOverrides:
        """Put a person on call for a time, in place of whoever is scheduled."""
        tier = self._tier(given, (given.person, given.instead_of))
        not_over(given.ends, now)
        asked = from_now_on(given, now)
        dated = self._dated(asked)
        made, already = self._make(asked.team, now, partial(planned_override, asked))
        return MadeOverrides(
            overrides=made,
            already=already,
            in_place_of=_on_call_meanwhile(tier, asked, dated),
            problems=dated.problems,
        )

    def swap(self, given: NewSwap, now: datetime) -> MadeOverrides:
        """Swap the turns of two people for a period."""
        tier = self._tier(given, (given.person, given.other))
        fields = given.model_dump(exclude={"other"})
        not_over(given.ends, now)
        asked = from_now_on(NewOverride.model_validate(fields), now)
        dated = self._dated(asked)
        plan = partial(planned_swap, asked, given.other, tier, dated)
        made, already = self._make(asked.team, now, plan)
        return MadeOverrides(overrides=made, already=already, problems=dated.problems)

    def _tier(self, given: NewOverride, people: Sequence[str]) -> Tier:
        tier = tier_of(self._policy, given.team, given.tier)
        for person in filter(None, people):
            known_person(self._policy, person)
        return tier

    def _dated(self, asked: NewOverride) -> DatedShifts:
        lasting = asked.ends.astimezone(UTC) - asked.starts.astimezone(UTC)
        return self._schedules.dated_shifts(self._policy, {asked.team}, asked.starts, lasting)

    def _make(
        self, team: str, now: datetime, plan: Callable[[Sequence[Override]], PlannedOverrides]
    ) -> tuple[tuple[Override, ...], bool]:
        def known(on_record: Sequence[Override]) -> PlannedOverrides:
            """Without those for people who have left the policy, as every decision has it."""
            return plan([each for each in on_record if each.person in self._policy.people])

        made, already = self._overrides.make(team, now, known)
        return tuple(made), already


def listed_overrides(
    overrides: Overrides, team: str, now: datetime, *, everything: bool
) -> list[Override]:
    """Those that are active or upcoming, of a team or of all for ""; with `everything`, all."""
    only = team or None
    return overrides.all(only) if everything else overrides.running_or_coming(now, only)


def end_override(overrides: Overrides, override_id: str, by: str, now: datetime) -> EndedOverride:
    """End an override early; of a swap both halves.

    Raises:
        CannotOverride: there is none, or it is over.
    """
    done = overrides.end(override_id, by, now)
    found = overrides.get(override_id)
    if not done or found is None:
        raise CannotOverride(why_not_ended(found, override_id))
    others = tuple(
        each.id
        for each in overrides.all(found.team)
        if found.swap and each.swap == found.swap and each.id != found.id
    )
    return EndedOverride(override=found, others=others)


def _on_call_meanwhile(tier: Tier, asked: NewOverride, dated: DatedShifts) -> tuple[str, ...]:
    """Who would be on call without the override."""
    turns = on_call_between(tier, asked.team, asked.starts, asked.ends, dated)
    people = dict.fromkeys(turn.who.on_call for turn in turns)
    replaced = [one for one in people if one and one != asked.person]
    return tuple(one for one in replaced if asked.instead_of in ("", one))
