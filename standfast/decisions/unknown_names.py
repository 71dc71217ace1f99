"""Names in a silence that the policy does not have: perhaps typing errors."""

from collections.abc import Iterator

from standfast.decisions.policy_names import no_such
from standfast.decisions.suppression import is_like
from standfast.incidents.silence import Matcher
from standfast.policy import Policy


def unknown_names(policy: Policy, matcher: Matcher) -> Iterator[str]:
    """A sentence for each name that matches nothing of the policy."""
    for kind, wanted, known in (
        ("service", matcher.services, policy.services),
        ("category", matcher.categories, policy.categories),
        ("team", matcher.teams, policy.teams),
    ):
        for name in wanted:
            if not any(is_like(name, one) for one in known):
                yield no_such(kind, name, known)
