"""Messages to people and chats, and what became of them."""

from sqlalchemy import (
    Boolean,
    Column,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from standfast.records.tables.base import Moment, metadata

deliveries = Table(
    "deliveries",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("digest", String(64), nullable=False, key="fingerprint"),
    Column("channel", Text, nullable=False, default=""),
    Column("state", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("detail", Text, nullable=False, default=""),
)
"""What was sent to whom, under which idempotency key, and what became of it.

`fingerprint` is the SHA-256 of the text; the database has it under its old name.
"""

delivery_events = Table(
    "delivery_events",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("channel", String(255), primary_key=True),
    Column("state", String(16), primary_key=True),
    Column("at", Moment, nullable=False, index=True),
    Column("detail", Text, nullable=False, default=""),
    Column("incident_id", String(32), nullable=False, index=True),
    Column("provider", String(32), nullable=False, default=""),
    Column("provider_id", String(255), nullable=False, default=""),
    Index("delivery_events_by_provider", "provider", "provider_id"),
)
"""What became of each message through each channel: when it was sent, delivered, opened, answered,
or when it failed. `incident_id` is empty where it is about none; `provider_id` is how the provider
names what was sent.
"""

pages = Table(
    "pages",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("recipient", Text, nullable=False),
    Column("team", Text, nullable=False),
    Column("incident_id", String(32), nullable=False),
    Column("priority", String(2), nullable=False),
    Column("title", Text, nullable=False),
    Column("came_at", Moment, nullable=False),
    Column("claim", String(64)),
    Column("lease_until", Moment),
    Index("pages_to_one_person", "recipient", "team", "came_at"),
)
"""The latest pages of each team to each person, by the database's clock; older ones are dropped.

One that the ledger calls `held` waits for a digest. `claim` is the key of the digest that a worker
was sending with it until `lease_until`.
"""

phone_messages = Table(
    "phone_messages",
    metadata,
    Column("id", String(24), primary_key=True),
    Column("key", String(255), nullable=False),
    Column("sort", String(8), nullable=False),
    Column("number", String(64), nullable=False),
    Column("recipient", Text, nullable=False),
    Column("incident_id", String(32), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("code", String(8), nullable=False),
    Column("text", Text, nullable=False),
    Column("provider_id", String(64), nullable=False),
    Column("at", Moment, nullable=False, index=True),
    UniqueConstraint("key", "sort", "number"),
    Index("phone_messages_by_code", "number", "code"),
    Index("phone_messages_by_incident", "incident_id"),
)
"""SMS and calls of the last days, a row each, written before the provider is asked. `number` is a
fingerprint of the number, `code` what the person answers with. `text` is empty until the provider
is asked, `provider_id` until it has answered: in between it may have it or not.
"""

chat_steps = Table(
    "chat_steps",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("chat", String(32), nullable=False),
    Column("incident_id", String(32), nullable=False, index=True),
    Column("episode", Integer, nullable=False),
    Column("kind", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("channel", Text, nullable=False),
    Column("made", Text, nullable=False),
    Column("link", Text, nullable=False),
    Column("says", String(64), nullable=False),
    Column("detail", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Column("over", Boolean, nullable=False),
    Index("chat_steps_of_a_chat", "chat", "kind", "over"),
)
"""What was made in a chat for an incident, a row each: its message, a reply of ours in its thread,
a channel of its own. `made` is the id that the chat gave it in `channel`, `link` where people open
it, `says` the SHA-256 of what it says now, `detail` why its state is what it is; `over` once
nothing of it changes any more.
"""

chat_replies = Table(
    "chat_replies",
    metadata,
    Column("key", String(64), primary_key=True),
    Column("chat", String(32), nullable=False),
    Column("incident_id", String(32), nullable=False, index=True),
    Column("episode", Integer, nullable=False),
    Column("reply", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("at", Moment, nullable=False),
)
"""What people wrote in the thread of an incident's message, a row for each version of each reply;
what it says is on the incident's timeline only. `key` is the SHA-256 of chat, channel, reply and
version, `at` when the reply was written.
"""

chat_keepers = Table(
    "chat_keepers",
    metadata,
    Column("chat", String(32), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("lease_until", Moment, nullable=False),
)
"""Which process keeps a chat up to date, until when."""
