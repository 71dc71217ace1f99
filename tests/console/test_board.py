"""The address of a narrowed board."""

import pytest

from standfast.console.board import Choice

CHOICES = [
    (Choice(), {}, "/"),
    (Choice(), {"priority": "P1"}, "/?priority=P1"),
    (Choice(priority="P1"), {"team": "apps"}, "/?priority=P1&team=apps"),
    (Choice(priority="P1", team="apps"), {"priority": ""}, "/?team=apps"),
    (Choice(team="a&b=c"), {}, "/?team=a%26b%3Dc"),
    (Choice(page=3), {"team": "apps"}, "/?team=apps"),
    (Choice(team="apps"), {"page": 2}, "/?team=apps&page=2"),
    (Choice(status="all"), {"status": "open"}, "/"),
]


@pytest.mark.parametrize(("chosen", "changes", "address"), CHOICES)
def test_an_address_says_what_was_chosen_and_nothing_else(
    chosen: Choice, changes: dict[str, object], address: str
) -> None:
    assert chosen.address(**changes) == address
