"""What numbers are asked for, as people type it, and as a spreadsheet reads it."""

import csv
import io
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from standfast.incidents.measures import Missed, Times
from standfast.incidents.stats import GroupedBy, StatsFilter
from standfast.intake.errors import Refused
from standfast.lookup.numbers import asked
from standfast.lookup.stats_csv import groups_in_csv, people_in_csv
from standfast.time.clocks import Target
from tests.decisions.test_stats import episode, stats

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_unless_asked_it_is_the_last_quarter_by_team() -> None:
    query = asked(StatsFilter(), NOW)
    assert query.by is GroupedBy.TEAM
    assert (query.since, query.until) == (datetime(2026, 9, 1, 12, tzinfo=UTC), NOW)


@pytest.mark.parametrize(
    ("text", "since"),
    [
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-10", datetime(2026, 10, 1, tzinfo=UTC)),
        ("2026-10-05", datetime(2026, 10, 5, tzinfo=UTC)),
        ("2026-10-05T14:30+02:00", datetime(2026, 10, 5, 12, 30, tzinfo=UTC)),
        ("7d", datetime(2026, 11, 23, 12, tzinfo=UTC)),
    ],
)
def test_since_is_a_date_or_so_long_ago(text: str, since: datetime) -> None:
    assert asked(StatsFilter(since=text), NOW).since == since


@pytest.mark.parametrize(
    ("fields", "words"),
    [
        ({"since": "yesterday"}, "since: 'yesterday' is not a date; write 2026, 2026-10"),
        ({"since": "2026-13"}, "since: '2026-13' is not a date"),
        ({"since": "2026-10", "until": "2026-09"}, "until: 2026-09-01 00:00 UTC is not after"),
        ({"since": "2020"}, "since: at most three years in one question"),
    ],
)
def test_what_cannot_be_read_is_refused_by_name(fields: dict[str, str], words: str) -> None:
    with pytest.raises(Refused, match=words.replace("(", r"\(")):
        asked(StatsFilter.model_validate(fields), NOW)


def test_a_spreadsheet_gets_every_time_and_takes_no_name_for_a_formula() -> None:
    missed = (Missed(target=Target.RESPONSE, tier=1), Missed(target=Target.RESPONSE, tier=2))
    found = stats(
        episode(team="=cmd|' /C calc'!A0", to_close=90.0), episode(team="desk", missed=missed)
    )
    desk, hostile = sorted(csv.DictReader(io.StringIO(groups_in_csv(found))), key=str)
    rows = {row["team"]: row for row in (desk, hostile)}
    assert rows["'=cmd|' /C calc'!A0"]["calendar_to_close_p90"] == "90.0"
    assert rows["desk"]["incidents"] == rows["desk"]["response_missed"] == "1"
    assert rows["desk"]["response_by_tier"] == "tier 1: 1, tier 2: 1"
    assert rows["desk"]["working_to_page_p50"] == ""
    assert people_in_csv(found) == "person,held,held_for,pages,at_night,nights,share\n"


def test_its_columns_are_the_names_of_the_document_joined() -> None:
    times: dict[str, Any] = dict.fromkeys(Times.model_fields, 1.0)
    found = stats(episode(**times))
    (row,) = csv.DictReader(io.StringIO(groups_in_csv(found)))
    assert {*row} == {"team", *_paths(found.groups[0].model_dump(exclude={"name"}))}


def _paths(document: dict[str, Any], before: str = "") -> Iterator[str]:
    for name, value in document.items():
        if isinstance(value, dict) and name != "by_tier":
            yield from _paths(value, f"{before}{name}_")
        else:
            yield before + name
