"""What an incident tells of others, for somebody who does not find all of these."""

from datetime import UTC, datetime
from typing import Any

import pytest

from standfast.decisions.triage import triage
from standfast.incidents.article import FixRate, KnownFix
from standfast.incidents.assessment import Decision, SimilarIncident
from standfast.incidents.flowchart import Box
from standfast.incidents.notification import Purpose
from standfast.incidents.notification_texts import content_of
from standfast.incidents.record import IncidentView, TimelineEntry
from standfast.incidents.told_of_others import (
    LinesTold,
    articles_told_of,
    episodes_told_of,
    lines_without,
    told_in,
    without_what_is_hidden,
)
from tests.decisions.small_policy import small_policy
from tests.records.samples import incident

NOW = datetime(2026, 11, 24, tzinfo=UTC)
MINE, OTTO, WIKI = "INC-AAAAAAAAAA", "INC-BBBBBBBBBB", "INC-CCCCCCCCCC"
FIX = KnownFix(article_id="KB-7F3K2Q", title="Otto's pay", rate=FixRate(worked=1, of=1))


def past(incident_id: str, title: str, **more: Any) -> SimilarIncident:
    return SimilarIncident(
        incident_id=incident_id, episode=1, title=title, resolution="Hid it", closed_at=NOW, **more
    )


@pytest.fixture
def told() -> IncidentView:
    """The second episode of an incident, as triage leaves it."""
    view = incident(MINE, 2, outcome=None)
    similar = [past(OTTO, "Otto's pay"), past(WIKI, "Wiki crashed", fix=FIX)]
    found = triage(small_policy(), view.report, similar)
    why = "; ".join(found.reasons)
    entries = [
        TimelineEntry(
            number=number, at=NOW, box=Box.TRIAGE, event="triage", actor=actor, detail=why
        )
        for number, actor in enumerate(("standfast", "ana"), start=1)
    ]
    return view.model_copy(
        update={
            "similar": found.similar,
            "likely_path": found.likely_path,
            "open_actions": ("Take Otto off the page (ana, due 2026-12-01)",),
            "decisions": (
                Decision(
                    box=Box.TRIAGE,
                    at=NOW,
                    answer=found.answer,
                    reasons=found.reasons,
                    policy_version="v1",
                ),
            ),
            "timeline": tuple(entries),
        }
    )


def test_it_says_of_which_it_tells(told: IncidentView) -> None:
    assert episodes_told_of(told) == {(OTTO, 1), (WIKI, 1), (MINE, 1)}
    assert articles_told_of(told) == {"KB-7F3K2Q"}
    assert without_what_is_hidden(told, set(), set()) == told


def test_what_is_hidden_is_nowhere_in_it_but_where_people_wrote_it(told: IncidentView) -> None:
    left = without_what_is_hidden(told, {(OTTO, 1), (MINE, 1)}, {"KB-7F3K2Q"})
    assert [each.incident_id for each in left.similar] == [WIKI]
    by_us = left.model_copy(update={"timeline": left.timeline[:1]}).model_dump_json()
    for words in ("Otto", OTTO, "KB-7F3K2Q"):
        assert words not in by_us
    assert left.decisions[0].reasons[-1] == f"similar past incidents: one that is hidden, {WIKI}"
    assert (left.likely_path or "").endswith(", as one that is hidden was")
    assert left.timeline[1] == told.timeline[1]
    assert left.incident_id == MINE


def test_a_message_says_nothing_of_what_is_hidden_when_it_is_sent(told: IncidentView) -> None:
    lines = content_of(Purpose.PAGE, told, "").evidence
    assert [each.partition(":")[0] for each in lines if each] == [
        "Still open",
        "Similar",
        "Known fix",
    ]
    of = told_in(lines, MINE)
    assert of == LinesTold(frozenset({MINE, OTTO}), frozenset({"KB-7F3K2Q"}))
    nothing = LinesTold(frozenset(), frozenset())
    assert lines_without(lines, MINE, nothing) == lines
    assert lines_without(lines, MINE, of) == ()
    fix = lines_without(lines, MINE, of._replace(articles=frozenset()))
    assert fix == tuple(each for each in lines if each.startswith("Known fix: KB-7F3K2Q"))
    mine = LinesTold(frozenset({MINE}), frozenset())
    own = lines_without(("what", "", *lines, "", "more"), MINE, mine)
    assert own == ("what", "", *lines[2:], "", "more")
