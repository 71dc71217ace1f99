"""Bodies for the tests of mappings: our samples, one a source and state, our cases, the policy."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from standfast.decisions.mapping import alerts_in, read_body
from standfast.incidents.alert import Alert
from standfast.policy import Policy
from standfast.policy_file.loading import load_policy
from standfast.policy_file.shipped import SHIPPED_POLICY

SAMPLES = Path(__file__).with_name("samples")
NOW = datetime(2026, 3, 1, 10, 0, tzinfo=UTC)
"""Two hours after everything in the samples began."""

CASES: list[dict[str, Any]] = [
    case
    for file in sorted(SAMPLES.with_name("cases").glob("*.yaml"))
    for case in yaml.safe_load(file.read_text())
]
"""Bodies after public reports, with what each is to become; see test_cases.py."""


@cache
def fernhill() -> Policy:
    """The shipped policy."""
    return load_policy(SHIPPED_POLICY)


def sample(name: str) -> Any:
    """One of our samples, to be bent."""
    return json.loads((SAMPLES / f"{name}.json").read_text())


def mapped(name: str) -> tuple[Alert, ...]:
    """What a sample becomes; the source stands before `__` in its name."""
    raw = (SAMPLES / f"{name}.json").read_bytes()
    return alerts_in(fernhill(), name.partition("__")[0], read_body(raw), NOW)
