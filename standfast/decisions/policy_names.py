"""Names that the policy does not have: said in one way, with those that are near."""

from collections.abc import Collection, Iterator, Mapping
from difflib import get_close_matches

from standfast.policy import Policy

_MOST_NEAR, _MOST_LISTED = 3, 10
_LONGEST_SHOWN = 60

KINDS = ("team", "service", "category", "assignee", "person")
"""Fields by which lists and searches are narrowed, whose values are names of the policy."""


def no_such(kind: str, name: str, known: Collection[str], otherwise: str = "") -> str:
    """That the policy has no `name`, as a line. otherwise: the hint where none is near.

    >>> no_such("team", "netwrok", ["desk", "network"])
    "the policy has no team 'netwrok'; did you mean network?"
    >>> no_such("team", "x", ["desk", "network"])
    "the policy has no team 'x'; there are: desk, network"
    """
    shown = name[:_LONGEST_SHOWN]
    begin_alike = sorted(each for each in known if name and each.startswith(name[:4]))
    near = [*get_close_matches(shown, known), *begin_alike]
    named = " or ".join(list(dict.fromkeys(near))[:_MOST_NEAR])
    hint = f"did you mean {named}?" if named else otherwise or _listed(known)
    return f"the policy has no {kind} {shown!r}; {hint}"


def no_such_source(name: str, sources: Collection[str]) -> str:
    """The same of a source. Senders hear it too, so not all are listed.

    >>> no_such_source("grafanna", ["email", "grafana", "graylog"])
    "the policy has no source 'grafanna'; did you mean grafana?"
    """
    return no_such("source", name, sources, "its section is `sources`")


def names_of(policy: Policy, kind: str) -> Collection[str]:
    """Those that the policy has of one of the `KINDS`."""
    known: Mapping[str, Collection[str]] = {
        "team": policy.teams,
        "service": policy.services,
        "category": policy.categories,
        "assignee": policy.people,
        "person": policy.people,
    }
    return known[kind]


def unknown(policy: Policy, kind: str, name: str) -> Iterator[str]:
    """That the policy has none of that name, as a line; nothing where it has it, or for ""."""
    known = names_of(policy, kind)
    if name and name not in known:
        yield no_such("person" if kind == "assignee" else kind, name, known)


def _listed(known: Collection[str]) -> str:
    first = sorted(known)[:_MOST_LISTED]
    more = len(known) - len(first)
    return f"there are: {', '.join(first) or 'none'}" + (f", and {more} more" if more else "")
