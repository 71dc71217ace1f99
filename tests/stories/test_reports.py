"""Reports join, begin new episodes, and never get lost or stuck."""

import json
from typing import Any

import pytest
from temporalio.client import WorkflowExecutionStatus

from standfast.incidents.flowchart import Box
from standfast.incidents.monitoring import MOST_TRIES, Repeats
from standfast.incidents.record import Outcome
from standfast.incidents.report import Report
from tests.stories.desk import Desk


async def test_same_key_joins_the_open_incident(desk: Desk) -> None:
    first = await desk.report("Wiki crashed", service="wiki", dedup_key="wiki-joins")
    await first.reaches_resolve()
    second = await desk.report(
        "Wiki gone", service="wiki", dedup_key="wiki-joins", reporter="ralf@storyville.example"
    )
    assert second.id == first.id
    view = await first.reaches(Box.RESOLVE, occurrences=2)
    assert view.reporters == ("rita@storyville.example", "ralf@storyville.example")
    assert view.title == "Wiki crashed"


async def test_who_writes_their_address_in_capitals_is_the_same_reporter(desk: Desk) -> None:
    """By mail it came as it stands in their mail program; in the portal it is their token's."""
    fields = {"service": "wiki", "dedup_key": "wiki-capitals"}
    ticket = await desk.report("Wiki crashed", reporter="Rita@Storyville.example", **fields)
    await ticket.reaches_resolve()
    await desk.report("Wiki gone", reporter="rita@storyville.example", **fields)
    await ticket.reaches(Box.RESOLVE, occurrences=2)
    await ticket.act("comment", by="RITA@storyville.example", text="Any news?", as_reporter=True)
    await ticket.act("withdraw", by="rita@storyville.example", reason="Mine", as_reporter=True)
    view = await ticket.reaches(Box.CLOSE)
    assert view.reporters == ("Rita@Storyville.example",)
    said = {e.event: e.actor for e in view.timeline if e.event in ("reported_again", "comment")}
    assert set(said.values()) == {"Rita@Storyville.example"}
    assert not [e for e in view.timeline if e.person == "rita@storyville.example"]


async def test_what_each_person_said_stays_when_others_report_it_too(desk: Desk) -> None:
    fields = {"service": "wiki", "dedup_key": "wiki-said"}
    ticket = await desk.report("Wiki crashed", description="Error 500", **fields)
    await ticket.reaches_resolve()
    for who, title, description in (
        ("ralf", "Wiki gone", "It smells of smoke in the server room"),
        ("rosa", "Wiki crashed", "Error 500"),
        ("rolf", "Wiki down", "Nothing opens"),
    ):
        await desk.report(title, reporter=who, description=description, **fields)
    view = await ticket.reaches(Box.RESOLVE, occurrences=4)
    assert [entry.detail for entry in view.timeline if entry.event == "reported_again"] == [
        "2 reports so far: Wiki gone\nIt smells of smoke in the server room",
        "3 reports so far: Wiki crashed",
        "4 reports so far: Wiki down\nNothing opens",
    ]
    assert view.latest is not None
    assert view.latest.title == "Wiki down"


async def test_a_report_that_joined_counts_once_however_often_it_is_tried(desk: Desk) -> None:
    """Its answer got lost, so the same report is sent again: also after another has come."""
    ticket = await desk.report("Wiki crashed", service="wiki", dedup_key="wiki-tried")
    await ticket.reaches_resolve()
    fields = {"service": "wiki", "dedup_key": "wiki-tried", "entered_by": "george"}
    for who, attempt in (("ralf", "1"), ("rosa", "2"), ("ralf", "1"), ("rosa", "2")):
        again = await desk.report("Wiki gone", reporter=who, attempt=attempt, **fields)
        assert again.id == ticket.id
    await desk.report("Wiki gone", reporter="rolf", service="wiki", dedup_key="wiki-tried")
    view = await ticket.reaches(Box.RESOLVE, occurrences=4)
    assert view.reporters[1:] == ("ralf", "rosa", "rolf")
    entered = [entry.detail for entry in view.timeline if entry.event == "entered_for"]
    assert entered == ["report_again for ralf", "report_again for rosa"]


async def test_a_try_of_the_report_that_opened_it_is_no_repeat_either(desk: Desk) -> None:
    """Also where nobody can read any more who opened it: it goes on in its next episode."""
    fields = {"service": "wiki", "dedup_key": "wiki-opened", "attempt": "opens"}
    ticket = await desk.report("Wiki crashed", **fields)
    await ticket.reaches_resolve()
    desk.sink.answer("/reporter", 500)
    await ticket.act("withdraw", by="rita")
    await ticket.reaches(Box.CLOSE)
    await ticket.signal("report_again", title="Wiki crashed, really", reporter="ralf")
    desk.sink.answer("/reporter", 200)
    await ticket.reaches(Box.RESOLVE, episode=2)
    await desk.report("Wiki crashed", **fields)
    await ticket.act("comment", by="ana", text="Looking")
    assert (await ticket.view()).occurrences == 1


async def test_only_the_latest_tries_are_remembered(desk: Desk) -> None:
    """An incident that thousands report stays small."""
    ticket = await desk.report("Wiki crashed", service="wiki", dedup_key="wiki-thousands")
    await ticket.reaches_resolve()
    report = Report(title="Wiki crashed", reporter="rita@storyville.example")
    for number in range(MOST_TRIES + 20):
        await ticket.handle.signal("repeats", Repeats.of_one(report, str(number)))
    await ticket.handle.signal("repeats", Repeats.of_one(report, str(MOST_TRIES + 19)))
    await ticket.reaches(Box.RESOLVE, occurrences=MOST_TRIES + 21)
    await ticket.handle.signal("repeats", Repeats.of_one(report, "0"))
    await ticket.reaches(Box.RESOLVE, occurrences=MOST_TRIES + 22)


async def test_repeats_are_counted_exactly_and_noted_sparingly(desk: Desk) -> None:
    ticket = await desk.report("Wiki crashed", service="wiki", dedup_key="wiki-storm")
    await ticket.reaches_resolve()
    report = Report(title="Wiki crashed", reporter="rita@storyville.example")
    for _ in range(249):
        await ticket.handle.signal("report_again", report)
    view = await ticket.reaches(Box.RESOLVE, occurrences=250)
    assert 9 <= sum(entry.event == "reported_again" for entry in view.timeline) <= 12


async def test_same_key_after_close_begins_the_next_episode(desk: Desk) -> None:
    desk.works("kiosk")
    first = await desk.report("Kiosk printer dead", service="kiosk", dedup_key="kiosk")
    await first.closes()
    second = await desk.report("Kiosk printer dead", service="kiosk", dedup_key="kiosk")
    closed = await second.closes()
    assert (second.id, closed.episode) == (first.id, 2)
    assert desk.records.incidents.episodes(first.id) == 2
    record = desk.records.incidents.get(first.id, 1)
    assert record is not None
    assert record.episode == 1


async def test_report_that_comes_while_it_closes_begins_the_next_episode(desk: Desk) -> None:
    """The reporter's mailbox hangs while the incident closes; the same thing is reported."""
    ticket = await desk.report("Wiki crashed", service="wiki", dedup_key="wiki-closing")
    await ticket.reaches_resolve()
    desk.sink.answer("/reporter", 500)
    desk.sink.answer("/ana", 500)
    desk.sink.answer("/ben", 500)
    await ticket.act("withdraw", by="rita")
    await ticket.reaches(Box.CLOSE)
    await ticket.signal("report_again", title="Wiki crashed, really", reporter="ralf")
    desk.sink.answer("/reporter", 200)
    desk.sink.answer("/ana", 200)
    desk.sink.answer("/ben", 200)
    view = await ticket.reaches(Box.RESOLVE, episode=2)
    assert view.title == "Wiki crashed, really"
    record = desk.records.incidents.get(ticket.id, 1)
    assert record is not None
    assert record.outcome is Outcome.WITHDRAWN


GARBAGE: list[tuple[str, dict[str, Any]]] = [
    (
        "longest texts",
        {
            "title": "x" * 300,
            "description": "é" * 20_000,
            "impact_statement": "y" * 4000,
            "error_message": "z" * 10_000,
        },
    ),
    ("control characters", {"title": "a\x00b\x1b[31mred\x07", "description": "\x1b]0;owned\x07"}),
    ("undecodable", {"title": "caf\udce9 down", "reporter": "\udcff"}),
    ("reading direction", {"title": "\u202egnp.exe", "description": "\u2066x"}),
    (
        "markup",
        {"title": "<script>alert(1)</script>", "description": "[x](javascript:1) ![](http://x)"},
    ),
    ("templates", {"title": "{place} {{service}} %s ${HOME} `id` $(id)", "service": "../../etc"}),
    ("unknown service", {"title": "Something", "service": "no such service"}),
    ("many labels", {"title": "Labels", "labels": {f"key{n}": "v" * 500 for n in range(50)}}),
    ("emoji and scripts", {"title": "🖨️ ملف প্রিন্টার 打印机", "reporter": "🧑‍🚒"}),
    ("newlines", {"title": "one\r\ntwo\nthree", "description": "\r\r\r"}),
    ("full-text operators", {"title": 'AND OR NOT NEAR( "*" :', "error_message": "' ; DROP TABLE"}),
]


@pytest.mark.parametrize(("what", "fields"), GARBAGE, ids=[what for what, _ in GARBAGE])
async def test_garbage_becomes_a_sane_incident(
    desk: Desk, what: str, fields: dict[str, Any]
) -> None:
    given = json.loads(json.dumps(fields))
    ticket = await desk.report(**given)
    view = await ticket.reaches(Box.RESOLVE)
    assert view.title
    assert view.title.isprintable()
    description = await ticket.handle.describe()
    assert description.status is WorkflowExecutionStatus.RUNNING
    await ticket.act("withdraw", by="rita")
    await ticket.closes()
