"""Which tokens are told before, and after, they expire."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from standfast.hosting.expiring_tokens import expiring
from standfast.incidents.roles import Role
from standfast.records.tokens import Token

NOW = datetime(2026, 11, 29, 22, 0, tzinfo=UTC)


def _in(**time: float) -> datetime:
    return NOW + timedelta(**time)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({}, ""),
        ({"expires_at": _in(days=15)}, ""),
        ({"expires_at": _in(days=13)}, "TOK-OLD, the token of ana, expires on"),
        ({"expires_at": _in(days=13), "source": "zabbix"}, "TOK-OLD, the key of zabbix, expires"),
        ({"expires_at": _in(days=13), "revoked_at": NOW}, ""),
        ({"expires_at": _in(days=-2)}, ""),
        ({"expires_at": _in(days=-2), "used_at": _in(days=-2.1)}, "TOK-OLD, the token of ana, exp"),
        ({"expires_at": _in(days=-15), "used_at": _in(days=-15)}, ""),
        ({"expires_at": _in(hours=9), "replaced_by": "TOK-NEW", "used_at": _in(hours=-9)}, ""),
        (
            {"expires_at": _in(hours=9), "replaced_by": "TOK-NEW", "used_at": _in(hours=-1)},
            "replaced by TOK-NEW but still used",
        ),
    ],
)
def test_only_what_somebody_has_to_do_something_about_is_told(
    changes: dict[str, Any], told: str
) -> None:
    created = _in(days=-80)
    old = Token(id="TOK-OLD", name="ana", role=Role.OPERATOR, source="", created_at=created)
    new = old.model_copy(update={"id": "TOK-NEW", "created_at": _in(hours=-2)})
    words = expiring([old.model_copy(update=changes), new], NOW)
    assert told in words
    assert bool(told) is bool(words)
