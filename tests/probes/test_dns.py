"""The DNS probe, by the system's resolver."""

from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from standfast.incidents.observation import Observation
from standfast.incidents.resolution import Verdict
from standfast.policy.system_tests import DnsTest
from standfast.probes import dns
from standfast.probes.context import ProbeContext
from tests.probes.names import Names

SOON = timedelta(seconds=5)
WELL, NOT_WELL = Verdict.RESOLVED, Verdict.UNRESOLVED


async def look(**test: Any) -> Observation:
    return await dns.probe(
        DnsTest.model_validate({"name": "shop.example", **test}), ProbeContext(SOON)
    )


CASES: list[tuple[dict[str, Any], Verdict, str]] = [
    ({}, WELL, "shop.example leads to 192.0.2.1, 192.0.2.10, 2001:db8::1"),
    ({"type": "A"}, WELL, "shop.example (A) leads to 192.0.2.1, 192.0.2.10"),
    ({"type": "AAAA"}, WELL, "shop.example (AAAA) leads to 2001:db8::1"),
    (
        {"type": "A", "expect": ["192.0.2.10", "192.0.2.1"]},
        WELL,
        "shop.example (A) leads to 192.0.2.1, 192.0.2.10",
    ),
    (
        {"type": "AAAA", "expect": ["2001:DB8:0::1"]},
        WELL,
        "shop.example (AAAA) leads to 2001:db8::1",
    ),
    (
        {"type": "A", "expect": ["192.0.2.1"]},
        NOT_WELL,
        "shop.example (A) leads to 192.0.2.1, 192.0.2.10; unexpected: 192.0.2.10",
    ),
    (
        {"expect": ["192.0.2.1", "192.0.2.7"]},
        NOT_WELL,
        "shop.example leads to 192.0.2.1, 192.0.2.10, 2001:db8::1; not to 192.0.2.7;"
        " unexpected: 192.0.2.10, 2001:db8::1",
    ),
    (
        {"name": "old.example"},
        NOT_WELL,
        "old.example leads nowhere: Name or service not known",
    ),
    (
        {"name": "old.example", "type": "AAAA", "expect": ["2001:db8::1"]},
        NOT_WELL,
        "old.example (AAAA) leads nowhere: Name or service not known",
    ),
]


@pytest.mark.parametrize(("test", "says", "detail"), CASES)
async def test_it_leads_to_the_addresses_that_are_expected(
    names: Names, test: dict[str, Any], says: Verdict, detail: str
) -> None:
    names.lead("shop.example", ["192.0.2.10", "192.0.2.1", "2001:db8::1"])
    names.lead("old.example", [])
    assert await look(**test) == (says, detail)


async def test_of_many_addresses_some_are_shown(names: Names) -> None:
    names.lead("shop.example", [f"192.0.2.{number}" for number in range(1, 31)])
    seen = await look()
    assert seen.detail.endswith("192.0.2.9, 192.0.2.10 and 20 more")


async def test_the_systems_own_names_are_found() -> None:
    seen = await look(name="localhost", type="A", expect=["127.0.0.1"])
    assert seen == (WELL, "localhost (A) leads to 127.0.0.1")


@pytest.mark.parametrize(
    "test",
    [
        {"name": "127.0.0.1"},
        {"name": "grün.example"},
        {"name": "--help; ls"},
        {"type": "MX"},
        {"type": "A", "expect": ["2001:db8::1"]},
        {"type": "AAAA", "expect": ["192.0.2.1"]},
        {"expect": ["shop.example"]},
        {"expect": [2130706433]},
    ],
)
def test_what_cannot_be_looked_up_is_no_test(test: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        DnsTest.model_validate({"name": "shop.example", **test})
