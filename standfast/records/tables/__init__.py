"""The tables of the record store, as the migrations make them: a change here needs a migration.

The full text beside them is `records.full_text`'s.
"""

from standfast.records.tables.base import LATEST_MIGRATION, Moment, metadata, schema
from standfast.records.tables.incidents import (
    erased_incidents,
    incident_keys,
    incidents,
    measures,
    open_incidents,
    projections,
    record_additions,
    timeline,
)
from standfast.records.tables.intake import (
    alert_recoveries,
    group_members,
    groups,
    idempotency,
    mails_seen,
    mails_set_aside,
    repeats,
    webhooks_seen,
    worse_repeats,
)
from standfast.records.tables.knowledge import (
    article_uses,
    article_versions,
    articles,
    articles_helped,
)
from standfast.records.tables.messages import (
    chat_keepers,
    chat_replies,
    chat_steps,
    deliveries,
    delivery_events,
    pages,
    phone_messages,
)
from standfast.records.tables.on_call import (
    channel_messages,
    overrides,
    own_channels,
    paging_rules,
    silenced_incidents,
    silences,
)
from standfast.records.tables.people import (
    audit,
    installation,
    named_views,
    people,
    push_devices,
    sessions,
    tokens,
)
from standfast.records.tables.problems import problem_links, problem_names
from standfast.records.tables.repairs import findings, remediation_steps, remediations, repairs
from standfast.records.tables.reviews import review_texts, reviews
from standfast.records.tables.search import incident_terms, indexed_incidents

__all__ = [
    "LATEST_MIGRATION",
    "Moment",
    "alert_recoveries",
    "article_uses",
    "article_versions",
    "articles",
    "articles_helped",
    "audit",
    "channel_messages",
    "chat_keepers",
    "chat_replies",
    "chat_steps",
    "deliveries",
    "delivery_events",
    "erased_incidents",
    "findings",
    "group_members",
    "groups",
    "idempotency",
    "incident_keys",
    "incident_terms",
    "incidents",
    "indexed_incidents",
    "installation",
    "mails_seen",
    "mails_set_aside",
    "measures",
    "metadata",
    "named_views",
    "open_incidents",
    "overrides",
    "own_channels",
    "pages",
    "paging_rules",
    "people",
    "phone_messages",
    "problem_links",
    "problem_names",
    "projections",
    "push_devices",
    "record_additions",
    "remediation_steps",
    "remediations",
    "repairs",
    "repeats",
    "review_texts",
    "reviews",
    "schema",
    "sessions",
    "silenced_incidents",
    "silences",
    "timeline",
    "tokens",
    "webhooks_seen",
    "worse_repeats",
]
