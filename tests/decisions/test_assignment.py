"""Whom an incident goes to: team, tier, who is on call, and who was named."""

from datetime import UTC, datetime

import pytest

from standfast.decisions.assignment import UnknownPerson, UnknownTeam, check_assignable, delegate
from standfast.incidents.schedule import DatedShifts
from tests.decisions.assigning import (
    NIGHT,
    SECOND_WEEK,
    assigned,
    by_calendar,
    override,
    reached,
    tier,
    with_tiers,
)
from tests.decisions.small_policy import VERSION, small_policy


class TestTheOneOnCall:
    """First in line, then the others of the tier, then the service desk."""

    def test_comes_first_then_the_others_then_the_service_desk(self) -> None:
        assignment = assigned()
        assert reached(assignment) == ("nia", "noa", "nik", "dee")
        assert assignment.reasons == (
            "network, L1: nia is on call until 2026-01-12 09:00:00 UTC, then noa",
            "last resort: dee, on call at desk",
        )
        assert assignment.answer == "network, L1"
        assert assignment.policy_version == VERSION

    def test_is_somebody_else_a_week_later(self) -> None:
        assert reached(assigned(at=SECOND_WEEK)) == ("noa", "nik", "nia", "dan")

    def test_is_whoever_stands_in_with_the_reason(self) -> None:
        assignment = assigned(dated=DatedShifts(overrides=(override("pia"),)))
        assert reached(assignment) == ("pia", "nia", "noa", "nik", "dee")
        assert assignment.reasons[0] == (
            "network, L1: pia is on call until 2026-01-06 13:00:00 UTC, then nia"
            " (override by pit, in place of nia)"
        )

    def test_alone_is_always_on_call(self) -> None:
        assert "network, vendor: ven is always on call" in assigned(tier=3).reasons

    def test_goes_by_the_time_zone_of_the_rotation(self) -> None:
        rotation = {"people": ["nia", "noa"], "time_zone": "America/New_York"}
        policy = with_tiers(network=[{"name": "L1", "rotation": rotation}])
        before, after = (
            assigned(policy, at=datetime(2026, 1, 12, hour, tzinfo=UTC)) for hour in (13, 14)
        )
        assert before.contacts[0] == "nia"
        assert before.reasons[0] == (
            "network, L1: nia is on call until 2026-01-12 09:00:00 EST, then noa"
        )
        assert after.contacts[0] == "noa"

    def test_what_is_wrong_with_the_schedules_is_told(self) -> None:
        problem = "the calendar L1.ics is a day old"
        assert problem in assigned(dated=DatedShifts(problems=(problem,))).reasons


class TestTheLadderOfTiers:
    TIERS = (
        (1, 1, "L1", False, ("nia", "noa", "nik", "dee")),
        (2, 2, "L2", False, ("pia", "pit", "dee")),
        (3, 3, "vendor", True, ("ven", "dee")),
        (4, 3, "vendor", True, ("ven", "dee")),
        (99, 3, "vendor", True, ("ven", "dee")),
    )

    @pytest.mark.parametrize(("asked", "number", "name", "top", "contacts"), TIERS)
    def test_ends_at_its_top(
        self, asked: int, number: int, name: str, top: bool, contacts: tuple[str, ...]
    ) -> None:
        assignment = assigned(tier=asked)
        assert (assignment.tier, assignment.tier_name, assignment.top) == (number, name, top)
        assert reached(assignment) == contacts
        beyond = f"network has no tier {asked}: its top is 3"
        assert (beyond in assignment.reasons) == (asked > 3)

    def test_that_lost_a_tier_while_the_incident_was_open_goes_to_what_is_its_top_now(self) -> None:
        policy = with_tiers(network=[tier("L1", "nia"), tier("L2", "pia")])
        assignment = assigned(policy, tier=3)
        assert (assignment.tier_name, assignment.top) == ("L2", True)
        assert assignment.reasons[0] == "network has no tier 3: its top is 2"
        assert reached(assignment) == ("pia", "dee")

    def test_pages_everybody_at_once_where_that_is_asked(self) -> None:
        assignment = assigned(tier=2, page_everyone=True)
        assert assignment.page_everyone
        assert assignment.contacts == ("pia", "pit")
        assert [page.whom for page in assignment.pages] == ["pia, pit"]
        assert "everybody of L2 is paged at once" in assignment.reasons

    def test_says_nothing_of_everybody_where_that_is_one_person(self) -> None:
        assert not any("everybody" in why for why in assigned(tier=3, page_everyone=True).reasons)


class TestANamedPerson:
    def test_is_tried_first(self) -> None:
        assignment = assigned(to="nik")
        assert reached(assignment) == ("nik", "nia", "noa", "dee")
        assert assignment.reasons[0] == "nik was named"
        assert assignment.named == "nik"

    def test_may_come_from_another_team_or_be_the_last_resort(self) -> None:
        assert reached(assigned(to="pia")) == ("pia", "nia", "noa", "nik", "dee")
        assert reached(assigned(to="dee")) == ("dee", "nia", "noa", "nik", "dan")

    def test_is_kept_in_front_of_whoever_comes_on_call(self) -> None:
        assert assigned(to="nik", at=SECOND_WEEK).contacts == ("nik", "noa", "nia")

    def test_is_kept_in_a_gap(self) -> None:
        policy = with_tiers(network=[tier("L1", "nia", "nik", at_work=True)])
        assert assigned(policy, to="nik", at=NIGHT).contacts == ("nik", "dee", "dan", "nia")

    def test_is_paged_first_even_where_the_ladder_begins_with_others(self) -> None:
        steps = {"P3": [{"page": "pit"}, {"after": "5m", "page": "on_call"}]}
        assignment = assigned(small_policy(paging=steps), to="nik")
        assert [page.whom for page in assignment.pages] == ["nik, pit", "nik"]


class TestWhatThePolicyHasLost:
    def test_a_team_gives_its_incidents_to_the_service_desk(self) -> None:
        assignment = assigned(team="telegraphy", tier=2)
        assert (assignment.team, assignment.tier) == ("desk", 2)
        assert reached(assignment) == ("dan", "dee")
        assert assignment.reasons[0] == "no team 'telegraphy' any more: the service desk, desk"

    def test_a_named_person_leaves_it_to_the_rotation(self) -> None:
        assignment = assigned(to="old-hand")
        assert reached(assignment) == ("nia", "noa", "nik", "dee")
        assert assignment.named == ""
        assert assignment.reasons[0] == "no person 'old-hand' any more: the rotation decides"


class TestWhatAPersonMayAskFor:
    def test_a_team_and_anybody_in_it(self) -> None:
        check_assignable(small_policy(), "network")
        check_assignable(small_policy(), "network", "pit")

    def test_no_unknown_team(self) -> None:
        with pytest.raises(UnknownTeam, match="no team 'netwrok'; did you mean network"):
            check_assignable(small_policy(), "netwrok")

    @pytest.mark.parametrize(
        ("to", "hint"),
        [("nina", "did you mean nia?"), ("dee", "there are: nia, nik, noa, pia, pit, ven")],
    )
    def test_nobody_outside_the_team(self, to: str, hint: str) -> None:
        with pytest.raises(UnknownPerson) as refused:
            check_assignable(small_policy(), "network", to)
        assert str(refused.value).endswith(f"no person in network called '{to}'; {hint}")

    def test_anybody_of_the_policy_where_a_calendar_says_who_is_in_the_team(self) -> None:
        policy = with_tiers(network=[by_calendar("L1")])
        check_assignable(policy, "network", "nia")
        with pytest.raises(UnknownPerson, match="no person in network called 'nina'"):
            check_assignable(policy, "network", "nina")

    def test_anybody_may_be_asked_a_question(self) -> None:
        assert delegate(small_policy(), "ven").reasons == ("Ven is one of the policy's people",)
        with pytest.raises(UnknownPerson, match="no person 'nina'; did you mean nia"):
            delegate(small_policy(), "nina")
