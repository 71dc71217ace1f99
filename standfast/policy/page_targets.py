"""Whom a paging step can name: each kind of target is a class here, and stands in `KINDS`.

A class's docstring begins with what docs/paging.md says of it. docs/boxes.md says how to add one.
"""

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable, Sequence
from typing import TYPE_CHECKING, ClassVar, Protocol

from standfast.policy.schedules import Tier

if TYPE_CHECKING:
    from standfast.policy.policy import Policy

Chain = tuple[str, ...]
"""Whom to page, and who is tried in turn when that person cannot be reached."""


class PagedTier(Protocol):
    """The tier that is paged, and who is on call at that moment."""

    @property
    def policy(self) -> "Policy": ...

    @property
    def team(self) -> str: ...

    @property
    def contacts(self) -> Chain:
        """Who is on call in the tier, or was named, and after them the others of it."""

    def on_call(self, team: str, tiers: Sequence[Tier]) -> Iterable[Chain]:
        """Of these tiers of a team the first that somebody is on call in; nothing without any."""

    def everybody(self, team: str, tiers: Sequence[Tier]) -> Iterable[str]:
        """All people of these tiers of a team, nobody twice."""


class PageTarget(ABC):
    """A kind of target.

    word: how `page` names it, and docs/paging.md.
    """

    word: ClassVar[str]

    def words(self, policy: "Policy") -> Collection[str]:
        """Everything that `page` may say to mean it."""
        return (self.word,)

    @abstractmethod
    def chains(self, word: str, tier: PagedTier) -> Iterable[Chain]:
        """Who that is now: a chain for each who is paged at once, none where there is nobody."""

    def problem(self, policy: "Policy", team: str | None) -> str:
        """Why the policy may not name it in the steps of `team`, or in its own (None)."""
        return ""

    def other_teams(self, policy: "Policy") -> Collection[str]:
        """The teams besides the tier's own whose schedules say who it is."""
        return ()


class OnCall(PageTarget):
    """Who is on call in the tier, or was named when it was reassigned."""

    word = "on_call"

    def chains(self, word: str, tier: PagedTier) -> Iterable[Chain]:
        return [tier.contacts]


class WholeTier(PageTarget):
    """Everyone of the tier, at once."""

    word = "tier"

    def chains(self, word: str, tier: PagedTier) -> Iterable[Chain]:
        return [(person,) for person in tier.contacts]


class WholeTeam(PageTarget):
    """Everyone of all its tiers, at once."""

    word = "team"

    def chains(self, word: str, tier: PagedTier) -> Iterable[Chain]:
        tiers = tier.policy.teams[tier.team].tiers
        return [(person,) for person in tier.everybody(tier.team, tiers)]


class IncidentManager(PageTarget):
    """Who is on call in the policy's `incident_manager` team."""

    word = "incident_manager"

    def chains(self, word: str, tier: PagedTier) -> Iterable[Chain]:
        team = tier.policy.incident_manager
        return tier.on_call(team, tier.policy.teams[team].tiers) if team else ()

    def problem(self, policy: "Policy", team: str | None) -> str:
        named = policy.incident_manager
        return "" if named else "the policy names no `incident_manager`, a team that is one"

    def other_teams(self, policy: "Policy") -> Collection[str]:
        return (policy.incident_manager,) if policy.incident_manager else ()


class Vendor(PageTarget):
    """Who is on call in the team's tier that is named `vendor`."""

    word = "vendor"

    def chains(self, word: str, tier: PagedTier) -> Iterable[Chain]:
        tiers = tier.policy.teams[tier.team].tiers
        return tier.on_call(tier.team, [each for each in tiers if each.name == self.word])

    def problem(self, policy: "Policy", team: str | None) -> str:
        # The policy's own steps hold for every team; one without a vendor is paged without.
        if team is None or any(each.name == self.word for each in policy.teams[team].tiers):
            return ""
        return f"pages the vendor, and no tier of {team} is named {self.word!r}"


class Person(PageTarget):
    """That person of the policy."""

    word = "a name"

    def words(self, policy: "Policy") -> Collection[str]:
        return policy.people

    def chains(self, word: str, tier: PagedTier) -> Iterable[Chain]:
        return [(word, *tier.contacts)]


KINDS: tuple[PageTarget, ...] = (
    OnCall(),
    WholeTier(),
    WholeTeam(),
    IncidentManager(),
    Vendor(),
    Person(),
)


def kinds_of(word: str, policy: "Policy") -> list[PageTarget]:
    """The kinds that a word of `page` may mean: one, unless the word is wrong."""
    return [kind for kind in KINDS if word in kind.words(policy)]


def other_teams(policy: "Policy") -> set[str]:
    """The teams besides a tier's own whose schedules may say who is paged."""
    return {team for kind in KINDS for team in kind.other_teams(policy)}
