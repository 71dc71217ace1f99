"""Which sources keys can be for, and which keys are for none of them."""

from collections.abc import Iterable
from datetime import UTC, datetime

from standfast.policy import Policy
from standfast.policy.sources import NOT_SOURCES
from standfast.records.tokens import Token


def sources_with_keys(policy: Policy) -> tuple[str, ...]:
    """The names for which a key opens something: the policy's sources, mail, and the metrics."""
    return (*policy.sources, *NOT_SOURCES)


def keys_of_no_source(tokens: Iterable[Token], policy: Policy) -> tuple[Token, ...]:
    """The valid keys of sources that the policy does not have: what they send is not understood."""
    known = sources_with_keys(policy)
    return tuple(
        one
        for one in tokens
        if one.source and one.is_valid(datetime.now(UTC)) and one.source not in known
    )
