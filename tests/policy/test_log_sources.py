"""Where the policy says that logs are."""

from typing import Any

import pytest
from pydantic import ValidationError

from standfast.policy.log_sources import LogSource


def test_a_text_is_a_file_pattern() -> None:
    assert LogSource.model_validate("/var/log/*.log") == LogSource(files="/var/log/*.log")


@pytest.mark.parametrize(
    "source",
    [
        {"files": "x.log"},
        {"journal": {"unit": "shop@web-1.service"}},
        {"journal": {"unit": "dev-disk-by\\x2dlabel.swap", "directory": "/var/log/journal"}},
        {"journal": {"export": "journal.json"}},
        {"loki": {"server": "http://loki.example:3100", "query": '{app="x"}'}},
        {"loki": {"server": "https://[::1]/prefix/", "query": '{app="x"}', "tenant": "press"}},
    ],
)
def test_mappings_say_more(source: dict[str, Any]) -> None:
    assert LogSource.model_validate(source)


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ({}, "needs exactly one of files, journal, loki"),
        ("", "must not be empty"),
        ({"files": "x", "journal": {"unit": "x"}}, "needs exactly one of files, journal, loki"),
        ({"journal": {}}, "needs exactly one of unit, export"),
        ({"journal": {"unit": "x", "export": "y"}}, "needs exactly one of unit, export"),
        ({"journal": {"export": "y", "directory": "z"}}, "takes directory only with unit"),
        ({"journal": {"unit": "--flush"}}, "must be the name of a systemd unit"),
        ({"journal": {"unit": "a b"}}, "must be the name of a systemd unit"),
        ({"journal": {"unit": "*"}}, "must be the name of a systemd unit"),
        ({"loki": {"server": "loki:3100", "query": "{}"}}, "must be an address like http://"),
        ({"loki": {"server": "http://x/?q=1", "query": "{}"}}, "must be an address like http://"),
        ({"loki": {"server": "file:///etc", "query": "{}"}}, "must be an address like http://"),
        ({"loki": {"server": "http://x"}}, "Field required"),
    ],
)
def test_what_is_no_source_is_refused_in_words(source: Any, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        LogSource.model_validate(source)
