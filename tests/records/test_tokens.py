"""The store of tokens, in SQLite and in PostgreSQL: hashes alone, and nothing that is forgotten."""

import json
import re
from datetime import UTC, datetime

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
