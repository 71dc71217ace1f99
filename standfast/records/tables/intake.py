"""What has come in: repeats, groups, webhooks, recoveries, mails, idempotency keys."""

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
)

from standfast.records.tables.base import Moment, metadata

repeats = Table(
    "repeats",
    metadata,
    Column("incident_id", String(32), primary_key=True),
    Column("counter", String(32), nullable=False),
    Column("total", Integer, nullable=False),
    Column("told", Integer, nullable=False),
    Column("report", Text, nullable=False),
    Column("changed_at", Moment, nullable=False, index=True),
)
"""How often each incident was reported again, as far as that was counted here and not by itself.

The incident knows `told` of `total`; `report` is the latest one as JSON.
"""

worse_repeats = Table(
    "worse_repeats",
    metadata,
    Column("incident_id", String(32), primary_key=True),
    Column("words", String(64), primary_key=True),
    Column("users", Integer, nullable=False),
    Column("report", Text, nullable=False),
    Column("at", Moment, nullable=False, index=True),
)
"""Repeats that say more than their incident knows, until it was told of them: by the fingerprint of
their words, the one that names the most users, as JSON.
"""

groups = Table(
    "groups",
    metadata,
    Column("name", String(64), primary_key=True),
    Column("incident_key", String(255), nullable=False),
    Column("opened_at", Moment, nullable=False),
)
"""Groups of alerts: which incident a further alert joins. `name` is the hash of what they share."""

group_members = Table(
    "group_members",
    metadata,
    Column("alert_key", String(255), primary_key=True),
    Column("incident_key", String(255), nullable=False, index=True),
    Column("firing", Boolean, nullable=False),
    Column("heard_at", Moment, nullable=False),
)
"""Which incident each grouped alert is in, and whether it fires."""

webhooks_seen = Table(
    "webhooks_seen",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("answer", Text, nullable=False),
    Column("at", Moment, nullable=False, index=True),
)
"""Webhooks that have been taken: the hash of source and id, and what was answered."""

alert_recoveries = Table(
    "alert_recoveries",
    metadata,
    Column("alert_key", String(255), primary_key=True),
    Column("began", Moment, nullable=False),
    Column("first_at", Moment, nullable=False),
    Column("fired", Moment),
    Column("heard_at", Moment, nullable=False, index=True),
    Column("aside_at", Moment, index=True),
    Column("aside", Text, nullable=False, default=""),
)
"""The last recovery of each alert: when the firing that is over `began`, when its source first said
so, and the start of a later one that has `fired`. `aside` is the alert that was set aside as stale,
as JSON; empty where none is.
"""

mails_seen = Table(
    "mails_seen",
    metadata,
    Column("fingerprint", String(64), primary_key=True),
    Column("message", String(64), nullable=False, index=True),
    Column("incident_id", String(32), nullable=False),
    Column("answer", Text, nullable=False),
    Column("at", Moment, nullable=False, index=True),
)
"""Mail that has been taken: the hashes of what it says and of its Message-ID, which incident it
went to, and what was answered.
"""

mails_set_aside = Table(
    "mails_set_aside",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("at", Moment, nullable=False),
    Column("sender", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("incident_id", String(32), nullable=False, default=""),
    Column("size", Integer, nullable=False),
    Column("stored", Integer, nullable=False),
    Column("envelope", Text, nullable=False, default=""),
    Column("raw", LargeBinary),
    Column("opened_by", Text, nullable=False, default=""),
    Column("opened_at", Moment),
    Index("mails_set_aside_by_kind", "kind", "at"),
    Index("mails_set_aside_by_moment", "at", "id"),
)
"""Mail that is set aside, a row a message. `raw` is the message, compressed to `stored` bytes; NULL
once it was dropped to make room. `envelope` is JSON, or empty. `incident_id` is the incident that
the message is about, or that it was opened as, by whom and when the two last columns say.
"""

idempotency = Table(
    "idempotency",
    metadata,
    Column("caller", String(64), primary_key=True),
    Column("key", String(255), primary_key=True),
    Column("body", String(64), nullable=False),
    Column("attempt", String(36), nullable=False),
    Column("lease_until", Moment, nullable=False),
    Column("answer", Text),
    Column("at", Moment, nullable=False, index=True),
)
"""Reports that came with an Idempotency-Key. `body` is the report's SHA-256, `attempt` the identity
under which it is started, however often that is tried, `answer` what was said in the end, as JSON.
"""
