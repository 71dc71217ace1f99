"""Nobody is on call, or nobody can be reached: who is paged instead."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from standfast.incidents.schedule import DatedShifts, Shift
from tests.decisions.assigning import (
    FIRST_WEEK,
    HOUR,
    NIGHT,
    assigned,
    by_calendar,
    override,
    reached,
    tier,
    with_tiers,
)
from tests.decisions.small_policy import SMALL, small_policy


class TestTheLastResort:
    """Somebody at the service desk, for when no contact can be reached."""

    def test_is_nobody_twice(self) -> None:
        assignment = assigned(team="desk")
        assert reached(assignment) == ("dee", "dan")
        assert not any("last resort" in reason for reason in assignment.reasons)
        assert reached(assigned(team="desk", tier=2)) == ("dan", "dee")

    def test_of_a_tier_with_one_person_at_the_desk_itself_is_its_next_tier(self) -> None:
        policy = with_tiers(desk=[tier("L1", "dee"), tier("L2", "dan")])
        assignment = assigned(policy, team="desk")
        assert reached(assignment) == ("dee", "dan")
        assert assignment.pages[0].chains == (("dee", "dan"),)
        assert "last resort: dan, on call at desk" in assignment.reasons

    def test_is_somebody_else_when_the_contact_is_at_the_desk_as_well(self) -> None:
        policy = with_tiers(network=[tier("L1", "dee")])
        assert reached(assigned(policy)) == ("dee", "dan")

    def test_is_on_call_when_the_first_tier_of_the_desk_is_at_home(self) -> None:
        policy = with_tiers(desk=[tier("L1", "dee", at_work=True), tier("L2", "dan")])
        assert assigned(policy, at=FIRST_WEEK).last_resort == "dee"
        night = assigned(policy, at=NIGHT)
        assert night.last_resort == "dan"
        assert "last resort: dan, on call at desk" in night.reasons

    def test_is_said_to_be_off_duty_when_the_whole_desk_is(self) -> None:
        policy = with_tiers(desk=[tier("L1", "dee", "dan", at_work=True)])
        night = assigned(policy, at=NIGHT)
        assert night.last_resort == "dee"
        assert "last resort: dee, of desk, who is off duty" in night.reasons

    def test_may_be_missing_where_the_calendar_of_the_desk_has_nobody(self) -> None:
        assignment = assigned(with_tiers(desk=[by_calendar("L1")]))
        assert assignment.last_resort == ""
        assert assignment.pages[0].chains == (("nia", "noa", "nik"),)


class TestGaps:
    """Nobody is on call in the tier. Somebody who is on call elsewhere comes before who is not."""

    def test_the_next_tier_stands_in(self) -> None:
        policy = with_tiers(network=[tier("L1", "nia", "noa", at_work=True), tier("L2", "pia")])
        night = assigned(policy, at=NIGHT)
        assert (night.tier_name, night.contacts) == ("L1", ("pia", "nia", "noa"))
        assert night.reasons[:2] == (
            "network, L1: nobody is on call until 2026-01-07 09:00:00 UTC, then nia"
            " (a gap that the policy allows)",
            "nobody is on call there now: L2 stands in, pia is always on call",
        )

    def test_where_that_one_is_empty_too_the_one_above_it_does(self) -> None:
        tiers = [
            tier("L1", "nia", at_work=True),
            tier("L2", "pia", at_work=True),
            tier("L3", "pit"),
        ]
        assert assigned(with_tiers(network=tiers), at=NIGHT).contacts == ("pit", "nia")

    def test_above_the_top_the_nearest_tier_below_stands_in(self) -> None:
        tiers = [tier("L1", "nia"), tier("L2", "noa"), tier("L3", "pia", at_work=True)]
        night = assigned(with_tiers(network=tiers), tier=3, at=NIGHT)
        assert night.contacts == ("noa", "pia")
        assert "nobody is on call there now: L2 stands in, noa is always on call" in night.reasons

    def test_of_a_whole_team_the_service_desk_stands_in_and_wakes_nobody(self) -> None:
        policy = with_tiers(network=[tier("L1", "nia", at_work=True)])
        night = assigned(policy, at=NIGHT)
        assert night.contacts == ("dee", "dan", "nia")
        assert night.team == "network"
        assert night.reasons[1].startswith(
            "nobody is on call there now: desk, L1 stands in, dee is"
        )

    def test_of_everybody_wake_whoever_is_next(self) -> None:
        policy = with_tiers(
            network=[tier("L1", "nia", "noa", at_work=True)],
            desk=[tier("L1", "dee", at_work=True)],
        )
        night = assigned(policy, at=NIGHT)
        assert reached(night) == ("nia", "noa", "dee")
        assert night.reasons[1] == (
            "nobody is on call in network or desk now: nia, who is off duty, is paged"
        )

    def test_of_everybody_wake_somebody_of_another_tier_where_nobody_is_known_in_the_own(
        self,
    ) -> None:
        policy = with_tiers(
            network=[by_calendar("L1"), tier("L2", "pia", at_work=True)],
            desk=[tier("L1", "dee", at_work=True)],
        )
        night = assigned(policy, at=NIGHT)
        assert night.contacts == ("pia", "dee")
        assert night.reasons[1].endswith("pia, who is off duty, is paged")

    def test_where_calendars_have_nobody_somebody_on_call_in_another_team_is_paged(self) -> None:
        teams = {
            "desk": SMALL["teams"]["desk"] | {"tiers": [by_calendar("L1")]},
            "network": SMALL["teams"]["network"] | {"tiers": [by_calendar("L1")]},
            "cloud": {"title": "Cloud", "tiers": [tier("L1", "pit")]},
        }
        lost = assigned(small_policy(teams=teams))
        assert (lost.contacts, lost.last_resort) == (("pit",), "")
        assert lost.reasons[1] == (
            "nobody is on call in network or desk now, and it is not known who would be next:"
            " pit, on call at cloud, is paged"
        )

    def test_where_no_schedule_anywhere_has_anybody_a_person_of_the_policy_is_paged(self) -> None:
        lost = assigned(with_tiers(network=[by_calendar("L1")], desk=[by_calendar("L1")]))
        assert (lost.contacts, lost.last_resort) == (("dee",), "")
        assert [page.chains for page in lost.pages] == [(("dee",),)]
        assert lost.reasons[1].endswith("dee, the first of the policy's people, is paged")

    def test_end_where_the_calendar_has_somebody(self) -> None:
        shift = Shift(
            team="network",
            tier="L1",
            people=("noa", "nik"),
            starts=FIRST_WEEK - HOUR,
            ends=FIRST_WEEK + HOUR,
        )
        dated = DatedShifts(shifts=(shift,), known_until=FIRST_WEEK + 99 * HOUR)
        assert assigned(with_tiers(network=[by_calendar("L1")]), dated).contacts == ("noa", "nik")


_NAMES = sorted(SMALL["people"])
_SOME = st.lists(st.sampled_from(_NAMES), min_size=1, max_size=3, unique=True)
_TIER = st.just(by_calendar("X")) | st.builds(
    lambda people, at_work: tier("X", *people, at_work=at_work), _SOME, st.booleans()
)
_TIERS = st.lists(_TIER, min_size=1, max_size=3).map(
    lambda tiers: [each | {"name": f"L{number}"} for number, each in enumerate(tiers, start=1)]
)


@given(
    network=_TIERS,
    desk=_TIERS,
    number=st.integers(1, 4),
    hour=st.integers(0, 7 * 24),
    asked=st.fixed_dictionaries(
        {
            "to": st.sampled_from(["", "old-hand", *_NAMES]),
            "team": st.sampled_from(["network", "desk", "telegraphy"]),
            "page_everyone": st.booleans(),
        }
    ),
    stand_in=st.sampled_from([None, *_NAMES]),
)
def test_whatever_the_schedules_somebody_of_the_policy_is_paged(
    network: list[dict[str, Any]],
    desk: list[dict[str, Any]],
    number: int,
    hour: int,
    asked: dict[str, Any],
    stand_in: str | None,
) -> None:
    policy = with_tiers(network=network, desk=desk)
    dated = DatedShifts(overrides=(override(stand_in),) if stand_in else ())
    assignment = assigned(policy, dated, tier=number, at=FIRST_WEEK + hour * HOUR, **asked)
    contacts = assignment.contacts
    assert contacts
    assert len({*contacts}) == len(contacts)
    assert {*contacts} <= {*_NAMES}
    assert assignment.last_resort in ("", *_NAMES)
    assert contacts[0] == asked["to"] or asked["to"] in ("", "old-hand")
    first = assignment.pages[0]
    assert first.after == timedelta()
    assert first.chains[0][0] == contacts[0]
    assert all(person in _NAMES for chain in first.chains for person in chain)
    assert assignment.next_tier is None or assignment.next_tier.whom in _NAMES
