"""The escalation policy in a tier: which pages go out when, to whom, through which channels."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import event, given
from hypothesis import strategies as st

from standfast.incidents.assessment import Priority
from standfast.incidents.assignment import Assignment
from standfast.incidents.schedule import DatedShifts
from standfast.policy import Policy
from standfast.policy.page_targets import KINDS, Person
from standfast.policy.paging import MOST_PAGES
from tests.decisions.assigning import (
    FIRST_WEEK,
    NIGHT,
    SECOND_WEEK,
    assessed,
    assigned,
    by_calendar,
    override,
    tier,
)
from tests.decisions.small_policy import SMALL, small_policy

Seen = tuple[int, str, tuple[str, ...]]
"""A page as the people see it: minutes after the assignment, who is paged, through what."""


def with_steps(*steps: dict[str, Any], **sections: Any) -> Policy:
    """The small policy with steps for P3, and a team of incident managers: dan, then noa."""
    managers = {"title": "Incident managers", "tiers": [tier("L1", "dan", "noa")]}
    teams = SMALL["teams"] | {"managers": managers}
    ours = {"paging": {"P3": [*steps]}, "teams": teams, "incident_manager": "managers"}
    return small_policy(**(ours | sections))


def pages(assignment: Assignment) -> list[Seen]:
    moments = accumulate(page.after for page in assignment.pages)
    return [
        (round(moment.total_seconds() / 60), page.whom, page.through)
        for moment, page in zip(moments, assignment.pages, strict=True)
    ]


def planned_pages(*steps: dict[str, Any], **asked: Any) -> list[Seen]:
    return pages(assigned(with_steps(*steps), **asked))


def test_without_a_ladder_whoever_is_on_call_is_paged_at_once() -> None:
    assignment = assigned()
    assert pages(assignment) == [(0, "nia", ())]
    assert assignment.pages[0].chains == (("nia", "noa", "nik", "dee"),)


class TestWhichLadder:
    """That of the team and priority, else that of the policy, else one page."""

    @pytest.mark.parametrize(
        ("team", "priority", "whom"),
        [
            ("network", Priority.P3, "pit"),
            ("desk", Priority.P3, "ven"),
            ("network", Priority.P2, "ven"),
            ("network", Priority.P4, "nia"),
        ],
    )
    def test_is_used(self, team: str, priority: Priority, whom: str) -> None:
        network = SMALL["teams"]["network"] | {"paging": {"P3": [{"page": "pit"}]}}
        policy = small_policy(
            paging={"P2": [{"page": "ven"}], "P3": [{"page": "ven"}]},
            teams=SMALL["teams"] | {"network": network},
        )
        assert pages(assigned(policy, team=team, assessed=assessed(priority))) == [(0, whom, ())]


ROUNDS: dict[str, tuple[list[dict[str, Any]], list[Seen]]] = {
    "one after the other": (
        [{}, {"after": "5m", "page": "pia"}, {"after": "20m", "page": "pit"}],
        [(0, "nia", ()), (5, "pia", ()), (20, "pit", ())],
    ),
    "in the order of time, however they are written": (
        [{"after": "20m", "page": "pit"}, {}, {"after": "5m", "page": "pia"}],
        [(0, "nia", ()), (5, "pia", ()), (20, "pit", ())],
    ),
    "none at once": ([{"after": "10m"}], [(10, "nia", ())]),
    "repeats": (
        [{"repeats": 2, "every": "5m"}],
        [(0, "nia", ()), (5, "nia", ()), (10, "nia", ())],
    ),
    "repeats between which another comes": (
        [{"repeats": 2, "every": "5m"}, {"after": "7m", "page": "pia"}],
        [(0, "nia", ()), (5, "nia", ()), (7, "pia", ()), (10, "nia", ())],
    ),
    "repeats that begin later": (
        [{}, {"after": "3m", "page": "pia", "repeats": 1, "every": "4m"}],
        [(0, "nia", ()), (3, "pia", ()), (7, "pia", ())],
    ),
    "through other channels the second time": (
        [{"through": "mail"}, {"after": "5m", "through": ["call", "sms"]}],
        [(0, "nia", ("mail",)), (5, "nia", ("call", "sms"))],
    ),
    "two at one moment": (
        [{"through": "mail"}, {"page": "pia", "through": "sms"}],
        [(0, "nia", ("mail",)), (0, "pia", ("sms",))],
    ),
    "two at one moment for one person": (
        [{}, {"page": ["nia", "pia"]}],
        [(0, "nia", ()), (0, "pia", ())],
    ),
    "a repeat that meets the next step": (
        [{"repeats": 1, "every": "5m"}, {"after": "5m", "page": ["on_call", "pia"]}],
        [(0, "nia", ()), (5, "nia", ()), (5, "pia", ())],
    ),
    "two at one moment for one person, each through its own channel": (
        [{"through": "sms"}, {"through": "call"}],
        [(0, "nia", ("sms",)), (0, "nia", ("call",))],
    ),
}


class TestSteps:
    @pytest.mark.parametrize("what", ROUNDS)
    def test_of_a_round(self, what: str) -> None:
        steps, expected = ROUNDS[what]
        assert planned_pages(*steps) == expected


class TestTargets:
    WHOM: tuple[tuple[str | list[str], str], ...] = (
        ("on_call", "nia"),
        ("tier", "nia, noa, nik"),
        ("team", "nia, noa, nik, pia, pit, ven"),
        ("incident_manager", "dan"),
        ("vendor", "ven"),
        ("pit", "pit"),
        (["on_call", "incident_manager", "pit"], "nia, dan, pit"),
        (["pit", "tier", "pit", "nia"], "pit, nia, noa, nik"),
    )

    @pytest.mark.parametrize(("page", "whom"), WHOM)
    def test_are_paged_at_once_and_nobody_twice(self, page: str | list[str], whom: str) -> None:
        assert planned_pages({"page": page}) == [(0, whom, ())]

    CHAINS: tuple[tuple[str, tuple[tuple[str, ...], ...]], ...] = (
        ("on_call", (("nia", "noa", "nik", "dee"),)),
        ("tier", (("nia", "dee"), ("noa", "dee"), ("nik", "dee"))),
        ("incident_manager", (("dan", "noa", "dee"),)),
        ("vendor", (("ven", "dee"),)),
        ("pit", (("pit", "nia", "noa", "nik", "dee"),)),
        ("noa", (("noa", "nia", "nik", "dee"),)),
        ("dee", (("dee", "nia", "noa", "nik"),)),
    )

    @pytest.mark.parametrize(("page", "chains"), CHAINS)
    def test_who_cannot_be_reached_is_followed_by_others(
        self, page: str, chains: tuple[tuple[str, ...], ...]
    ) -> None:
        assert assigned(with_steps({"page": page})).pages[0].chains == chains

    def test_go_by_the_moment_of_the_assignment(self) -> None:
        page = {"page": ["on_call", "incident_manager"]}
        assert planned_pages(page, at=SECOND_WEEK) == [(0, "noa", ())]

    def test_who_is_on_call_and_incident_manager_is_paged_once(self) -> None:
        together = [{"page": ["on_call", "incident_manager"]}]
        at_once = [{}, {"page": "incident_manager"}]
        dated = DatedShifts(overrides=(override("dan"),))
        for steps in (together, at_once):
            assert pages(assigned(with_steps(*steps), dated)) == [(0, "dan", ())]

    def test_who_is_both_is_paged_again_when_it_is_the_incident_managers_turn(self) -> None:
        dated = DatedShifts(overrides=(override("dan"),))
        steps = with_steps({}, {"after": "5m", "page": "incident_manager"})
        assert pages(assigned(steps, dated)) == [(0, "dan", ()), (5, "dan", ())]

    def test_the_tier_has_those_who_stand_in_as_well(self) -> None:
        assignment = assigned(
            with_steps({"page": "tier"}), DatedShifts(overrides=(override("pia"),))
        )
        assert pages(assignment) == [(0, "pia, nia, noa, nik", ())]

    def test_a_person_alone_in_the_tier_is_all_of_it(self) -> None:
        assert planned_pages({"page": ["on_call", "tier"]}, tier=3) == [(0, "ven", ())]


class TestNobodyAnswers:
    """A step that finds nobody delays no other, and the reasons say so."""

    @staticmethod
    def without(*steps: dict[str, Any], **sections: Any) -> Assignment:
        """The assignment by a policy whose vendor and incident managers are at home."""
        managers = {"title": "Managers", "tiers": [tier("L1", "dan", at_work=True)]}
        vendor = tier("vendor", "ven", at_work=True)
        network = SMALL["teams"]["network"] | {"tiers": [tier("L1", "nia"), vendor]}
        teams = SMALL["teams"] | {"managers": managers, "network": network}
        return assigned(with_steps(*steps, teams=teams, **sections), at=NIGHT)

    @pytest.mark.parametrize("target", ["vendor", "incident_manager"])
    def test_to_one_of_the_targets(self, target: str) -> None:
        assignment = self.without({"page": [target, "pit"]})
        assert pages(assignment) == [(0, "pit", ())]
        assert (
            f"nobody answers to {target!r} of the escalation policy in network"
            in assignment.reasons
        )

    def test_to_a_later_step(self) -> None:
        vendor = {"after": "5m", "page": "vendor", "repeats": 3, "every": "1m"}
        assignment = self.without({}, vendor, {"after": "10m", "page": "pit"})
        assert pages(assignment) == [(0, "nia", ()), (10, "pit", ())]
        missing = [reason for reason in assignment.reasons if "vendor" in reason]
        assert missing == ["nobody answers to 'vendor' of the escalation policy in network"]

    def test_to_the_first_step_so_the_contacts_are_paged_instead_of_it(self) -> None:
        vendor = {"page": "vendor", "through": "call"}
        assignment = self.without(vendor, {"after": "30m", "page": "pit"})
        assert pages(assignment) == [(0, "nia", ()), (30, "pit", ())]
        assert assignment.pages[0].chains == (("nia", "dee"),)

    def test_to_the_first_step_while_another_comes_at_the_same_moment(self) -> None:
        assert pages(self.without({"page": "vendor"}, {"page": "pit"})) == [(0, "pit", ())]

    def test_to_any_step(self) -> None:
        steps = [{"after": "5m", "page": "vendor"}, {"after": "9m", "page": "incident_manager"}]
        assert pages(self.without(*steps)) == [(5, "nia", ())]

    def test_in_a_team_without_a_vendor(self) -> None:
        assignment = assigned(with_steps({"page": "vendor"}), team="desk")
        assert pages(assignment) == [(0, "dee", ())]
        assert "nobody answers to 'vendor' of the escalation policy in desk" in assignment.reasons

    def test_in_a_team_that_its_calendars_know_nobody_of(self) -> None:
        network = SMALL["teams"]["network"] | {"tiers": [by_calendar("L1")]}
        teams = SMALL["teams"] | {"network": network}
        policy = with_steps({"page": "team"}, teams=teams, incident_manager=None)
        assert pages(assigned(policy)) == [(0, "dee", ())]

    def test_in_the_first_tier_of_the_managers_but_in_their_second(self) -> None:
        tiers = [tier("L1", "dan", at_work=True), tier("L2", "noa")]
        teams = SMALL["teams"] | {"managers": {"title": "Managers", "tiers": tiers}}
        policy = with_steps({"page": "incident_manager"}, teams=teams)
        assert pages(assigned(policy, at=FIRST_WEEK)) == [(0, "dan", ())]
        assert pages(assigned(policy, at=NIGHT)) == [(0, "noa", ())]


class TestEverybody:
    """A critical incident, or the top tier that was not heard of: the whole tier at once."""

    def test_is_paged_by_the_first_step_and_each_has_the_last_resort_behind(self) -> None:
        assignment = assigned(tier=2, page_everyone=True)
        assert assignment.pages[0].chains == (("pia", "dee"), ("pit", "dee"))

    def test_with_whom_the_ladder_names_and_through_its_channels(self) -> None:
        page = {"page": "incident_manager", "through": "call"}
        later = {"after": "5m", "page": "on_call"}
        assert planned_pages(later, page, page_everyone=True) == [
            (0, "nia, noa, nik, dan", ("call",)),
            (5, "nia", ()),
        ]

    def test_when_the_first_step_is_due(self) -> None:
        assert planned_pages({"after": "5m"}, page_everyone=True) == [(5, "nia, noa, nik", ())]

    def test_includes_who_was_named(self) -> None:
        assert planned_pages({}, page_everyone=True, to="ven") == [(0, "ven, nia, noa, nik", ())]

    def test_is_paged_again_only_as_the_ladder_says(self) -> None:
        assert planned_pages({}, {"after": "5m"}, page_everyone=True)[1] == (5, "nia", ())


_MINUTES = st.integers(1, 90).map("{}m".format)
_TARGETS = st.sampled_from(
    [*(kind.word for kind in KINDS if not isinstance(kind, Person)), "pit", "dee", "nia"]
)
_CHANNELS = st.lists(st.sampled_from(["sms", "call"]), max_size=2)
_ONCE = st.fixed_dictionaries(
    {"page": st.lists(_TARGETS, min_size=1, max_size=3)},
    optional={"after": _MINUTES, "through": _CHANNELS},
)
_REPEATED = st.fixed_dictionaries(
    {"page": _TARGETS, "repeats": st.integers(1, 4), "every": _MINUTES},
    optional={"after": _MINUTES},
)


@given(
    steps=st.lists(_ONCE | _REPEATED, min_size=1, max_size=6),
    everyone=st.booleans(),
    team=st.sampled_from(["network", "desk"]),
    at=st.sampled_from([FIRST_WEEK, NIGHT]),
)
def test_whatever_the_ladder_its_pages_come_in_order_at_the_moments_of_its_steps(
    steps: Sequence[dict[str, Any]], everyone: bool, team: str, at: Any
) -> None:
    policy = with_steps(*steps)
    assignment = assigned(policy, team=team, page_everyone=everyone, at=at)
    planned, missing = assignment.pages, " ".join(assignment.reasons)
    moments = list(accumulate(page.after for page in planned))
    first, *others = sorted(policy.paging[Priority.P3], key=lambda step: step.times[0])
    answered = [
        step
        for step in (first, *others)
        if (everyone and step is first)
        or not all(f"nobody answers to {word!r} " in missing for word in step.page)
    ]
    assert 0 < len(planned) <= MOST_PAGES
    assert moments == sorted(moments)
    assert moments[0] == first.times[0]
    assert {*moments} == {first.times[0], *(moment for step in answered for moment in step.times)}
    if len({*moments}) < len(moments):
        event("several at one moment")
    for moment in {*moments}:
        together = [page for page, at in zip(planned, moments, strict=True) if at == moment]
        firsts = [(chain[0], page.through) for page in together for chain in page.chains]
        assert len({*firsts}) == len(firsts), "paged twice at once"
    for page in planned:
        assert page.chains
        assert page.after >= timedelta()
        assert all(
            chain and len({*chain}) == len(chain) and "" not in chain for chain in page.chains
        )
