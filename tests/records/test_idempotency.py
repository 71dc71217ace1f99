"""Requests with an Idempotency-Key, on each database: what becomes of every second try."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from sqlalchemy import update

from standfast.records.idempotency import LEASE, REMEMBERED, Begun, KeyState
from standfast.records.store import RecordStore
from standfast.records.tables import idempotency

ANA, KEY, BODY = "ana", "key-1", "a" * 64


def older(store: RecordStore, **columns: object) -> None:
    """Let time have passed, as if it were now."""
    with store._database.writing() as connection:
        connection.execute(update(idempotency).values(**columns))


def test_a_second_try_is_answered_as_the_first(store: RecordStore) -> None:
    keys = store.idempotency
    first = keys.begin(ANA, KEY, BODY)
    assert first.standing is KeyState.BEGUN
    assert first.attempt
    assert keys.begin(ANA, KEY, BODY) == Begun(KeyState.RUNNING)
    keys.answered(ANA, KEY, '{"incident_id": "INC-AAAAAAAAAA"}')
    answer = '{"incident_id": "INC-AAAAAAAAAA"}'
    assert keys.begin(ANA, KEY, BODY) == Begun(KeyState.ANSWERED, answer=answer)
    assert keys.begin(ANA, KEY, "b" * 64) == Begun(KeyState.OTHER_BODY)


def test_keys_belong_to_their_caller(store: RecordStore) -> None:
    first = store.idempotency.begin(ANA, KEY, BODY)
    other = store.idempotency.begin("ben", KEY, "b" * 64)
    assert other.standing is KeyState.BEGUN
    assert other.attempt != first.attempt


@pytest.mark.parametrize("died", [True, False])
def test_a_try_that_came_to_nothing_is_taken_up_under_its_identity(
    store: RecordStore, died: bool
) -> None:
    keys = store.idempotency
    first = keys.begin(ANA, KEY, BODY)
    if died:
        with store._database.reading() as connection:
            now = store._database.now(connection)
        older(store, lease_until=now)
    else:
        keys.failed(ANA, KEY)
    assert keys.begin(ANA, KEY, "b" * 64).standing is KeyState.OTHER_BODY
    assert keys.begin(ANA, KEY, BODY) == first
    assert keys.begin(ANA, KEY, BODY).standing is KeyState.RUNNING


def test_a_clock_that_was_ahead_holds_no_key_for_as_long_as_it_was(store: RecordStore) -> None:
    keys = store.idempotency
    first = keys.begin(ANA, KEY, BODY)
    with store._database.reading() as connection:
        now = store._database.now(connection)
    older(store, lease_until=now + timedelta(hours=1))
    assert keys.begin(ANA, KEY, BODY) == first


def test_a_forgotten_or_an_old_key_is_as_good_as_new(store: RecordStore) -> None:
    keys = store.idempotency
    first = keys.begin(ANA, KEY, BODY)
    keys.forget(ANA, KEY)
    second = keys.begin(ANA, KEY, "b" * 64)
    assert second.standing is KeyState.BEGUN
    assert second.attempt != first.attempt
    with store._database.reading() as connection:
        now = store._database.now(connection)
    older(store, at=now - REMEMBERED)
    assert keys.begin(ANA, KEY, BODY).standing is KeyState.BEGUN
    assert LEASE < REMEMBERED


def test_of_many_at_once_one_begins(store: RecordStore) -> None:
    store.prepare()
    with ThreadPoolExecutor(8) as threads:
        begun = list(
            threads.map(lambda _: store.idempotency.begin(ANA, KEY, BODY).standing, range(24))
        )
    assert begun.count(KeyState.BEGUN) == 1
    assert begun.count(KeyState.RUNNING) == 23
