"""What became of a message through each channel, whoever tells it, however often and when."""

from datetime import UTC, datetime, timedelta
from itertools import permutations

from standfast.records.delivery import Progress, SentThrough
from standfast.records.store import RecordStore
from tests.records.test_digests import admit, claimed
from tests.records.test_digests import page as page_of

ID = "INC-AAAAAAAAAA"
KEY = f"{ID}:1:page-1:1"
AT = datetime(2026, 11, 30, 3, 12, 4, tzinfo=UTC)
TWILIO = SentThrough("sms", (("push", "answered with HTTP status 500"),), "twilio", "SM1")


def sent(store: RecordStore, key: str = KEY, recipient: str = "ana") -> None:
    store.deliveries.intend(key, recipient, "text")
    store.deliveries.delivered(key, recipient, "text", TWILIO)


def told(store: RecordStore, incident_id: str = ID) -> list[tuple[str, str, str]]:
    events = store.deliveries.of_incident(incident_id)
    return [(event.channel, event.state.value, event.detail) for event in events]


def test_a_message_is_followed_from_channel_to_answer(store: RecordStore) -> None:
    sent(store)
    now = datetime.now(UTC)
    [named] = store.deliveries.note_from_provider("twilio", "SM1", Progress.DELIVERED, now)
    assert (named.key, named.recipient, named.channel) == (KEY, "ana", "sms")
    assert store.deliveries.note(KEY, "sms", Progress.OPENED, now + timedelta(seconds=9))
    answered = store.deliveries.note_latest(
        ID, 1, "ana", Progress.ANSWERED, now + timedelta(seconds=10), "acknowledge"
    )
    assert answered
    assert answered.key == KEY
    assert told(store) == [
        ("push", "failed", "answered with HTTP status 500"),
        ("sms", "sent", ""),
        ("sms", "delivered", ""),
        ("sms", "opened", ""),
        ("sms", "answered", "acknowledge"),
    ]


def test_what_comes_twice_or_in_another_order_does_no_harm(store: RecordStore) -> None:
    notes = [
        (Progress.DELIVERED, AT, ""),
        (Progress.DELIVERED, AT + timedelta(minutes=1), "again"),
        (Progress.FAILED, AT + timedelta(minutes=2), "busy"),
        (Progress.FAILED, AT + timedelta(minutes=3), "not reached"),
    ]
    ways = []
    for number, order in enumerate(permutations(notes)):
        key = f"INC-AAAAAAAA{chr(65 + number)}A:1:page-1:1"
        store.deliveries.intend(key, "ana", "text")
        for state, at, detail in order:
            assert store.deliveries.note(key, "sms", state, at, detail)
        ways.append(told(store, key.partition(":")[0]))
    assert all(way == [("sms", "delivered", ""), ("sms", "failed", "not reached")] for way in ways)


def test_what_was_opened_is_the_page_and_no_news_of_it(store: RecordStore) -> None:
    sent(store)
    sent(store, f"{ID}:1:taken-2:1")
    opened = store.deliveries.note_latest(ID, 1, "ana", Progress.OPENED, datetime.now(UTC))
    assert opened
    assert opened.key == KEY
    by_push = ("ntfy", "webpush")
    answered = store.deliveries.note_latest(ID, 1, "ana", Progress.ANSWERED, AT, "", by_push)
    assert answered, "whoever has sent it, where nothing was sent by one of those"


def test_what_nobody_sent_is_noted_nowhere(store: RecordStore) -> None:
    sent(store)
    assert not store.deliveries.note(f"{ID}:1:page-9:1", "sms", Progress.OPENED, AT)
    for provider, named in (("twilio", "SM2"), ("ntfy", "SM1"), ("twilio", "")):
        assert not store.deliveries.note_from_provider(provider, named, Progress.OPENED, AT)
    for incident_id, episode, who in ((ID, 1, "ben"), (ID, 2, "ana"), ("INC-BBBBBBBBBB", 1, "ana")):
        assert not store.deliveries.note_latest(incident_id, episode, who, Progress.OPENED, AT)
    assert [state for _, state, _ in told(store)] == ["failed", "sent"]


def test_a_digest_is_followed_for_each_of_its_pages(store: RecordStore) -> None:
    lines = [page_of(0, key=f"INC-AAAAAAAAA{letter}:1:page-1:1") for letter in "AB"]
    for line in lines:
        admit(store.digests, line)
    digest = claimed(store.digests, lines[0])
    assert store.deliveries.note(digest.key, "sms", Progress.DELIVERED, AT)  # it may come first
    store.digests.sent(digest, TWILIO)
    now = datetime.now(UTC)
    noted = store.deliveries.note_from_provider("twilio", "SM1", Progress.OPENED, now)
    assert sorted(event.key for event in noted) == [line.key for line in lines]
    for line in lines:
        states = {state: detail for _, state, detail in told(store, line.key.partition(":")[0])}
        assert states.keys() == {"failed", "sent", "delivered", "opened"}
        assert states["sent"] == "in a digest of 2"


def test_a_person_who_is_erased_is_in_no_event(store: RecordStore) -> None:
    sent(store)
    store.deliveries.note(KEY, "sms", Progress.FAILED, AT, "Ana has blocked this number")
    store.erased_names.replace("ana", "somebody")
    [*events] = store.deliveries.of_incident(ID)
    assert {event.recipient for event in events} == {"somebody"}
    assert "somebody has blocked this number" in [event.detail for event in events]


def test_events_go_with_the_incident_and_with_time(store: RecordStore) -> None:
    sent(store)
    assert store.erasing.counts(ID)["events of deliveries"] == 2
    store.erasing.erase(ID, "ada", "asked for")
    assert told(store) == []
    sent(store)
    store.erasing.forget_deliveries(datetime.now(UTC) + timedelta(seconds=1))
    assert told(store) == []
