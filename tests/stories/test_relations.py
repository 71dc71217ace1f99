"""Incidents that belong together: links, merges, and who commands and pages by hand."""

from pathlib import Path
from typing import Any

import pytest
from temporalio.testing import WorkflowEnvironment

from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView, Outcome
from standfast.incidents.relations import Related, Relation
from standfast.policy_file.source import PolicySource
from tests.http_sink import HttpSink
from tests.stories.company import write_policy
from tests.stories.desk import Desk, Refused, Ticket, open_desk, until

pytestmark = pytest.mark.sandboxed

RALF = "ralf@storyville.example"


async def two(desk: Desk) -> tuple[Ticket, Ticket]:
    """Rita's wiki crashed, and so did Ralf's."""
    first = await desk.report("Wiki crashed", service="wiki")
    second = await desk.report("Wiki is gone", service="wiki", reporter=RALF)
    await first.reaches_resolve()
    await second.reaches_resolve()
    return first, second


def told_reporters(desk: Desk) -> list[str]:
    """What reporters were told at an end."""
    return [
        str(request.json["message"]).splitlines()[0]
        for request in desk.sink.taken
        if request.path.strip("/") == "reporter"
        and str(request.json["title"]).startswith("For your information")
    ]


async def resolves(ticket: Ticket, by: str = "ana") -> None:
    """Somebody resolves it, and its reporter agrees."""
    await ticket.act("resolve", by=by, summary="restarted it")
    await ticket.told("confirm_sent")
    await ticket.act("verify", by="rita", verdict="resolved")
    await ticket.closes()


def record(desk: Desk, ticket: Ticket) -> IncidentView:
    found = desk.records.incidents.get(ticket.id)
    assert found is not None
    return found


async def test_merged_its_pages_stop_and_its_reporter_hears_of_the_others_end(desk: Desk) -> None:
    desk.amend(triage={"users": {"group": 5}})  # two reporters make it no worse
    first, second = await two(desk)
    before = desk.paged()
    said = await second.act("merge", by="ana", into=first.id, reason="same disk")
    assert said == f"merged into {first.id}, which goes on; this one closes"
    closed = await second.closes()
    assert closed.outcome is Outcome.MERGED
    merged = record(desk, second)
    assert (merged.merged_into, merged.path[-1]) == (first.id, Box.CLOSE)
    assert merged.related == (Related(incident_id=first.id, relation=Relation.RELATED),)
    assert told_reporters(desk) == [
        "It was merged with another report of the same problem, which goes on."
    ]

    view = await first.reaches(Box.RESOLVE, occurrences=2)
    assert set(view.reporters) == {"rita@storyville.example", RALF}
    assert await first.note("absorbed") == f"{second.id}: Wiki is gone"
    assert desk.paged() == before
    await resolves(first)
    end = "It is closed. ana resolved it: restarted it"
    assert told_reporters(desk)[1:] == [end, end]
    told = [entry.person for entry in record(desk, first).timeline if entry.event == "told"]
    assert told.count(RALF) == 1


async def test_merged_twice_over_everybody_follows(desk: Desk) -> None:
    first, second = await two(desk)
    third = await desk.report("No wiki", service="wiki", reporter="rosa@storyville.example")
    await third.reaches_resolve()
    await first.act("merge", by="ana", into=second.id)
    await first.closes()
    await second.act("merge", by="ana", into=third.id)
    await second.closes()
    view = await third.reaches(Box.RESOLVE, occurrences=3)
    assert len(view.reporters) == 3
    before = len(told_reporters(desk))
    await resolves(third)
    assert len(told_reporters(desk)) == before + 3


async def test_merged_into_one_that_is_watched_reopens_it(desk: Desk) -> None:
    first, second = await two(desk)
    await first.act("resolve", by="ana", summary="restarted it", workaround=True)
    await first.told("confirm_sent")
    await first.act("verify", by="rita", verdict="resolved")
    await first.reaches(Box.FOLLOW_UP)
    await second.act("merge", by="ana", into=first.id)
    view = await first.reaches(Box.RESOLVE, tier=2)
    assert view.reopened == 1
    await first.told("page_sent", times=2)


async def test_merged_into_one_that_is_being_verified_it_is_not_resolved(desk: Desk) -> None:
    first, second = await two(desk)
    await first.act("resolve", by="ana", summary="restarted it")
    await first.told("confirm_sent")
    await second.act("merge", by="ana", into=first.id)
    view = await first.reaches(Box.RESOLVE, tier=2)
    assert [piece.source for piece in view.evidence] == ["ana"]


@pytest.mark.parametrize("stage", [Box.AUTOMATED_RESOLUTION, Box.ISSUE_RESOLVED])
async def test_merged_from_wherever_it_stands(desk: Desk, stage: Box) -> None:
    first, second = await two(desk)
    if stage is Box.AUTOMATED_RESOLUTION:
        second = await desk.report("Printer press is dead", service="press", reporter=RALF)
        await second.told("approve_sent")
    else:
        await second.act("resolve", by="ana", summary="restarted it")
        await second.told("confirm_sent")
    await second.act("merge", by="ana", into=first.id)
    assert (await second.closes()).outcome is Outcome.MERGED
    assert RALF in (await first.reaches(Box.RESOLVE, occurrences=2)).reporters


async def test_merged_while_on_hold(desk: Desk) -> None:
    first, second = await two(desk)
    await second.act("hold", by="ana", reason="vendor")
    await second.act("merge", by="ana", into=first.id)
    await second.closes()
    assert record(desk, second).on_hold is None


async def test_merge_that_makes_no_sense_is_refused(desk: Desk) -> None:
    first, second = await two(desk)
    with pytest.raises(Refused, match="that is the incident itself"):
        await first.act("merge", by="ana", into=first.id)
    with pytest.raises(Refused, match="no incident INC-AAAAAAAAAA is open to be merged into"):
        await first.act("merge", by="ana", into="INC-AAAAAAAAAA")
    await second.act("withdraw", by="rita")
    await second.closes()
    with pytest.raises(Refused, match=f"no incident {second.id} is open to be merged into"):
        await first.act("merge", by="ana", into=second.id)
    view = await first.view()
    assert (view.stage, view.merged_into, view.related) == (Box.RESOLVE, None, ())


async def test_what_was_merged_into_it_is_nothing_to_be_merged_into(desk: Desk) -> None:
    """The reporter's mailbox hangs while the second closes, so that it is there still."""
    first, second = await two(desk)
    desk.sink.answer("/reporter", 500)
    await second.act("merge", by="ana", into=first.id)
    await second.reaches(Box.CLOSE)
    await first.reaches(Box.RESOLVE, occurrences=2)
    with pytest.raises(Refused, match=f"{second.id} was merged into it"):
        await first.act("merge", by="ben", into=second.id)
    assert (await first.view()).stage is Box.RESOLVE
    desk.sink.answer("/reporter", 200)
    await second.wait(minutes=1)
    await second.closes()


async def test_merged_both_ways_at_once_none_is_lost(
    env: WorkflowEnvironment, sink: HttpSink, tmp_path: Path
) -> None:
    """Ana merges one into the other, Ben the other into the one: it is worked on still."""
    policy = PolicySource(write_policy(tmp_path / "policy.yaml", sink.address, tmp_path))
    async with open_desk(env, policy, sink, tmp_path) as desk:
        tickets = await two(desk)
    first, second = tickets
    await first.signal("merge", by="ana", into=second.id)
    await second.signal("merge", by="ben", into=first.id)
    async with open_desk(env, policy, sink, tmp_path) as desk:
        first, second = desk.ticket(first.id), desk.ticket(second.id)

        async def those_that_go_on() -> list[IncidentView] | None:
            """What each told the other is on its way for a while, and no activity shows it."""
            views = [await ticket.view() for ticket in (first, second)]
            on = [view for view in views if view.merged_into is None]
            both = {"rita@storyville.example", RALF}
            return on if on and all({*view.reporters} == both for view in on) else None

        still = await until("whoever goes on has the reporters of both", those_that_go_on)
        for view in still:
            assert view.stage is Box.RESOLVE
            assert view.waiting_for
        if len(still) == 2:  # they are told so, and may merge one of them
            await first.act("merge", by="ana", into=second.id)
            await first.closes()
            still = [await second.view()]
        last = desk.ticket(still[0].incident_id)
        await resolves(last)
        told = [entry.person for entry in record(desk, last).timeline if entry.event == "told"]
        assert len([person for person in told if "@storyville" in str(person)]) == 2


@pytest.mark.parametrize(
    ("relation", "inverse"),
    [("related", "related"), ("caused_by", "causes"), ("causes", "caused_by")],
)
async def test_linked_each_shows_the_other(desk: Desk, relation: str, inverse: str) -> None:
    first, second = await two(desk)
    assert await first.act("link", by="ana", to=second.id) == f"linked to {second.id}"
    await first.act("link", by="ana", to=second.id, relation=relation)
    await second.told("linked", times=2)
    for ticket, other, shown in ((first, second, relation), (second, first, inverse)):
        [related] = (await ticket.view()).related
        assert (related.incident_id, related.relation) == (other.id, shown)
    assert await second.note("linked") == f"{inverse.replace('_', ' ')} {first.id}"


async def test_linked_to_one_that_is_closed_or_to_itself(desk: Desk) -> None:
    first, second = await two(desk)
    await second.act("withdraw", by="rita")
    await second.closes()
    said = await first.act("link", by="ana", to=second.id)
    assert said == f"linked to {second.id}, which is not open: only this incident shows it"
    assert [related.incident_id for related in (await first.view()).related] == [second.id]
    with pytest.raises(Refused, match="that is the incident itself"):
        await first.act("link", by="ana", to=first.id)


async def test_somebody_takes_command_and_gives_it(desk: Desk) -> None:
    ticket, _ = await two(desk)
    assert await ticket.act("command", by="ana") == "ana is the incident commander"
    assert (await ticket.view()).commander == "ana"
    assert await ticket.act("command", by="ana", to="max") == "max is the incident commander"
    await ticket.told("tell_sent")
    assert desk.pages_to("max")[0].startswith("P4 Wiki crashed. For your information")
    assert "ana asks you to command it." in str(desk.sink.taken[-1].json["message"])
    with pytest.raises(Refused, match="no person 'zoe'"):
        await ticket.act("command", by="max", to="zoe")
    view = await ticket.view()
    assert (view.commander, view.acknowledged_by) == ("max", None)


async def test_paged_by_hand_whoever_is_on_call_is_paged_anew(desk: Desk) -> None:
    ticket, _ = await two(desk)
    on_call = (await ticket.view()).assignee
    await ticket.wait(hours=2)
    escalation = await ticket.due("escalate to L2")
    assert await ticket.act("page", by="rita", reason="the board") == f"{on_call} is paged"
    await ticket.told("page_sent", times=2)
    assert "rita asked for this page: the board" in str(desk.sink.taken[-1].json["message"])
    assert await ticket.due("escalate to L2") > escalation


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"action": "acknowledge", "by": "ben"}, "ben has acknowledged it; reassign it to page others"),
    ({"action": "hold", "by": "ben", "reason": "user"}, "it is on hold, for user: resume it first"),
    ({"action": "resolve", "by": "ben", "summary": "done"}, "ben has resolved it"),
]


@pytest.mark.parametrize(("first", "reason"), REFUSED)
async def test_page_by_hand_is_refused_where_somebody_has_it(
    desk: Desk, first: dict[str, Any], reason: str
) -> None:
    ticket, _ = await two(desk)
    await ticket.act(**first)
    before = desk.paged()
    with pytest.raises(Refused, match=reason):
        await ticket.act("page", by="rita")
    assert desk.paged() == before
