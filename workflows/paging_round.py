"""One round of pages, from the first escalation step to the last: who was paged, who declined."""

from collections.abc import Iterable

from pydantic import BaseModel, Field

from standfast.incidents.assignment import PlannedPage


class PagingRound(BaseModel):
    """What is known of the round that goes on.

    paged: who was paged in it. unreached: who of them was not reached.
    before: who was paged in earlier rounds of the same steps.
    declined: who is not paged again in it.
    nobody_left: whether all who were paged have declined, and nobody else is left to page.
    """

    paged: list[str] = Field(default_factory=list)
    unreached: list[str] = Field(default_factory=list)
    before: list[str] = Field(default_factory=list)
    declined: list[str] = Field(default_factory=list)
    nobody_left: bool = False

    def page(self, person: str) -> None:
        """They are paged."""
        if person not in self.paged:
            self.paged.append(person)

    def left_of(self, chain: Iterable[str]) -> tuple[str, ...]:
        """Those of a chain who have not declined."""
        return tuple(person for person in chain if person not in self.declined)

    def first_of(self, pages: Iterable[PlannedPage]) -> tuple[str, ...]:
        """Who is paged first by these steps."""
        chains = (self.left_of(chain) for page in pages for chain in page.chains)
        return tuple(dict.fromkeys(chain[0] for chain in chains if chain))

    def after(self, person: str, chain: tuple[str, ...]) -> tuple[str, ...]:
        """Those who come after a person in a chain, and were not paged yet."""
        if person not in chain:
            return ()
        rest = chain[chain.index(person) + 1 :]
        return tuple(each for each in self.left_of(rest) if each not in self.paged)

    @property
    def may_decline(self) -> tuple[str, ...]:
        """Who was paged, in this round or before."""
        return tuple(dict.fromkeys((*self.paged, *self.before)))

    @property
    def waits(self) -> tuple[str, ...]:
        """Who was reached in it and has not declined."""
        return tuple(each for each in self.left_of(self.paged) if each not in self.unreached)

    def next(self) -> "PagingRound":
        """The round after it, by the same steps."""
        return PagingRound(before=list(self.may_decline))
