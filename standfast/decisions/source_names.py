"""Names of sources: the refusal of one that the policy does not have, with those that are near."""

from collections.abc import Collection
from difflib import get_close_matches

_MOST_NAMED = 3
_LONGEST_SHOWN = 60


def no_such_source(name: str, sources: Collection[str]) -> str:
    """Why `name` is refused, as a line.

    >>> no_such_source("grafanna", ["email", "grafana", "graylog"])
    "the policy has no source 'grafanna'; did you mean grafana?"
    """
    shown = name[:_LONGEST_SHOWN]
    begin_alike = sorted(known for known in sources if name and known.startswith(name[:4]))
    near = [*get_close_matches(shown, sources), *begin_alike]
    named = " or ".join(list(dict.fromkeys(near))[:_MOST_NAMED])
    hint = f"did you mean {named}?" if named else "its section is `sources`"
    return f"the policy has no source {shown!r}; {hint}"
