"""Numbers of closed incidents."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.decisions.stats import MeasuredEpisode, counted, spread
from standfast.incidents.measures import Automated, Held, Measures, Missed, PageSent, Times
from standfast.incidents.stats import GroupedBy, Stats
from standfast.time.clocks import Target

CLOSED = datetime(2026, 11, 10, 12, tzinfo=UTC)
ATHENS = ZoneInfo("Europe/Athens")


def episode(number: int = 1, **changed: Any) -> MeasuredEpisode:
    """A closed episode; fields of `Measures`, `Times` and `MeasuredEpisode` may be given."""
    times = Times(
        to_close=changed.pop("to_close", 600.0),
        **{name: changed.pop(name) for name in list(changed) if name in Times.model_fields},
    )
    measures: dict[str, Any] = {
        "calendar": times,
        "working": times,
        "held_by": (),
        "hand_offs": 0,
        "escalations": 0,
        "tier": 1,
        "reopened": 0,
        "pages": (),
        "missed": (),
        "automation": Automated.NOT_TRIED,
        "runbook": "",
    }
    measures |= {name: changed.pop(name) for name in list(changed) if name in measures}
    keys: dict[str, Any] = {
        "incident_id": f"INC-{number:010}",
        "episode": 1,
        "team": "network",
        "service": "vpn",
        "category": "network",
        "priority": "P2",
        "outcome": "resolved",
        "closed_at": CLOSED,
        "came_back": False,
    }
    return MeasuredEpisode(measures=Measures(**measures), **(keys | changed))


def stats(*episodes: MeasuredEpisode, by: GroupedBy = GroupedBy.TEAM) -> Stats:
    return counted(
        episodes,
        since=CLOSED - timedelta(days=30),
        until=CLOSED + timedelta(days=1),
        by=by,
        zone=UTC,
        zones={"ana": ATHENS},
    )


def test_a_group_each_and_all_together() -> None:
    found = stats(episode(team="network"), episode(team="desk"), episode(team="network"))
    assert [(group.name, group.incidents) for group in found.groups] == [
        ("desk", 1),
        ("network", 2),
    ]
    assert found.total.incidents == 3


@pytest.mark.parametrize(
    ("by", "names"),
    [
        (GroupedBy.SERVICE, ["", "vpn"]),
        (GroupedBy.MONTH, ["2026-10", "2026-11"]),
        (GroupedBy.PRIORITY, ["P1", "P2"]),
        (GroupedBy.TIER, ["", "1"]),
    ],
)
def test_groups_by_what_is_asked(by: GroupedBy, names: list[str]) -> None:
    october = datetime(2026, 10, 31, 23, 59, tzinfo=UTC)
    other = episode(service="", priority="P1", closed_at=october, tier=None)
    found = stats(other, episode(), by=by)
    assert [group.name for group in found.groups] == names


def test_beside_each_mean_stand_median_p90_and_count() -> None:
    times = [float(minutes * 60) for minutes in range(1, 11)]
    found = stats(*(episode(to_acknowledge=time) for time in times), episode()).total
    over = found.calendar["to_acknowledge"]
    assert (over.count, over.mean, over.p50, over.p90) == (10, 330, 300, 540)
    assert found.calendar["to_close"].count == 11
    assert "to_page" not in found.calendar


@pytest.mark.parametrize(
    ("values", "p50", "p90"), [([7.0], 7, 7), ([1.0, 9.0], 1, 9), ([1.0, 2.0, 3.0, 9.0], 2, 9)]
)
def test_of_few_incidents_each_is_one_that_came_about(
    values: list[float], p50: float, p90: float
) -> None:
    found = spread(values)
    assert found is not None
    assert (found.p50, found.p90) == (p50, p90)


@given(st.lists(st.floats(0, 1e9), min_size=1, max_size=200))
def test_percentiles_are_the_least_values_that_so_many_do_not_exceed(values: list[float]) -> None:
    found = spread(values)
    assert found is not None
    for percent, value in ((50, found.p50), (90, found.p90)):
        reached = [
            each for each in values if sum(v <= each for v in values) * 100 >= percent * len(values)
        ]
        assert value == min(reached)
    assert min(values) <= found.mean * (1 + 1e-9)
    assert found.mean <= max(values) * (1 + 1e-9)


def test_of_thousands_each_time_counts() -> None:
    """They are put together in batches, of which the last is not full."""
    times = [float(number * 7919 % 2503) if number % 3 else None for number in range(2503)]
    teams = ["desk" if number % 5 else "network" for number in range(len(times))]
    both = zip(times, teams, strict=True)
    found = stats(*(episode(to_page=to_page, team=team) for to_page, team in both))
    for group in (*found.groups, found.total):
        its_own = [
            value
            for value, team in zip(times, teams, strict=True)
            if value is not None and group.name in ("", team)
        ]
        assert group.calendar["to_page"] == group.working["to_page"] == spread(its_own)
    assert found.total.calendar["to_close"].count == len(times)


def test_nothing_has_no_numbers_but_zero() -> None:
    found = stats()
    assert (found.total.incidents, found.total.calendar, found.people) == (0, {}, ())
    assert found.total.response.share == 0


def test_missed_targets_count_once_an_incident_and_once_a_tier() -> None:
    first, second = (Missed(target=Target.RESPONSE, tier=tier) for tier in (1, 2))
    resolution = Missed(target=Target.RESOLUTION, tier=2)
    found = stats(
        episode(missed=(first, second, second)),
        episode(missed=(first, resolution)),
        episode(missed=(Missed(target=Target.RESPONSE),)),
        episode(),
    ).total
    assert (found.response.missed, found.response.share) == (3, 0.75)
    assert found.response.by_tier == {"1": 2, "2": 1}
    assert (found.resolution.missed, found.resolution.by_tier) == (1, {"2": 1})


def test_a_target_without_its_tier_is_read() -> None:
    """As builds until 30 November 2026 kept it."""
    old = episode().measures.model_dump(mode="json") | {"missed": ["response"]}
    assert Measures.model_validate(old).missed == (Missed(target=Target.RESPONSE),)


@pytest.mark.parametrize(
    ("changed", "count"),
    [
        ({"escalations": 2}, "escalated"),
        ({"hand_offs": 2}, "handed_on"),
        ({"reopened": 2}, "reopened"),
        ({"episode": 3}, "came_back"),
    ],
)
def test_an_incident_counts_once_however_often_it_was_so(
    changed: dict[str, int], count: str
) -> None:
    once = {name: value - 1 for name, value in changed.items()}
    found = stats(episode(1, **changed), episode(2, **once), episode(3, came_back=True)).total
    assert getattr(found, count) == 2
    others = {"escalated", "handed_on", "reopened", "came_back"} - {count}
    assert {getattr(found, each) for each in others} == {0}


def test_every_page_counts() -> None:
    page = PageSent(person="ana", at=CLOSED)
    assert stats(episode(pages=(page, page)), episode(pages=(page,))).total.pages == 3


def test_automation_lasted_where_it_did_not_come_back() -> None:
    worked = {"automation": Automated.WORKED}
    found = stats(
        episode(1, **worked),
        episode(2, **worked, came_back=True),
        episode(3, automation=Automated.FAILED, came_back=True),
        episode(4),
    ).total
    assert found.automation_tried == 3
    assert found.automation_worked == 2
    assert found.automation_lasted == 1


def test_nights_are_by_the_clock_of_whoever_is_paged() -> None:
    """20:30 in UTC is half past ten in the evening in Athens."""

    def page(person: str, day: int, hour: int, minute: int = 0) -> PageSent:
        return PageSent(person=person, at=datetime(2026, 11, day, hour, minute, tzinfo=UTC))

    pages = (
        page("ana", 9, 20, 30),
        page("ana", 10, 3),
        page("ana", 10, 4, 59),
        page("ana", 10, 5),  # seven in the morning
        page("ben", 9, 20, 30),
    )
    ana, ben = stats(episode(pages=pages)).people
    assert (ana.person, ana.pages, ana.at_night, ana.nights) == ("ana", 4, 3, 1)
    assert (ben.pages, ben.at_night) == (1, 0)
    assert (ana.share, ben.share) == (0.8, 0.2)


def test_who_held_how_many_and_how_long() -> None:
    first = (Held(person="ana", seconds=60), Held(person="ben", seconds=30))
    found = stats(episode(held_by=first), episode(held_by=(Held(person="ana", seconds=40),)))
    assert [(each.person, each.held, each.held_for) for each in found.people] == [
        ("ana", 2, 100),
        ("ben", 1, 30),
    ]
