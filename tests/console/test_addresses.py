"""Addresses: of a narrowed board, and of an incident in the Temporal UI."""

from pathlib import Path

import pytest

from standfast.console.board import Choice
from standfast.console.temporal_ui import temporal_ui
from standfast.hosting.settings import Settings

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


@pytest.mark.parametrize(
    ("link", "address"),
    [
        (None, ""),
        ("https://desk.example/incidents/{incident}", ""),
        (
            "https://temporal.example/namespaces/x/workflows/{incident}",
            "https://temporal.example/namespaces/x/workflows/INC-AAAAAAAAAA",
        ),
    ],
)
def test_the_temporal_ui_is_linked_where_it_is_known(
    tmp_path: Path, link: str | None, address: str
) -> None:
    settings = Settings(data_dir=tmp_path, link=link)
    assert temporal_ui(settings, "INC-AAAAAAAAAA") == address
