"""The journal of SMS and calls, and the codes by which they are answered."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import update

from standfast.records.phone_messages import ANSWERED_WITHIN, KEPT_FOR, NewPhoneMessage
from standfast.records.store import RecordStore
from standfast.records.tables import phone_messages as table

ANA, BEN = "+4915112345678", "+4915187654321"
ONE, OTHER = "INC-AAAAAAAAAA", "INC-BBBBBBBBBB"


def page(number: int = 1, incident_id: str = ONE, recipient: str = "ana") -> NewPhoneMessage:
    key = f"{incident_id}:1:page-{number}:1"
    return NewPhoneMessage(key, "sms", recipient, incident_id, 1, with_code=True)


def grow_old(store: RecordStore, age: timedelta) -> None:
    with store._database.writing() as connection:
        connection.execute(update(table).values(at=datetime.now(UTC) - age))


def test_begun_again_it_is_the_same_and_says_how_far_it_came(store: RecordStore) -> None:
    journal = store.phone_messages
    first = journal.begin(ANA, page())
    assert (first.text, first.provider_id) == ("", "")
    assert ANA not in str(first)
    journal.asking(first.id, "Mail is down")
    assert journal.begin(ANA, page()).text == "Mail is down"
    journal.sent(first.id, "SM1")
    again = journal.begin(ANA, page())
    assert (again.id, again.code, again.provider_id) == (first.id, first.code, "SM1")
    # Another phone of hers is another message, and so is a call.
    assert journal.begin(BEN, page()).id != first.id
    assert journal.begin(ANA, page()._replace(sort="call")).id != first.id


def test_what_the_provider_refused_was_never_sent(store: RecordStore) -> None:
    line = store.phone_messages.begin(ANA, page())
    store.phone_messages.asking(line.id, "Mail is down")
    store.phone_messages.refused(line.id)
    assert store.phone_messages.begin(ANA, page()).text == ""


def test_a_person_has_one_code_for_an_incident_and_a_number_no_code_twice(
    store: RecordStore,
) -> None:
    journal = store.phone_messages
    first = journal.begin(ANA, page(1))
    assert len(first.code) == 4
    assert journal.begin(ANA, page(2)).code == first.code
    others = {
        journal.begin(ANA, page(number, f"INC-{chr(65 + n) * 10}", who)).code
        for n in range(1, 20)
        for number, who in enumerate(("ana", "ben"))
    }
    assert len(others) == 38
    assert first.code not in others


def test_only_the_number_that_was_paged_answers_and_only_for_so_long(store: RecordStore) -> None:
    journal = store.phone_messages
    line = journal.begin(ANA, page())
    now = datetime.now(UTC)
    assert journal.of_code(BEN, line.code) is None
    assert journal.of_code(ANA, "") is None
    found = journal.of_code(ANA, line.code)
    assert found
    assert found.can_be_answered(now)
    assert [each.id for each in journal.to_answer(ANA)] == [line.id]
    assert (journal.is_known(ANA), journal.is_known(BEN)) == (True, False)

    grow_old(store, ANSWERED_WITHIN + timedelta(minutes=1))
    old = journal.of_code(ANA, line.code)
    assert old
    assert not old.can_be_answered(now)
    assert journal.to_answer(ANA) == []

    grow_old(store, KEPT_FOR + timedelta(minutes=1))
    other = journal.begin(BEN, page(1, OTHER))
    assert journal.forget(now - KEPT_FOR) == 1
    assert journal.get(other.id) == other
    assert journal.of_code(ANA, line.code) is None


def test_what_went_to_a_number_under_other_keys_is_known(store: RecordStore) -> None:
    journal = store.phone_messages
    lines = [journal.begin(ANA, page(number)) for number in range(3)]
    for line in lines[:2]:
        journal.sent(line.id, f"SM{line.id}")
    call = journal.begin(ANA, page()._replace(sort="call"))
    journal.sent(call.id, "CA1")
    assert journal.others(lines[0]) == {f"SM{lines[1].id}"}
    assert journal.get(lines[2].id) == lines[2]
    assert journal.get("0" * 24) is None


def test_it_is_erased_with_its_incident_and_renamed_with_its_person(store: RecordStore) -> None:
    journal = store.phone_messages
    line = journal.begin(ANA, page())
    journal.asking(line.id, "ana is on call for Mail")
    store.erased_names.replace("ana", "person-1")
    found = journal.get(line.id)
    assert found
    assert (found.recipient, found.text) == ("person-1", "person-1 is on call for Mail")
    store.erasing.erase(ONE, "vera", "asked for")
    assert journal.get(line.id) is None
