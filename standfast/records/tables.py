"""The tables of the record store, as the migrations make them: a change here needs a migration.

The full-text index beside them is `records.search`'s.
"""

from datetime import UTC, datetime

from sqlalchemy import (
    Boolean,
    Column,
    DateTime,
    Dialect,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    TypeDecorator,
    UniqueConstraint,
    text,
)

LATEST_MIGRATION = "0015"
"""The migration that makes these tables."""


class Moment(TypeDecorator[datetime]):
    """A moment, kept in UTC and read back with its zone: SQLite itself keeps none."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        moment = value.astimezone(UTC)
        return moment.replace(tzinfo=None) if dialect.name == "sqlite" else moment

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if dialect.name == "sqlite" else value.astimezone(UTC)


metadata = MetaData()

schema = Table("standfast_schema", metadata, Column("version", Integer, nullable=False))
"""One row: how versions before the migrations counted. By it they refuse what is newer."""

incidents = Table(
    "incidents",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("incident_id", String(32), nullable=False),
    Column("episode", Integer, nullable=False),
    Column("title", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("category", Text),
    Column("priority", String(2)),
    Column("outcome", String(16)),
    Column("resolution", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("closed_at", Moment, index=True),
    Column("document", Text, nullable=False),
    Column("readers", Text, nullable=False, server_default=text("''")),
    UniqueConstraint("incident_id", "episode"),
)
"""A row an episode. `document` is the whole IncidentView as JSON; `number` ties the words to it.

`readers` is who finds it by name, as in the list of open incidents."""

timeline = Table(
    "timeline",
    metadata,
    Column("incident_id", String(32), primary_key=True),
    Column("episode", Integer, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("entry", Text, nullable=False),
)
"""The older timeline entries of long incidents, each as JSON."""

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

remediations = Table(
    "remediations",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("incident_id", String(32), nullable=False),
    Column("runbook", Text, nullable=False),
    Column("target", Text, nullable=False, index=True),
    Column("plan", Text, nullable=False),
    Column("undoing_because", Text),
    Column("fence", Integer, nullable=False),
    Column("lease_until", Moment, nullable=False),
    Column("started_at", Moment, nullable=False, index=True),
    Column("ended_at", Moment, index=True),
    Column("outcome", String(16)),
    Column("result", Text),
)
"""A row for each remediation that the guards admitted. `plan` is its runbook, filled in, as JSON.

`fence` counts the attempts: only the latest may write. An attempt whose `lease_until` is over has
died, or has stopped by itself. `undoing_because` is set once undoing has begun.
"""

remediation_steps = Table(
    "remediation_steps",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("undoing", Boolean, primary_key=True),
    Column("state", String(16), nullable=False),
    Column("words", Text, nullable=False, default=""),
    Column("result", Text),
    Column("at", Moment, nullable=False),
)
"""The journal: a line for each step, and one for its undoing, written before it begins."""

silences = Table(
    "silences",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("matcher", Text, nullable=False),
    Column("starts", Moment, nullable=False),
    Column("ends", Moment, nullable=False, index=True),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("created_at", Moment, nullable=False),
    Column("ended_by", Text, nullable=False, default=""),
    Column("ended_at", Moment),
)
"""A row for each silence that ever was, `matcher` as JSON; the last two when it ended early."""

silenced_incidents = Table(
    "silenced_incidents",
    metadata,
    Column("silence_id", String(16), primary_key=True),
    Column("incident_id", String(32), primary_key=True),
    Column("at", Moment, nullable=False),
    Column("woken_at", Moment),
)
"""Which incidents a silence has kept quiet, since when, and when its early end was told to each."""

overrides = Table(
    "overrides",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("id", String(16), nullable=False, unique=True),
    Column("team", Text, nullable=False),
    Column("tier", Text, nullable=False),
    Column("person", Text, nullable=False),
    Column("starts", Moment, nullable=False),
    Column("ends", Moment, nullable=False, index=True),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False, default=""),
    Column("instead_of", Text, nullable=False, default=""),
    Column("swap", String(16), nullable=False, default=""),
    Column("created_at", Moment, nullable=False),
    Column("ended_by", Text, nullable=False, default=""),
    Column("ended_at", Moment),
)
"""A row for each override of a schedule, counted by `number`: of several at once the last counts.

`instead_of` is whom alone it replaces; `swap` the id of the first of two that were made together;
the last two are set when it ended early.
"""

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

own_channels = Table(
    "own_channels",
    metadata,
    Column("id", String(16), primary_key=True),
    Column("person", String(200), nullable=False),
    Column("method", Text, nullable=False),
    Column("name", String(40), nullable=False),
    Column("address", Text, nullable=False),
    Column("added_at", Moment, nullable=False),
    Column("verified_at", Moment),
    Column("code", String(64), nullable=False, default=""),
    Column("code_expires", Moment),
    Column("tries", Integer, nullable=False, default=0),
    UniqueConstraint("person", "name"),
)
"""Channels that people have added. `person` is a key of the policy; `code` the SHA-256 of id and
code, empty where none is open; `tries` how often it was typed wrongly.
"""

paging_rules = Table(
    "paging_rules",
    metadata,
    Column("person", String(200), primary_key=True),
    Column("rules", Text, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
"""The rules of each person who has set some, as JSON."""

channel_messages = Table(
    "channel_messages",
    metadata,
    Column("number", Integer, primary_key=True),
    Column("person", String(200), nullable=False),
    Column("address", String(64), nullable=False),
    Column("at", Moment, nullable=False, index=True),
)
"""Codes and test pages of the last day, by which further ones are limited. `address` is the SHA-256
of where one went.
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

findings = Table(
    "findings",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("kind", String(32), nullable=False),
    Column("document", Text, nullable=False),
    Column("found_at", Moment, nullable=False),
    Column("told_at", Moment),
    Column("gone_at", Moment),
    Column("claim", String(64)),
    Column("lease_until", Moment),
)
"""What is wrong with open incidents, a row each, `document` as JSON; `gone_at` once it is not seen.

`claim` is the message in which a worker was telling it until `lease_until`.
"""

repairs = Table(
    "repairs",
    metadata,
    Column("key", String(255), primary_key=True),
    Column("incident_id", String(32), nullable=False, index=True),
    Column("episode", Integer, nullable=False),
    Column("by", Text, nullable=False),
    Column("began_at", Moment, nullable=False),
    Column("lease_until", Moment, nullable=False),
    Column("new_run_id", String(64)),
)
"""Runs that were reset to before a fault: `key` is the run and the event. One worker does it until
`lease_until`; `new_run_id` is set once it is done.
"""

projections = Table(
    "projections",
    metadata,
    Column("incident_id", String(32), primary_key=True),
    Column("episode", Integer, nullable=False),
    Column("run_id", String(64), nullable=False),
    Column("task", Integer, nullable=False),
    Column("as_of", Moment, nullable=False),
    Column("next_due", Moment),
    Column("waits_for_person", Boolean, nullable=False),
    Column("document", Text, nullable=False),
    Index("projections_by_what_is_due", "next_due", "waits_for_person"),
    Index("projections_by_moment", "as_of", "task"),
)
"""How each open incident stood after a workflow task: a cache of what its history says.

`task` is the event of that run with which the task started, `as_of` its time by Temporal's clock,
`document` the IncidentView as JSON. What is on record has no row here.
"""

open_incidents = Table(
    "open_incidents",
    metadata,
    Column("incident_id", String(32), primary_key=True),
    Column("episode", Integer, nullable=False),
    Column("stage", String(32), nullable=False),
    Column("priority", String(2), nullable=False),
    Column("team", Text, nullable=False),
    Column("tier", Integer),
    Column("category", Text, nullable=False),
    Column("service", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("readers", Text, nullable=False, server_default=text("''")),
    # Each begins with what narrows the list, and goes on in the order of the list: a page and a
    # count that stops at a limit cost as much with 100 incidents as with 100,000. What narrows it
    # further is at the end.
    *(
        Index(
            f"open_incidents_{name}",
            *(*first, "stage", "priority", "opened_at", "incident_id", *last, "readers"),
        )
        for name, first, last in (
            ("in_order", (), ()),
            ("of_a_team", ("team",), ()),
            ("of_a_category", ("category",), ("team",)),
            ("of_a_service", ("service",), ("category", "team")),
        )
    ),
)
"""What a list of open incidents shows, narrows and orders by: a small row beside each projection,
written in the same transaction, and only when something of it has changed.
"""

incident_keys = Table(
    "incident_keys",
    metadata,
    Column("incident_id", String(32), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("key_id", String(16), nullable=False),
    Column("ring_key", String(16), nullable=False, index=True),
    Column("wrapped", LargeBinary),
    Column("made_at", Moment, nullable=False),
    Column("retired_at", Moment),
    Column("thrown_away_at", Moment, index=True),
)
"""What encrypts each incident in Temporal. `wrapped` is the key, encrypted by the key `ring_key` of
the key ring; NULL once it was thrown away. Only one that is not retired encrypts.
"""

erased_incidents = Table(
    "erased_incidents",
    metadata,
    Column("incident_id", String(32), primary_key=True),
    Column("episode", Integer, primary_key=True, autoincrement=False),
    Column("opened_at", Moment),
    Column("closed_at", Moment),
    Column("outcome", String(16), nullable=False, default=""),
    Column("erased_at", Moment, nullable=False),
    Column("by", Text, nullable=False),
    Column("reason", Text, nullable=False),
)
"""What is left of erased incidents: a row for each episode, and nothing of its content."""


installation = Table(
    "installation",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
)
"""What is made once for an installation, such as a secret. It is never shown."""


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
