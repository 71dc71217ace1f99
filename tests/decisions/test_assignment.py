"""Whom an incident goes to: team, tier, rotation, and whom to try when nobody answers."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from incidents.assessment import Assignment, Priority
from incidents.decisions.assignment import UnknownPerson, UnknownTeam, assign, reassign
from incidents.policy import Policy
from tests.decisions.small_policy import SMALL, VERSION, small_policy

FIRST_WEEK = datetime(2026, 1, 6, 12, tzinfo=UTC)
SECOND_WEEK = FIRST_WEEK + timedelta(weeks=1)
USUALLY: dict[str, Any] = {
    "team": "network",
    "tier": 1,
    "priority": Priority.P3,
    "at": FIRST_WEEK,
}


def assigned(policy: Policy | None = None, **asked: Any) -> Assignment:
    return assign(policy or small_policy(), **(USUALLY | asked))


def reached(assignment: Assignment) -> tuple[str, ...]:
    """Whom a page would be tried with, one after the other."""
    return (*dict.fromkeys([*assignment.contacts, assignment.last_resort]),)


def test_the_one_on_call_comes_first_then_the_others_then_the_service_desk() -> None:
    assignment = assigned()
    assert reached(assignment) == ("nia", "noa", "nik", "dee")
    assert assignment.reasons == (
        "network, L1: nia is on call until 2026-01-12 09:00:00 UTC, then noa",
        "last resort: dee, on call at desk",
    )
    assert assignment.answer == "network, L1"
    assert assignment.policy_version == VERSION


def test_a_week_later_it_is_somebody_elses_turn() -> None:
    assert reached(assigned(at=SECOND_WEEK)) == ("noa", "nik", "nia", "dan")


TIERS = [
    (1, 1, "L1", False, ("nia", "noa", "nik", "dee")),
    (2, 2, "L2", False, ("pia", "pit", "dee")),
    (3, 3, "vendor", True, ("ven", "dee")),
    (4, 3, "vendor", True, ("ven", "dee")),
    (99, 3, "vendor", True, ("ven", "dee")),
]


@pytest.mark.parametrize(("asked", "tier", "name", "top", "contacts"), TIERS)
def test_the_ladder_ends_at_its_top(
    asked: int, tier: int, name: str, top: bool, contacts: tuple[str, ...]
) -> None:
    assignment = assigned(tier=asked)
    assert (assignment.tier, assignment.tier_name, assignment.top) == (tier, name, top)
    assert reached(assignment) == contacts
    beyond = f"network has no tier {asked}: its top is 3"
    assert (beyond in assignment.reasons) == (asked > 3)


def test_one_person_alone_is_always_on_call() -> None:
    assert "network, vendor: ven is always on call" in assigned(tier=3).reasons


def test_paging_everyone_says_so() -> None:
    assignment = assigned(tier=2, page_everyone=True)
    assert assignment.page_everyone
    assert assignment.contacts == ("pia", "pit")
    assert assignment.last_resort == "dee"
    assert "everybody of L2 is paged at once" in assignment.reasons


def test_at_the_service_desk_nobody_is_a_contact_twice() -> None:
    assignment = assigned(team="desk")
    assert reached(assignment) == ("dee", "dan")
    assert not any("last resort" in reason for reason in assignment.reasons)
    assert reached(assigned(team="desk", tier=2)) == ("dan", "dee")


def test_a_named_person_is_tried_first() -> None:
    assignment = assigned(to="nik")
    assert reached(assignment) == ("nik", "nia", "noa", "dee")
    assert assignment.reasons[0] == "nik was named"


def test_a_named_person_may_come_from_another_team_or_be_the_last_resort() -> None:
    assert reached(assigned(to="pia")) == ("pia", "nia", "noa", "nik", "dee")
    assert reached(assigned(to="dee")) == ("dee", "nia", "noa", "nik")


def test_an_incident_whose_team_is_gone_goes_to_the_service_desk() -> None:
    assignment = assigned(team="telegraphy", tier=2)
    assert (assignment.team, assignment.tier) == ("desk", 2)
    assert reached(assignment) == ("dan", "dee")
    assert assignment.reasons[0] == "no team 'telegraphy' any more: the service desk, desk"


def test_a_person_who_is_gone_does_not_stop_an_assignment() -> None:
    assignment = assigned(to="old-hand")
    assert reached(assignment) == ("nia", "noa", "nik", "dee")
    assert assignment.reasons[0] == "no person 'old-hand' any more: the rotation decides"


def test_the_clocks_are_those_of_the_priority() -> None:
    for priority in Priority:
        clocks = assigned(priority=priority).clocks
        assert clocks.acknowledge_within == timedelta(minutes=5 * priority.number)


def test_a_rotation_keeps_its_own_time_zone() -> None:
    teams = SMALL["teams"] | {
        "network": {
            "title": "Network",
            "tiers": [
                {
                    "name": "L1",
                    "rotation": {"people": ["nia", "noa"], "time_zone": "America/New_York"},
                }
            ],
        }
    }
    policy = small_policy(teams=teams)
    before, after = (
        assigned(policy, at=datetime(2026, 1, 12, hour, tzinfo=UTC)) for hour in (13, 14)
    )
    assert before.contacts[0] == "nia"
    assert before.reasons[0] == (
        "network, L1: nia is on call until 2026-01-12 09:00:00 EST, then noa"
    )
    assert after.contacts[0] == "noa"


def reassigned(**asked: Any) -> Assignment:
    return reassign(small_policy(), **(USUALLY | asked))


def test_reassigning_is_assigning_where_all_is_known() -> None:
    assert reassigned() == assigned()
    assert reassigned(to="pit", page_everyone=True) == assigned(to="pit", page_everyone=True)


def test_reassigning_to_an_unknown_team_is_refused_and_lists_the_teams() -> None:
    with pytest.raises(UnknownTeam, match="no team 'netwrok'; there are: desk, network"):
        reassigned(team="netwrok")


@pytest.mark.parametrize("to", ["nina", "dee"])
def test_reassigning_to_somebody_outside_the_team_is_refused_and_lists_its_people(
    to: str,
) -> None:
    people = "nia, nik, noa, pia, pit, ven"
    with pytest.raises(
        UnknownPerson, match=f"no person in network called '{to}'; there are: {people}"
    ):
        reassigned(to=to)
