"""The store of tokens, in SQLite and in PostgreSQL: hashes alone, and nothing that is forgotten."""

import json
import re
from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from standfast.incidents.roles import Role
from standfast.records.store import RecordStore
from standfast.records.tokens import TOKEN_PREFIX, NewToken


def test_no_secret_is_in_the_database(store: RecordStore) -> None:
    person = store.tokens.create(NewToken(name="ana", role=Role.OPERATOR))
    source = store.tokens.create(NewToken(name="zabbix", source="zabbix"))
    with store._database.reading() as connection:
        rows = connection.execute(text("SELECT * FROM tokens")).mappings().all()
    whole = json.dumps([dict(row) for row in rows], default=str)
    for made in (person, source):
        assert made.secret not in whole
        assert made.secret.removeprefix(TOKEN_PREFIX) not in whole
        assert made.token.id in whole
    assert all(re.fullmatch("[0-9a-f]{64}", row["fingerprint"]) for row in rows)


def test_each_secret_leads_to_its_own_token(store: RecordStore) -> None:
    made = [
        store.tokens.create(NewToken(name=f"n{number}", role=role))
        for number, role in enumerate(Role)
    ]
    assert len({one.secret for one in made}) == len(made)
    assert [store.tokens.of(one.secret) for one in made] == [one.token for one in made]
    assert store.tokens.all() == [one.token for one in made]
    for wrong in ("", made[0].secret[:-1], made[0].secret.upper(), made[0].token.id, "\udcff"):
        assert store.tokens.of(wrong) is None


def test_revoking_is_done_once(store: RecordStore) -> None:
    made = store.tokens.create(NewToken(name="ana", role=Role.OPERATOR))
    now = datetime.now(UTC)
    assert store.tokens.revoke(made.token.id, now)
    assert not store.tokens.revoke(made.token.id, now)
    assert not store.tokens.revoke("TOK-AAAAAA", now)
    found = store.tokens.get(made.token.id)
    assert found
    assert found.revoked_at == now


def test_an_expired_token_opens_nothing_and_is_told_from_an_unknown_one(store: RecordStore) -> None:
    now = datetime.now(UTC)
    soon = NewToken(name="ana", role=Role.OPERATOR, expires_at=now + timedelta(hours=1))
    made = store.tokens.create(soon)
    assert store.tokens.of(made.secret) == made.token
    assert store.tokens.of(made.secret, now + timedelta(hours=1)) is None
    assert store.tokens.expired(made.secret) is None
    over = NewToken(name="ana", role=Role.OPERATOR, expires_at=now - timedelta(seconds=1))
    expired = store.tokens.create(over)
    assert store.tokens.of(expired.secret) is None
    assert store.tokens.expired(expired.secret) == expired.token
    assert store.tokens.expired("sft_unknown") is None
    store.tokens.revoke(expired.token.id, now)
    assert store.tokens.expired(expired.secret) is None


def test_while_it_is_rotated_both_secrets_open(store: RecordStore) -> None:
    now = datetime.now(UTC)
    old = store.tokens.create(NewToken(name="grafana", source="grafana"))
    new = store.tokens.rotate(old.token, None, now + timedelta(hours=24))
    assert new
    assert (new.token.source, new.token.expires_at) == ("grafana", None)
    for secret in (old.secret, new.secret):
        found = store.tokens.of(secret)
        assert found
        assert found.source == "grafana"
    assert store.tokens.of(old.secret, now + timedelta(hours=24)) is None
    assert store.tokens.of(new.secret, now + timedelta(days=900))
    left = store.tokens.get(old.token.id)
    assert left
    assert left.replaced_by == new.token.id
    # Whoever rotates it again, at the same time for instance, makes no third one.
    assert store.tokens.rotate(old.token, None, now) is None
    assert len(store.tokens.all()) == 2


def test_the_last_use_is_written_once_a_minute(store: RecordStore) -> None:
    made = store.tokens.create(NewToken(name="ana", role=Role.OPERATOR))
    began = datetime.now(UTC)
    for second in range(0, 180, 10):
        token = store.tokens.of(made.secret)
        assert token
        now = began + timedelta(seconds=second)
        assert store.tokens.is_noted(token, now) is (second % 60 != 0)
        store.tokens.used(token, now)
        found = store.tokens.get(token.id)
        assert found
        assert found.used_at == began + timedelta(minutes=second // 60)
