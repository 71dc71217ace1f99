"""What an assignment says of time: quiet, clocks, what is overdue, whose turn it will be."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from standfast.incidents.assessment import Priority
from standfast.incidents.schedule import DatedShifts
from standfast.time.clocks import AfterOutage
from tests.decisions.assigning import (
    FIRST_WEEK,
    HOUR,
    NIGHT,
    OFFICE_HOURS,
    SECOND_WEEK,
    assessed,
    assigned,
    by_calendar,
    override,
    silence,
    tier,
    with_tiers,
)
from tests.decisions.small_policy import SMALL, small_policy


class TestQuiet:
    def test_a_silence_is_told_with_its_author_and_end(self) -> None:
        hushed = assigned(silences=[silence()])
        assert hushed.quiet is not None
        assert (hushed.quiet.until, hushed.quiet.silence) == (FIRST_WEEK + 2 * HOUR, "SIL-1")
        assert hushed.reasons[-1].startswith("quiet until 2026-01-06 14:00:00 UTC: silenced by pit")

    def test_overruled_nothing_is_quiet(self) -> None:
        paged = assigned(silences=[silence()], overrule_quiet=True)
        assert paged.quiet is None
        assert not any("quiet" in reason for reason in paged.reasons)

    def test_a_silence_for_another_service_keeps_nothing_quiet(self) -> None:
        assert assigned(silences=[silence(services=["shop"])]).quiet is None

    def test_a_silence_for_the_service_desk_holds_for_what_it_took_over(self) -> None:
        assert assigned(team="telegraphy", silences=[silence(teams=["desk"])]).quiet is not None

    @pytest.mark.parametrize(
        ("asked", "quiet"), [({}, True), ({"to": "nik"}, False), ({"overrule_quiet": True}, False)]
    )
    def test_what_can_wait_waits_for_the_day_of_whoever_is_paged(
        self, asked: dict[str, Any], quiet: bool
    ) -> None:
        people = SMALL["people"] | {"nia": SMALL["people"]["nia"] | {"day": OFFICE_HOURS}}
        night = assigned(
            small_policy(people=people), at=NIGHT, assessed=assessed(Priority.P4), **asked
        )
        assert (night.quiet is not None) == quiet

    def test_waits_no_longer_than_that_person_is_on_call(self) -> None:
        late_riser = {"day": {"opens": "12:00", "closes": "20:00"}}
        people = SMALL["people"] | {"nia": SMALL["people"]["nia"] | late_riser}
        monday = datetime(2026, 1, 12, 8, tzinfo=UTC)
        waits = assigned(
            small_policy(people=people), at=monday, assessed=assessed(Priority.P4)
        ).quiet
        assert waits is not None
        assert waits.until == monday + HOUR, "then it is noa's turn, who may be paged at any time"
        assert waits.why.endswith("or until somebody else is on call")


class TestClocks:
    def test_are_those_of_the_priority(self) -> None:
        for priority in Priority:
            clocks = assigned(assessed=assessed(priority)).clocks
            assert clocks.acknowledge_within == timedelta(minutes=5 * priority.number)

    def test_go_with_the_hours_of_the_team_and_its_holidays(self) -> None:
        network = SMALL["teams"]["network"] | {
            "working_hours": OFFICE_HOURS | {"holidays": {"besides": ["2026-01-08"]}}
        }
        hours = assigned(small_policy(teams=SMALL["teams"] | {"network": network})).hours
        assert hours is not None
        assert hours.holidays == (date(2026, 1, 8),)
        assert assigned().hours is None

    ASKED: tuple[tuple[str, str, int, int | None, tuple[str, ...]], ...] = (
        # what, the clock that asks, minutes since it was due, minutes late, overdue
        ("in time", "acknowledge", 0, None, ("acknowledge",)),
        ("a little late", "acknowledge", 2, None, ("acknowledge",)),
        ("late, as is another", "acknowledge", 30, 30, ("acknowledge", "page")),
        ("seen by a clock that is behind", "acknowledge", -1, None, ("acknowledge",)),
        ("not a clock that was running", "quiet", 30, None, ()),
        ("nobody asks", "", 30, None, ()),
    )

    @pytest.mark.parametrize(("what", "ran_out", "since", "late", "overdue"), ASKED)
    def test_that_ran_out_are_told_with_how_late_that_is_noticed(
        self, what: str, ran_out: str, since: int, late: int | None, overdue: tuple[str, ...]
    ) -> None:
        due = FIRST_WEEK - timedelta(minutes=since)
        clocks_due = {"acknowledge": due, "page": FIRST_WEEK, "warn": SECOND_WEEK}
        assignment = assigned(ran_out=ran_out, clocks_due=clocks_due)
        assert assignment.late == (timedelta(minutes=late) if late else None), what
        assert assignment.overdue == overdue, what

    def test_are_late_and_settled_as_the_policy_says(self) -> None:
        rules = {"late_after": "1h", "then": "escalate"}
        policy = small_policy(after_outage=rules)
        due = {"page": FIRST_WEEK - timedelta(minutes=59)}
        assignment = assigned(policy, ran_out="page", clocks_due=due)
        assert (assignment.late, assignment.overdue) == (None, ("page",))
        assert assignment.after_outage is AfterOutage.ESCALATE
        assert assigned().after_outage is AfterOutage.PAGE


class TestWhoseTurnItWillBe:
    """The forecast: where it goes when nobody acknowledges, and to whom."""

    @staticmethod
    def forecast(*args: Any, **asked: Any) -> tuple[str, str] | None:
        above = assigned(*args, **asked).next_tier
        return (above.name, above.whom) if above else None

    def test_is_whoever_is_on_call_when_the_time_to_acknowledge_is_over(self) -> None:
        change = datetime(2026, 1, 12, 9, tzinfo=UTC)
        within = timedelta(minutes=15)
        assert self.forecast(at=change - within - HOUR / 60) == ("L2", "pia")
        assert self.forecast(at=change - within) == ("L2", "pit")

    def test_is_nobody_at_the_top(self) -> None:
        assert self.forecast(tier=3) is None

    def test_is_whoever_will_stand_in_then(self) -> None:
        tiers = [tier("L1", "nia"), tier("L2", "pia", at_work=True), tier("vendor", "ven")]
        assert self.forecast(with_tiers(network=tiers), at=NIGHT) == ("L2", "ven")
        assert self.forecast(with_tiers(network=tiers), at=FIRST_WEEK) == ("L2", "pia")

    def test_counts_only_working_hours_where_the_clock_does(self) -> None:
        monday = datetime(2026, 1, 12, 9, 10, tzinfo=UTC)
        clocks = SMALL["clocks"] | {"P3": SMALL["clocks"]["P3"] | {"counts": "working hours"}}
        teams = {
            key: team | {"working_hours": OFFICE_HOURS} for key, team in SMALL["teams"].items()
        }
        friday = monday - timedelta(days=2, hours=16, minutes=20)
        assert self.forecast(small_policy(teams=teams), at=friday) == ("L2", "pia")
        assert self.forecast(small_policy(clocks=clocks, teams=teams), at=friday) == ("L2", "pit")

    def test_begins_to_count_when_it_is_not_quiet_any_more(self) -> None:
        in_an_hour = override("nik", "L2").model_copy(
            update={"starts": FIRST_WEEK + 2 * HOUR, "ends": FIRST_WEEK + 3 * HOUR}
        )
        dated = DatedShifts(overrides=(in_an_hour,))
        assert self.forecast(None, dated) == ("L2", "pia")
        assert self.forecast(None, dated, [silence()]) == ("L2", "nik")

    def test_is_left_open_where_the_calendar_is_not_known_so_far(self) -> None:
        tiers = [tier("L1", "nia"), by_calendar("L2")]
        dated = DatedShifts(known_until=FIRST_WEEK + timedelta(minutes=10))
        assert self.forecast(with_tiers(network=tiers), dated) == ("L2", "")
