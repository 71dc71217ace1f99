"""What reviews remind of, which was put into words long before it is sent."""

from typing import Any, cast

from activities.reviews import ReviewActivities
from standfast.incidents.addition import Addition, AdditionKind
from standfast.incidents.assessment import Priority
from standfast.incidents.ids import idempotency_key
from standfast.incidents.notification import Notification, Purpose
from standfast.records.audit import AuditEvent, AuditKind
from standfast.records.store import RecordStore
from tests.records.samples import CLOSED, incident

ID = "INC-AAAAAAAAAA"


def message(step: str, title: str, body: str) -> Notification:
    return Notification(
        key=idempotency_key(ID, 1, step, 1),
        incident_id=ID,
        purpose=Purpose.TELL,
        recipient="ana",
        priority=Priority.P3,
        title=title,
        body=body,
    )


def test_a_reminder_says_nothing_of_what_was_made_confidential_since(store: RecordStore) -> None:
    reviews = ReviewActivities(cast("Any", None), store, cast("Any", None))
    store.incidents.save(incident(ID, title="Otto's pay"))
    asked = message("review-2", f"The review of {ID} is overdue: Otto's pay", "- Otto's pay")
    other = message("tell-1", f"{ID} is taken: Otto's pay", "ben has it")
    assert [reviews.as_it_is_now(each) for each in (asked, other)] == [asked, other]
    for kind in (AdditionKind.RESTRICT, AdditionKind.UNRESTRICT):
        said = Addition(kind=kind, at=CLOSED, by="ana", text="")
        event = AuditEvent(AuditKind.ADDED_TO_RECORD, by="ana")
        store.adding.add(ID, 1, said, "", event)
        now = reviews.as_it_is_now(asked)
        if kind is AdditionKind.UNRESTRICT:
            assert now == asked
            continue
        assert now.title == f"The review of {ID} is overdue (confidential incident)"
        assert (now.body, now.key) == ("Sign in to see it.", asked.key)
        assert reviews.as_it_is_now(now) == now
        assert reviews.as_it_is_now(other) == other
