"""A new kind of system test: what it needs, and that nothing else is needed (docs/boxes.md)."""

import inspect
import re
import sys
from collections.abc import Iterator, Mapping
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType
from typing import Any, get_type_hints

import pytest
import yaml

from standfast.incidents.observation import Observation, failed, passed
from standfast.incidents.resolution import Verdict
from standfast.messages.message import Line
from standfast.outgoing.egress import request
from standfast.policy import Policy
from standfast.policy.hosts import WebAddress, host_of
from standfast.policy.section import Key
from standfast.policy.services import Service
from standfast.policy.system_tests import SystemTest, SystemTestKind
from standfast.policy_file import validation
from standfast.policy_file.loading import PolicyError
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.probes.context import ProbeContext
from standfast.probes.system_tests import runner_of
from tests.activities.gathering import by_tests, gather, policy_with
from tests.probes.site import a_site

ROOT = Path(__file__).parents[2]


class HeaderTest(SystemTestKind):
    """A kind that Standfast does not have: a page that must come with this header."""

    url: WebAddress
    has: Line

    def connects_to(self) -> Mapping[str, str]:
        return {"url": host_of(self.url)}


async def probe(test: HeaderTest, context: ProbeContext) -> Observation:
    async with request("GET", test.url, hosts=context.hosts, within=context.within) as answer:
        return passed("is there") if test.has in answer.headers else failed("is not there")


class MoreTests(SystemTest):
    """As `SystemTest` would be with one line more."""

    header: HeaderTest | None = None


class MoreServices(Service):
    tests: tuple[MoreTests, ...] = ()


class MorePolicy(Policy):
    services: dict[Key, MoreServices]  # type: ignore[assignment]


@pytest.fixture
def _one_kind_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "Policy", MorePolicy)
    runner = ModuleType("standfast.probes.header")
    vars(runner)["probe"] = probe
    monkeypatch.setitem(sys.modules, runner.__name__, runner)


@pytest.mark.usefixtures("_one_kind_more")
class TestOneKindMore:
    """From the policy's YAML to the evidence, with its model, its line and its probe alone."""

    async def test_is_run_and_gives_evidence(self, tmp_path: Path) -> None:
        async with a_site() as site:
            tests: list[dict[str, Any]] = [
                {
                    "name": "cookie",
                    "header": {"url": f"{site.address}/cookie", "has": "set-cookie"},
                },
                {"name": "front page", "header": {"url": site.address, "has": "set-cookie"}},
            ]
            evidence = await gather(policy_with(tmp_path, by_tests(tests), hosts=["127.0.0.1"]))
        assert [(piece.source, piece.says, piece.detail) for piece in evidence] == [
            ("cookie", Verdict.RESOLVED, "is there"),
            ("front page", Verdict.UNRESOLVED, "is not there"),
        ]

    def test_connects_only_to_hosts_of_the_list(self, tmp_path: Path) -> None:
        test = {"name": "cookie", "header": {"url": "http://shop.example/", "has": "set-cookie"}}
        assert refused(tmp_path, test) == [
            "services.feed.tests.0.header.url: 'shop.example' is not on the list of `hosts`"
        ]

    def test_is_checked_as_the_others_are(self, tmp_path: Path) -> None:
        assert refused(tmp_path, {"name": "cookie", "header": {"url": "http://shop.example/"}}) == [
            "services.feed.tests.0.header.has: is missing"
        ]
        kinds = ", ".join(MoreTests.kinds())
        assert refused(tmp_path, {"name": "cookie"}) == [
            f"services.feed.tests.0: needs exactly one of {kinds}"
        ]


def refused(directory: Path, test: dict[str, Any]) -> list[str]:
    with pytest.raises(PolicyError) as caught:
        policy_with(directory, by_tests([test]))
    return [f"{problem.place}: {problem.message}" for problem in caught.value.problems]


def test_no_kind_lacks_anything() -> None:
    lacking = "\n".join(missing(SystemTest))
    assert not lacking, lacking


def test_what_a_kind_lacks_that_only_the_policy_knows_is_named() -> None:
    assert [line for line in missing(MoreTests) if line.startswith("header")] == [
        "header: no runner: write standfast/probes/header.py with a `probe`",
        "header: no tests: write tests/probes/test_header.py",
        "header: no row in docs/policy.md: add it to the table under Tests",
        "header: no example in policy/standfast.yaml: add one to the tests of the website",
    ]


def missing(tests: type[SystemTest]) -> Iterator[str]:
    """What is not there yet of the kinds that these tests may be of."""
    rows = re.findall(r"^\| `(\w+): ", (ROOT / "docs/policy.md").read_text(), re.MULTILINE)
    examples = {test.kind for test in shipped_examples()}
    for kind, model in tests.kinds().items():
        if inspect.isabstract(model):
            yield f"{kind}: {model.__name__} has no `connects_to`: say which hosts it connects to"
        if not find_spec(f"standfast.probes.{kind}"):
            yield f"{kind}: no runner: write standfast/probes/{kind}.py with a `probe`"
        elif get_type_hints(runner_of(kind))["test"] is not model:
            yield f"{kind}: the `probe` in standfast/probes/{kind}.py takes no {model.__name__}"
        if not (ROOT / f"tests/probes/test_{kind}.py").exists():
            yield f"{kind}: no tests: write tests/probes/test_{kind}.py"
        if kind not in rows:
            yield f"{kind}: no row in docs/policy.md: add it to the table under Tests"
        if kind not in examples:
            yield (
                f"{kind}: no example in policy/standfast.yaml: add one to the tests of the website"
            )


def shipped_examples() -> list[SystemTest]:
    """The tests of the shipped policy, with those of the website, which are commented out."""
    text = Path(SHIPPED_POLICY).read_text()
    services = yaml.safe_load(text)["services"].values()
    (commented,) = re.findall(r"^    # tests:\n((?:    #   .*\n)+)", text, re.MULTILINE)
    written = [test for service in services for test in service.get("tests", ())]
    written += yaml.safe_load(commented.replace("    #", ""))
    return [SystemTest.model_validate(test) for test in written]
