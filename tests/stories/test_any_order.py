"""Whatever people do in whatever order while time passes, the incident stays in good hands."""

from contextlib import suppress
from typing import Any

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView
from tests.examples import examples
from tests.stories.by_history import its_numbers_are_those_of_its_history
from tests.stories.desk import Desk, Refused, Ticket, until

Step = tuple[str, dict[str, Any]]

ACTIONS: list[Step] = [
    ("acknowledge", {"by": "ana"}),
    ("acknowledge", {"by": "mia"}),
    ("escalate", {"by": "ana", "reason": "too hard"}),
    ("reassign", {"by": "ana", "team": "desk"}),
    ("reassign", {"by": "ana", "team": "apps", "to": "ben"}),
    ("hold", {"by": "ana", "reason": "user"}),
    ("hold", {"by": "ana", "reason": "problem"}),
    ("resume", {"by": "ana"}),
    ("comment", {"by": "ana", "text": "looking"}),
    ("reprioritise", {"by": "ana", "impact": "high", "urgency": "high"}),
    ("reprioritise", {"by": "ana", "impact": "low", "urgency": "low"}),
    ("page", {"by": "rita", "reason": "now, please"}),
    ("page", {"by": "dan", "overrule": False}),
    ("command", {"by": "ana", "to": "lea"}),
    ("link", {"by": "ana", "to": "INC-AAAAAAAAAA"}),
    ("merge", {"by": "ana", "into": "INC-AAAAAAAAAA"}),
    ("report_again", {"title": "again", "reporter": "ralf@storyville.example"}),
    ("resolve", {"by": "ana", "summary": "restarted it"}),
    ("verify", {"by": "rita", "verdict": "unresolved"}),
    ("verify", {"by": "rita@storyville.example", "verdict": "resolved"}),
]
WAITS: list[Step] = [("wait", {"minutes": minutes}) for minutes in (1, 5, 16, 70)]


async def _in_time(ticket: Ticket) -> IncidentView:
    """The incident when nothing is overdue; a busy server takes its moment to notice a timer.

    Wound on before that, time would pass as it does while nobody runs Standfast.
    """

    async def view_in_time() -> IncidentView | None:
        view, now = await ticket.view(), await ticket.now()
        overdue = any(wait.until and wait.until <= now for wait in view.waiting_for)
        return None if overdue else view

    return await until(f"nothing of {ticket.id} is overdue", view_in_time)


def _goes_on(view: IncidentView) -> None:
    """It waits for something that is to come."""
    assert view.waiting_for
    assert all(wait.until or wait.who for wait in view.waiting_for)
    waits_for_people = view.stage is Box.RESOLVE and not view.on_hold and not view.acknowledged_by
    if waits_for_people:
        assert view.next_pages


def _nobody_is_paged_in_vain(view: IncidentView) -> None:
    """No page while somebody has acknowledged it, nor while it is on hold."""
    owned = held = False
    for entry in view.timeline:
        if entry.event == "acknowledged":
            owned = True
        elif entry.event == "unacknowledged":
            owned = False
        elif entry.event in ("held", "resumed"):
            held = entry.event == "held"
        elif entry.event in ("escalate", "reassigned"):
            owned = held = False
        assert not (entry.event == "page_sent" and (owned or held)), f"{owned=} {held=}"


def _pages_that_arrived(desk: Desk, ticket: Ticket) -> int:
    titles = [str(request.json["title"]) for request in desk.sink.taken]
    asks = tuple(f"{ask} ({ticket.id})" for ask in ("Please acknowledge", "It is worse"))
    return sum(title.endswith(asks) for title in titles)


@settings(max_examples=examples(6), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    steps=st.lists(st.sampled_from(ACTIONS) | st.sampled_from(WAITS), min_size=4, max_size=12),
    urgent=st.booleans(),
)
async def test_it_waits_for_somebody_and_pages_nobody_in_vain(
    desk: Desk, steps: list[Step], urgent: bool
) -> None:
    idle = {priority: {"idle_after": "1h"} for priority in ("P1", "P4", "P5")}
    desk.amend(
        clocks=idle | {"P1": {"idle_after": "1h", "page_again_every": "20m"}},
        paging={"P1": [{"page": "on_call"}, {"after": "3m", "page": ["tier", "lea"]}]},
    )
    title = "Outage: wiki down" if urgent else "Wiki crashed"
    ticket = await desk.report(title, service="wiki", users_affected=30 if urgent else 1)
    await ticket.reaches_resolve()
    for step, payload in steps:
        if step == "wait":
            await ticket.wait(**payload)
        else:
            with suppress(Refused):
                await ticket.act(step, **payload)
        view = await _in_time(ticket)
        if view.status == "closed":
            break
        note(f"{step} {payload}: {view.stage}, {[wait.what for wait in view.waiting_for]}")
        _goes_on(view)
        _nobody_is_paged_in_vain(view)
        sent = [e for e in view.timeline if e.event in ("page_sent", "worse_sent")]
        assert _pages_that_arrived(desk, ticket) == len(sent)
    else:
        await ticket.act("withdraw", by="rita")
    await ticket.closes()
    await its_numbers_are_those_of_its_history(desk, ticket)
