"""A new kind of page target: what it needs, and that nothing else is needed (docs/boxes.md)."""

import inspect
import re
from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

import pytest
from pydantic import ValidationError

from standfast.policy import Policy, page_targets
from standfast.policy.page_targets import Chain, PagedTier, PageTarget
from tests.decisions import test_escalation_policy
from tests.decisions.assigning import NIGHT, SECOND_WEEK, assigned, tier
from tests.decisions.small_policy import SMALL
from tests.decisions.test_escalation_policy import pages, with_steps

ROOT = Path(__file__).parents[2]


class OtherTeam(PageTarget):
    """Who is on call in that other team."""

    word = "a team's name"

    def words(self, policy: Policy) -> Collection[str]:
        return policy.teams

    def chains(self, word: str, tier: PagedTier) -> Iterable[Chain]:
        return tier.on_call(word, tier.policy.teams[word].tiers)

    def problem(self, policy: Policy, team: str | None) -> str:
        return "" if team != "desk" else "the desk asks nobody else"

    def other_teams(self, policy: Policy) -> Collection[str]:
        return policy.teams


@pytest.fixture
def _one_kind_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(page_targets, "KINDS", (*page_targets.KINDS, OtherTeam()))


@pytest.mark.usefixtures("_one_kind_more")
class TestOneKindMore:
    """From the policy to the pages and their words, with its class and its line alone."""

    def test_is_paged(self) -> None:
        policy = with_steps({}, {"after": "5m", "page": ["managers", "pit"]})
        assignment = assigned(policy, at=SECOND_WEEK)
        assert pages(assignment) == [(0, "noa", ()), (5, "noa, pit", ())]
        assert assignment.pages[1].chains[0] == ("noa", "dan")
        assert page_targets.other_teams(policy) == {"desk", "managers", "network"}

    def test_that_nobody_answers_to_is_among_the_reasons(self) -> None:
        managers = {"title": "Managers", "tiers": [tier("L1", "dan", at_work=True)]}
        policy = with_steps({"page": "managers"}, teams=SMALL["teams"] | {"managers": managers})
        assignment = assigned(policy, at=NIGHT)
        assert pages(assignment) == [(0, "nia", ())]
        assert (
            "nobody answers to 'managers' of the escalation policy in network" in assignment.reasons
        )

    def test_may_refuse_where_the_policy_names_it(self) -> None:
        desk = SMALL["teams"]["desk"] | {"paging": {"P3": [{}, {"page": "network"}]}}
        assert refused(teams=SMALL["teams"] | {"desk": desk}) == [
            "teams.desk.paging.P3.1.page: the desk asks nobody else"
        ]

    def test_is_not_called_as_another_kind(self) -> None:
        people = SMALL["people"] | {"desk": SMALL["people"]["dee"]}
        assert refused(people=people) == [
            "people.desk: 'desk' means something else in an escalation policy's `page`"
        ]


def refused(**sections: object) -> list[str]:
    with pytest.raises(ValidationError) as caught:
        with_steps({}, **{"teams": SMALL["teams"], "incident_manager": None} | sections)
    (problem,) = caught.value.errors()
    return problem["msg"].removeprefix("Value error, ").splitlines()


def test_no_kind_lacks_anything() -> None:
    lacking = "\n".join(missing(page_targets.KINDS))
    assert not lacking, lacking


def test_what_a_kind_lacks_that_only_the_code_knows_is_named() -> None:
    class Operators(PageTarget):
        """Whoever looks after Standfast itself."""

        word = "operators"

        def chains(self, word: str, tier: PagedTier) -> Iterable[Chain]:
            return [(person,) for person in tier.policy.operators]

    assert list(missing([Operators()])) == [
        "operators: no row in docs/paging.md that calls it 'whoever looks after Standfast itself'",
        "operators: not in the row `page` of docs/policy.md, under `paging`",
        "operators: not in policy/on_call.yaml, above its `paging`",
        "operators: no example of who is paged in test_escalation_policy.py, TestTargets",
    ]


def missing(kinds: Iterable[PageTarget]) -> Iterator[str]:
    """What is not there yet of these kinds."""
    rows = re.findall(r"^\| `?(.+?)`? \| (.+) \|$", text("docs/paging.md"), re.MULTILINE)
    told = found(r"^\| `page` \| (.+) \|$", "docs/policy.md")
    shipped = found(r"A step\n# may page (.+)\.$", "policy/on_call.yaml")
    policy = with_steps({})
    examples = {
        kind
        for words, _ in test_escalation_policy.TestTargets.WHOM
        for word in ([words] if isinstance(words, str) else words)
        for kind in page_targets.kinds_of(word, policy)
    }
    for kind in kinds:
        says = (inspect.getdoc(kind) or "").partition(".\n")[0].removesuffix(".")
        means = says[:1].lower() + says[1:]
        if (kind.word, means) not in rows:
            yield f"{kind.word}: no row in docs/paging.md that calls it {means!r}"
        if not re.search(rf"\b{kind.word}\b", told):
            yield f"{kind.word}: not in the row `page` of docs/policy.md, under `paging`"
        if not re.search(rf"\b{kind.word}\b", shipped):
            yield f"{kind.word}: not in policy/on_call.yaml, above its `paging`"
        if kind not in examples:
            yield (
                f"{kind.word}: no example of who is paged in test_escalation_policy.py, TestTargets"
            )


def text(file: str) -> str:
    return (ROOT / file).read_text()


def found(pattern: str, file: str) -> str:
    (match,) = re.findall(pattern, text(file), re.MULTILINE)
    return str(match)
