"""Every action: refused when it makes no sense, harmless when sent twice, by update and signal."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standfast.incidents.actions import ACTIONS, Action, ActionDescription, GuardInput, refusal
from standfast.incidents.flowchart import Box
from tests.examples import examples
from tests.stories.desk import Desk, Refused, Ticket

pytestmark = [pytest.mark.long, pytest.mark.sandboxed]

NAMES: dict[Action, dict[str, Any]] = {
    Action.VERIFY: {"by": "rita"},
    Action.REASSIGN: {"team": "desk", "to": ""},
    Action.COMMAND: {"to": "lea"},
    Action.APPROVE: {"by": "dan"},
    Action.DENY: {"by": "dan"},
    Action.DELEGATE: {"by": "dan", "to": "lea"},
    Action.WITHDRAW: {"by": "rita"},
}
"""Who acts, and on whom, where it is not ana, or where the company does not know the example's."""


def _sample(action: Action, described: ActionDescription) -> dict[str, Any]:
    author = {"by": "ana"} if "by" in described.payload.model_fields else {}
    return {**author, **described.example, **NAMES.get(action, {})}


SAMPLES = {action: _sample(action, described) for action, described in ACTIONS.items()}
"""The example of each action, with the names of this company."""


REFUSED: list[tuple[Action, str]] = [
    (Action.VERIFY, "nothing to verify yet: it is in resolve"),
    (Action.RESUME, "it is not on hold"),
    (Action.APPROVE, "no runbook waits for an approval"),
    (Action.DENY, "no runbook waits for an approval"),
    (Action.DELEGATE, "no runbook waits for an approval"),
]


@pytest.mark.parametrize(("action", "reason"), REFUSED)
async def test_action_that_makes_no_sense_in_resolve(
    desk: Desk, action: Action, reason: str
) -> None:
    ticket = await desk.report()
    await ticket.reaches_resolve()
    events = len((await ticket.handle.fetch_history()).events)
    with pytest.raises(Refused, match=reason):
        await ticket.act(action, **SAMPLES[action])
    assert len((await ticket.handle.fetch_history()).events) == events


TWICE: list[tuple[Action, str | None]] = [
    (Action.ACKNOWLEDGE, "ana has acknowledged it already"),
    (Action.RESOLVE, "ana has resolved it"),
    (Action.ESCALATE, None),
    (Action.REASSIGN, None),
    (Action.HOLD, "it is on hold already, for vendor"),
    (Action.COMMENT, None),
    (Action.REPRIORITISE, None),
    (Action.REPORT_AGAIN, None),
    (Action.WITHDRAW, "withdrawn|closed|completed"),
]


@pytest.mark.parametrize(("action", "second_refused"), TWICE)
async def test_action_twice(desk: Desk, action: Action, second_refused: str | None) -> None:
    ticket = await desk.report()
    await ticket.reaches_resolve()
    await ticket.act(action, **SAMPLES[action])
    if second_refused:
        with pytest.raises(Exception, match=second_refused):
            await ticket.act(action, **SAMPLES[action])
    else:
        if action is Action.ESCALATE:
            await ticket.reaches(Box.RESOLVE, tier=2)
        await ticket.act(action, **SAMPLES[action])
    if action is not Action.WITHDRAW:
        await ticket.act("withdraw", by="rita")
    await ticket.closes()


@pytest.mark.parametrize("action", Action)
async def test_signal_does_what_the_update_does(desk: Desk, action: Action) -> None:
    ticket = await desk.report()
    await ticket.reaches_resolve()
    await ticket.signal(action, **SAMPLES[action])
    if action in [refused for refused, _ in REFUSED]:
        (refused,) = await ticket.told("refused")
        assert refused.detail.startswith(action)
    await _ends_well(ticket, action)


@pytest.mark.parametrize("action", [Action.APPROVE, Action.DENY, Action.DELEGATE])
async def test_signal_answers_an_approval_as_the_update_does(desk: Desk, action: Action) -> None:
    ticket = await desk.report("Printer press is dead", service="press")
    await ticket.told("approve_sent")
    await ticket.signal(action, **SAMPLES[action])
    event = {Action.APPROVE: "approved", Action.DENY: "denied", Action.DELEGATE: "delegated"}
    if action is Action.APPROVE:
        await ticket.closes()
        record = desk.records.incidents.get(ticket.id)
        assert record is not None
        assert event[action] in [entry.event for entry in record.timeline]
    else:
        await ticket.told(event[action])
        await _ends_well(ticket, action)


async def _ends_well(ticket: Ticket, action: Action) -> None:
    if action is not Action.WITHDRAW:
        await ticket.act("withdraw", by="rita")
    await ticket.closes()


@pytest.mark.parametrize(
    "payload",
    [
        None,
        "text",
        7,
        [],
        {},
        {"by": "ana"},
        {"by": "", "summary": "x"},
        {"by": "a", "sumary": "x"},
    ],
)
async def test_signal_with_a_wrong_payload_is_said_on_the_timeline(
    desk: Desk, payload: object
) -> None:
    ticket = await desk.report()
    await ticket.reaches_resolve()
    await ticket.handle.signal("resolve", payload)
    (refused,) = await ticket.told("refused")
    assert refused.detail.startswith("resolve: ")
    await ticket.act("withdraw", by="rita")
    await ticket.closes()


async def test_update_with_a_wrong_payload_fails_for_its_caller_alone(desk: Desk) -> None:
    ticket = await desk.report()
    await ticket.reaches_resolve()
    with pytest.raises(Refused):
        await ticket.act("resolve", by="ana")
    await ticket.act("resolve", by="ana", summary="restarted it")


@settings(max_examples=examples(12), suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.lists(st.sampled_from(list(Action)), min_size=3, max_size=12))
@pytest.mark.parametrize("service", ["wiki", "press"])
async def test_any_order_of_actions_is_safe(desk: Desk, service: str, order: list[Action]) -> None:
    """Whatever people send in whatever order, the incident answers, waits for something, closes.

    The wiki's waits for people in `resolve`, the press's for an approval.
    """
    ticket = await desk.report(f"Printer {service} crashed", service=service)
    if service == "wiki":
        await ticket.reaches(Box.RESOLVE)
    for action in order:
        if action is not Action.WITHDRAW:
            await ticket.signal(action, **SAMPLES[action])
    view = await ticket.view()
    assert view.status == "closed" or view.waiting_for
    # As a signal: where it is closing by itself there is nothing left to withdraw.
    if view.status == "open":
        await ticket.signal("withdraw", by="rita")
    await ticket.closes()


def test_nothing_makes_sense_once_it_closes_or_is_withdrawn() -> None:
    for action in Action:
        if ACTIONS[action].after_close:
            continue
        assert refusal(action, GuardInput(stage=Box.CLOSE)) == "the incident is closed"
        withdrawn = GuardInput(stage=Box.RESOLVE, withdrawn=True)
        assert refusal(action, withdrawn) == "the incident has been withdrawn"
