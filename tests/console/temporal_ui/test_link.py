"""The address of an incident in the Temporal UI."""

from pathlib import Path

import pytest

from standfast.console.temporal_ui.link import temporal_ui
from standfast.hosting.settings import Settings
from standfast.incidents.roles import Role


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
    assert temporal_ui(settings, "INC-AAAAAAAAAA", Role.REPORTER) == address
