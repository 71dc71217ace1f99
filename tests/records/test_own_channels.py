"""Own channels on record: codes with few tries, a budget of messages, and how they end."""

from datetime import UTC, datetime, timedelta

from standfast.incidents.own_channel import OwnChannel, OwnSettings, PagingRules
from standfast.records.own_channels import CODE_HOLDS_FOR, MOST_TRIES, CodeState
from standfast.records.store import RecordStore
from standfast.records.tables import channel_messages, own_channels, paging_rules

RULES = PagingRules.model_validate({"high": [{"through": "sms"}]})


def added(store: RecordStore, person: str = "ana", name: str = "sms") -> OwnChannel:
    found = store.own_channels.add(person, "sms", name, "+49301234567")
    assert found
    return found


def test_a_channel_is_verified_by_its_code_once(store: RecordStore) -> None:
    channel = added(store)
    kept = store.own_channels
    assert kept.verify("ana", channel.id, "123456") is CodeState.NOT_ASKED
    kept.open_code(channel.id, "123456")
    assert kept.verify("ben", channel.id, "123456") is CodeState.NOT_ASKED
    assert kept.verify("ana", channel.id, "654321") is CodeState.WRONG
    assert kept.of("ana").channels[0].verified_at is None
    assert kept.verify("ana", channel.id, "123456") is CodeState.RIGHT
    assert kept.of("ana").channels[0].verified_at
    assert kept.verify("ana", channel.id, "123456") is CodeState.NOT_ASKED


def test_after_a_few_tries_the_right_code_is_wrong_too(store: RecordStore) -> None:
    channel, kept = added(store), store.own_channels
    kept.open_code(channel.id, "123456")
    tries = [kept.verify("ana", channel.id, "000000") for _ in range(MOST_TRIES)]
    assert set(tries) == {CodeState.WRONG}
    assert kept.verify("ana", channel.id, "123456") is CodeState.TOO_OFTEN
    kept.open_code(channel.id, "111111")
    assert kept.verify("ana", channel.id, "123456") is CodeState.WRONG
    assert kept.verify("ana", channel.id, "111111") is CodeState.RIGHT


def test_a_code_expires_and_is_kept_as_a_hash(store: RecordStore) -> None:
    channel, kept = added(store), store.own_channels
    kept.open_code(channel.id, "123456")
    with store._database.writing() as connection:
        row = connection.execute(own_channels.select()).one()
        assert len(row.code) == 64
        past = row.code_expires - CODE_HOLDS_FOR - timedelta(seconds=1)
        connection.execute(own_channels.update().values(code_expires=past))
    assert kept.verify("ana", channel.id, "123456") is CodeState.TOO_LATE


def test_names_are_the_persons_own(store: RecordStore) -> None:
    added(store)
    assert store.own_channels.add("ana", "sms", "sms", "+49307654321") is None
    other = added(store, "ben")
    assert store.own_channels.remove("ana", other.id) is None
    assert store.own_channels.remove("ben", other.id) == other
    assert list(store.own_channels.all()) == ["ana"]


def test_rules_stand_in_place_of_earlier_ones(store: RecordStore) -> None:
    assert store.own_channels.of("ana") == OwnSettings()
    store.own_channels.set_rules("ana", RULES)
    changed = RULES.model_copy(update={"high": ()})
    store.own_channels.set_rules("ana", changed)
    assert store.own_channels.all() == {"ana": OwnSettings(rules=changed)}


def test_rules_of_another_version_stop_no_page(store: RecordStore) -> None:
    store.own_channels.set_rules("ana", RULES)
    with store._database.writing() as connection:
        connection.execute(paging_rules.update().values(rules='{"high": [], "loud": true}'))
    assert store.own_channels.of("ana").rules == PagingRules()


def _spend(store: RecordStore, person: str, address: str) -> timedelta | None:
    return store.own_channels.spend(person, address, of_person=3, to_address=2, of_all=5)


def test_nobody_is_flooded(store: RecordStore) -> None:
    stranger = "+49301111111"
    assert [_spend(store, "ana", stranger) for _ in range(2)] == [None, None]
    wait = _spend(store, "ben", stranger)
    assert wait
    assert timedelta(minutes=59) < wait <= timedelta(hours=1)
    assert _spend(store, "ana", "+49302222222") is None
    assert _spend(store, "ana", "+49303333333"), "one person asks for so many"
    assert _spend(store, "ben", "+49303333333") is None
    assert _spend(store, "eve", "+49304444444") is None
    assert _spend(store, "eve", "+49305555555"), "all together"

    def age(by: timedelta) -> None:
        with store._database.writing() as connection:
            at = datetime.now(UTC) - by
            connection.execute(channel_messages.update().values(at=at))

    age(timedelta(hours=2))
    assert [_spend(store, "ana", stranger) for _ in range(3)][:2] == [None, None]
    age(timedelta(hours=3))
    wait = _spend(store, "ben", stranger)
    assert wait, "as many as are allowed in a day"
    assert wait > timedelta(hours=20)
    age(timedelta(hours=25))
    assert _spend(store, "ben", stranger) is None


def test_who_has_left_the_policy_or_is_erased_has_none_any_more(store: RecordStore) -> None:
    for person in ("ana", "ben", "eve"):
        added(store, person)
        store.own_channels.set_rules(person, RULES)
        assert _spend(store, person, f"+4930{person}") is None
    assert store.own_channels.forget_all_but(["ana", "eve"]) == 1
    assert store.own_channels.forget("ANA") == 1
    assert list(store.own_channels.all()) == ["eve"]
    with store._database.reading() as connection:
        messages = connection.execute(channel_messages.select()).all()
    assert [each.person for each in messages] == ["eve"]
    assert store.own_channels.forget("+49301234567") == 1
