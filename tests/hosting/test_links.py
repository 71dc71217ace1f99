"""Where messages lead to."""

from pathlib import Path

import pytest

from standfast.hosting.links import incident_link
from standfast.hosting.settings import Settings


@pytest.mark.parametrize(
    ("link", "public_url", "leads_to"),
    [
        ("", "", "http://127.0.0.1:8080/incidents/{incident}"),
        ("https://desk.example/{incident}", "", "https://desk.example/{incident}"),
        ("", "https://sf.example/", "https://sf.example/incidents/{incident}"),
        (
            "https://desk.example/{incident}",
            "https://sf.example",
            "https://desk.example/{incident}",
        ),
    ],
)
def test_pages_lead_to_where_people_see_the_incident(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, link: str, public_url: str, leads_to: str
) -> None:
    monkeypatch.setenv("STANDFAST_LINK", link)
    monkeypatch.setenv("STANDFAST_PUBLIC_URL", public_url)
    assert incident_link(Settings(data_dir=tmp_path)) == leads_to
