"""Names by which lists are narrowed: one that neither the policy nor any record has is a mistake.

What the policy has no more, such as a team of last year, still finds what is on record of it.
"""

from collections.abc import Mapping

from standfast.decisions.policy_names import unknown
from standfast.incidents.search_query import Condition, Field, SearchQuery
from standfast.intake.errors import Invalid
from standfast.policy import Policy
from standfast.records.errors import RecordsUnavailable
from standfast.records.search import Searcher
from standfast.records.store import RecordStore


def must_be_known(
    records: RecordStore, policy: Policy | None, searcher: Searcher, named: Mapping[Field, str]
) -> None:
    """As `unknown_names`.

    Raises:
        Invalid: nothing has one of these names; says which there are.
    """
    for kind, line in unknown_names(records, policy, searcher, named):
        raise Invalid(f"{kind}: {line}")


def must_have_team(policy: Policy | None, team: str) -> None:
    """Invalid: the policy has no such team; for what is of today's policy alone."""
    for line in unknown(policy, "team", team) if policy else ():
        raise Invalid(f"team: {line}")


def unknown_names(
    records: RecordStore, policy: Policy | None, searcher: Searcher, named: Mapping[Field, str]
) -> list[tuple[Field, str]]:
    """Those that nothing has, each with a line that says which there are. Blocks.

    None without a policy, or while the record store is away. searcher: who asks; only what they
    find counts, so that nobody learns what is on record.
    """
    found = []
    for kind, name in named.items():
        for line in unknown(policy, kind, name) if policy else ():
            of_it = SearchQuery(conditions=(Condition(kind, (name,)),))
            try:
                if not records.search.page(of_it, searcher, 1).found:
                    found.append((kind, line))
            except RecordsUnavailable:
                return []
    return found


def as_sentence(line: str) -> str:
    """A line as a sentence, for where several notes stand beside each other."""
    return f"{line[:1].upper()}{line[1:]}{'' if line.endswith('?') else '.'}"
