"""What somebody can type into the search, by examples: the page of the search shows it.

docs/search.md has the same table; a test compares them, and reads every example.
"""

from typing import NamedTuple


class Typed(NamedTuple):
    """examples: queries, each for itself. finds: what they find, or do."""

    examples: tuple[str, ...]
    finds: str


GRAMMAR = (
    Typed(
        ("disk full",),
        "both words, wherever they stand, with other endings too (disks); capitals and accents do "
        "not matter",
    ),
    Typed(('"no space left"',), "these words beside each other"),
    Typed(("web-1", "/var/log"), "the same: signs only part words"),
    Typed(
        ("certif*", '"left on dev"*'), "words that begin so; at least three letters before the *"
    ),
    Typed(("-test", '-"test alert"'), "incidents without them"),
    Typed(
        ("service:vpn", 'team:"service desk"'),
        "a field; capitals matter only where the policy's name has some",
    ),
    Typed(("-service:vpn",), "incidents with another one"),
    Typed(
        ("priority:P1 priority:P2",),
        "one of them: service, category, priority, team, assignee, outcome and id may come again",
    ),
    Typed(
        ("label:host=web-1 label:site=vienna",),
        "all of them: label, tag, reporter, person and related may come again",
    ),
    Typed(
        ("reporter:mia", "person:ana"),
        "who reported it, who had to do with it: the whole name, or what stands before the @ of an "
        "address",
    ),
    Typed(
        ("INC-7F3K2QXWM4", "id:INC-7F3K2QXWM4"),
        "that incident, each of its episodes; in quotes, where it is named",
    ),
    Typed(("related:INC-7F3K2QXWM4",), "what was linked with it, or merged"),
    Typed(("outcome:resolved",), "automated, resolved, withdrawn or merged"),
    Typed(("is:open", "is:closed"), "only those"),
    Typed(
        ("since:2026-10", "since:2026-W44", "before:2026-10-05T14:30"),
        "when it was reported: a year, a month, a week, a day or a moment, in UTC; since:7d is the "
        "last seven days",
    ),
)
