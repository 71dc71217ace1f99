"""Who may come in, what is theirs, and what they did: tokens, sessions, devices, views, the log."""

from sqlalchemy import (
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from standfast.records.tables.base import Moment, metadata

tokens = Table(
    "tokens",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False, default=""),
    Column("source", Text, nullable=False, default=""),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("created_at", Moment, nullable=False),
    Column("revoked_at", Moment),
    Column("expires_at", Moment),
    Column("used_at", Moment),
    Column("replaced_by", String(16)),
)
"""Who may come in through the API: a row with a `role` for each token, with a `source` for each key
of a system that sends to us. `fingerprint` is the SHA-256 of the secret, which is kept nowhere.
`used_at` is the last use, to the minute. `replaced_by` is the id of the token that it was rotated
to.
"""

sessions = Table(
    "sessions",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("token_id", String(16), nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("began_at", Moment, nullable=False, index=True),
    Column("seen_at", Moment, nullable=False),
    Column("ended_at", Moment),
)
"""Who is signed in to the console. `fingerprint` is the SHA-256 of what the cookie holds. With a
`token_id`, name and role are the token's; else the provider of OpenID Connect vouched for them.
`seen_at` is the last page or form, to the minute.
"""

push_devices = Table(
    "push_devices",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("person", Text, nullable=False, index=True),
    Column("name", Text, nullable=False),
    Column("label", Text, nullable=False),
    Column("endpoint", Text, nullable=False),
    Column("fingerprint", String(64), nullable=False, unique=True),
    Column("public_key", String(128), nullable=False),
    Column("auth", String(64), nullable=False),
    Column("push_key", String(16), nullable=False),
    Column("token_id", String(16), nullable=False, index=True),
    Column("session", String(64), nullable=False, index=True),
    Column("added_at", Moment, nullable=False),
    Column("used_at", Moment),
    Column("ended_at", Moment),
    Column("ended_because", Text, nullable=False, server_default=text("''")),
)
"""Browsers that get pages by Web Push. `person` is their key in the policy, `name` whom the browser
was signed in as, `label` what they call the device. `endpoint`, `public_key` and `auth` are where a
message goes and how it is encrypted: secrets, which are never shown. `fingerprint` is the SHA-256
of the endpoint, `push_key` which of our keys the browser expects. `session` is the fingerprint of
the session in which it was added or used last, `token_id` that session's token.
"""

people = Table(
    "people",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("name", Text, nullable=False),
    Column("issuer", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("bound_at", Moment, nullable=False),
)
"""Whose a name is: `issuer` and `subject` of the person who signed in under it first. `key` is the
name without what only looks different, such as capitals.
"""

named_views = Table(
    "named_views",
    metadata,
    Column("owner", String(255), primary_key=True),
    Column("key", String(180), primary_key=True),
    Column("name", Text, nullable=False),
    Column("query", Text, nullable=False),
    Column("team", String(200), nullable=False, index=True),
    Column("changed_at", Moment, nullable=False),
)
"""Views that people have named. `owner` is the name under which somebody comes in, `key` the name
of the view without what only looks different, `team` the one it is shared with; empty for none.
"""

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("at", Moment, nullable=False, index=True),
    Column("kind", String(32), nullable=False),
    Column("by", Text, nullable=False),
    Column("behalf", Text, nullable=False),
    Column("origin", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("times", Integer, nullable=False),
    Column("previous", String(64), nullable=False),
    Column("digest", String(64), nullable=False),
    Index("audit_by_kind", "kind", "number"),
)
"""The audit log, a row an entry, numbered without gaps. `digest` is the SHA-256 of all the other
columns, of which `previous` is the digest of the row before; empty for the first.
"""

installation = Table(
    "installation",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
"""What is made once for an installation, such as a secret. It is never shown."""
