"""The journal of what is made in chats, and who may write it: on each kind of database."""

from datetime import timedelta
from typing import Any

import pytest

from standfast.records.chat_keepers import NotTheKeeper
from standfast.records.chat_steps import ChatStep, StepKind, StepState
from standfast.records.projections import projection_of
from standfast.records.store import RecordStore
from tests.records.samples import OPENED, incident

MINUTE = timedelta(minutes=1)
ONE, OTHER = "INC-AAAAAAAAAA", "INC-BBBBBBBBBB"


def intend(store: RecordStore, holder: str = "one", **more: Any) -> ChatStep:
    step = {"key": f"slack:{ONE}:1:message", "chat": "slack", "incident_id": ONE, "episode": 1}
    given = {**step, "kind": StepKind.MESSAGE, "channel": "C1", "holder": holder, **more}
    return store.chat_steps.intend(**given)


def test_one_process_at_a_time_keeps_a_chat(store: RecordStore) -> None:
    assert store.chat_keepers.hold("slack", "one", MINUTE)
    assert store.chat_keepers.hold("slack", "one", MINUTE), "it holds on"
    assert not store.chat_keepers.hold("slack", "two", MINUTE)
    assert store.chat_keepers.hold("teams", "two", MINUTE), "of another chat"
    store.chat_keepers.release("slack", "two")
    assert not store.chat_keepers.hold("slack", "two", MINUTE), "it was not theirs"
    store.chat_keepers.release("slack", "one")
    assert store.chat_keepers.hold("slack", "two", -MINUTE)
    assert store.chat_keepers.hold("slack", "one", MINUTE), "the other one's lease has run out"


def test_whoever_has_lost_the_lease_writes_nothing(store: RecordStore) -> None:
    with pytest.raises(NotTheKeeper):
        intend(store)
    store.chat_keepers.hold("slack", "one", -MINUTE)
    with pytest.raises(NotTheKeeper):
        intend(store)
    store.chat_keepers.hold("slack", "two", MINUTE)
    with pytest.raises(NotTheKeeper):
        intend(store)
    assert store.chat_steps.of(ONE, 1) == []


def test_a_step_is_planned_intended_and_then_what_became_of_it(store: RecordStore) -> None:
    store.chat_keepers.hold("slack", "one", MINUTE)
    assert intend(store).state is StepState.PLANNED
    again = intend(store)
    assert again.state is StepState.INTENDED
    store.chat_steps.note(again.key, state=StepState.PLANNED, detail="away")
    assert intend(store, channel="C2").state is StepState.PLANNED
    store.chat_steps.note(again.key, state=StepState.DONE, made="17.1", link="https://s.example")
    done = intend(store, channel="C3")
    assert (done.state, done.channel, done.made) == (StepState.DONE, "C2", "17.1")
    assert store.chat_steps.at("slack", "C2", "17.1") == done
    assert store.chat_steps.at("slack", "C3", "17.1") is None


def test_messages_of_incidents_that_are_over_are_found(store: RecordStore) -> None:
    store.chat_keepers.hold("slack", "one", MINUTE)
    intend(store)
    intend(store, key=f"slack:{OTHER}:1:message", incident_id=OTHER)
    intend(store, key=f"slack:{ONE}:1:comment:1", kind=StepKind.REPLY)
    open_now = incident(OTHER, outcome=None, resolution="")
    store.projections.keep([projection_of(open_now, "run", 3, OPENED)])
    (left,) = store.chat_steps.left_behind("slack")
    assert left.incident_id == ONE
    assert [at.incident_id for at in store.projections.positions(OPENED)] == [OTHER]
    assert store.projections.positions(OPENED + MINUTE) == []
    store.chat_steps.note(left.key, over=True)
    assert store.chat_steps.left_behind("slack") == []
    assert [each.incident_id for each in store.chat_steps.messages("slack")] == [OTHER]
