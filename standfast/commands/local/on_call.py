"""On-call schedules and overrides on the server's machine: policy, records and calendars."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from standfast.commands.fields import valid
from standfast.decisions.overriding import CannotOverride, tier_of
from standfast.incidents.schedule import (
    EndedOverride,
    MadeOverrides,
    NewOverride,
    NewSwap,
    OnCallList,
    Override,
    TierName,
)
from standfast.intake.errors import Refused
from standfast.lookup.known_names import must_have_team
from standfast.on_call.calendars import Calendars
from standfast.on_call.looking import on_call_list, tiers_of
from standfast.on_call.overriding import Overriding, end_override, listed_overrides
from standfast.on_call.schedules import OnCallSchedules
from standfast.policy_file.source import PolicySource

if TYPE_CHECKING:
    from standfast.commands.local.session import LocalSession


class LocalOnCall:
    """As `session.OnCall`."""

    def __init__(self, session: "LocalSession") -> None:
        self._session = session
        source = PolicySource(session.settings.policy)
        calendars = Calendars(source, session.settings.data_dir / "calendars")
        self._policy = source.current()
        self._schedules = OnCallSchedules(session.records, calendars)

    async def tiers(self) -> list[TierName]:
        """Those of the policy."""
        return tiers_of(self._policy)

    async def tier(self, team: str, tier: str) -> TierName:
        """That of the policy."""
        with _refused():
            found = tier_of(self._policy, team, tier)
        return TierName(team=team, tier=found.name, zone=found.zone)

    async def at(
        self, asked: Sequence[tuple[TierName, datetime]], lasting: timedelta
    ) -> OnCallList:
        """By policy, overrides and calendars."""
        return on_call_list(self._policy, self._schedules, asked, lasting)

    async def add(self, fields: Mapping[str, Any]) -> MadeOverrides:
        """Put it on record."""
        asked = valid(NewOverride, fields)
        with _refused():
            return self._told(asked, self._overriding.add(asked, datetime.now(UTC)))

    async def swap(self, fields: Mapping[str, Any]) -> MadeOverrides:
        """Put both halves on record."""
        asked = valid(NewSwap, fields)
        with _refused():
            return self._told(asked, self._overriding.swap(asked, datetime.now(UTC)))

    def _told(self, asked: NewOverride, made: MadeOverrides) -> MadeOverrides:
        if not made.already:
            which = ", ".join(one.id for one in made.overrides)
            self._session.acted_for(asked.by, f"add {which} for {asked.team} {asked.tier}")
        return made

    @property
    def _overriding(self) -> Overriding:
        return Overriding(self._policy, self._session.records.overrides, self._schedules)


class LocalOverrides:
    """As `session.Overrides`: without the policy, which may not be readable."""

    def __init__(self, session: "LocalSession") -> None:
        self._session = session

    async def list(self, team: str, *, everything: bool) -> "list[Override]":
        """Those on record."""
        overrides = self._session.records.overrides
        found = listed_overrides(overrides, team, datetime.now(UTC), everything=everything)
        if not found and not overrides.all(team):
            must_have_team(self._session.policy_if_readable, team)
        return found

    async def end(self, override_id: str, by: str) -> EndedOverride:
        """End it on record."""
        overrides = self._session.records.overrides
        with _refused():
            ended = end_override(overrides, override_id, by, datetime.now(UTC))
        self._session.acted_for(by, f"end {override_id}")
        return ended


@contextmanager
def _refused() -> Iterator[None]:
    try:
        yield
    except CannotOverride as why:
        raise Refused(str(why)) from None
