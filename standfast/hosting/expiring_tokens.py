"""Tokens and keys that expire soon, or have expired while somebody still used them."""

from collections.abc import Iterable
from datetime import datetime

from standfast.messages.message import short
from standfast.records.tokens import WARNED_BEFORE, Token

_MOST_NAMED = 5


def expiring(tokens: Iterable[Token], now: datetime) -> str:
    """Which tokens somebody has to rotate, in words; empty for none.

    Named are those that expire within `WARNED_BEFORE`, and those that expired as recently and were
    in use until then; of those that were replaced only what was used after that.
    """
    by_id = {one.id: one for one in tokens}
    found = [one for one in by_id.values() if _matters(one, by_id.get(one.replaced_by or ""), now)]
    told = [_words(one, now) for one in sorted(found, key=lambda one: one.expires_at or now)]
    more = f" and {len(told) - _MOST_NAMED} more" if len(told) > _MOST_NAMED else ""
    return f"{', '.join(told[:_MOST_NAMED])}{more}"


def _matters(one: Token, replaced_by: Token | None, now: datetime) -> bool:
    if one.expires_at is None or one.revoked_at or abs(one.expires_at - now) > WARNED_BEFORE:
        return False
    if replaced_by:
        return one.used_at is not None and one.used_at > replaced_by.created_at
    return one.is_valid(now) or (
        one.used_at is not None and one.expires_at - one.used_at < WARNED_BEFORE
    )


def _words(one: Token, now: datetime) -> str:
    whose = f"the key of {one.source}" if one.source else f"the token of {one.name}"
    word = "expired" if one.has_expired(now) else "expires"
    when = short(one.expires_at) if one.expires_at else ""
    replaced = f", replaced by {one.replaced_by} but still used" if one.replaced_by else ""
    return f"{one.id}, {whose}, {word} on {when}{replaced}"
