"""The watchdog's limits and intervals."""

from datetime import timedelta

RPC_LIMIT = timedelta(seconds=10)
"""For one answer of Temporal."""

MAX_FINDINGS = 1_000
"""Findings of one kind in one scan."""

MAX_CONCURRENT = 8
"""Runs that are checked at the same time."""

OVERDUE_AFTER = timedelta(minutes=1)
"""How long an event may be overdue, or a new incident wait for a worker, before it is a finding."""

SCAN_EVERY = timedelta(seconds=20)
"""Between two scans of a watchdog."""

SCAN_WITHIN = timedelta(seconds=60)
"""For one scan; it reports what it has not checked by then."""

REPLAY_WITHIN = timedelta(seconds=20)
"""For the replay of one history; a long one takes some hundred milliseconds."""

REPAIRS_PER_SCAN = 20
"""Runs that are repaired in one scan; the others are repaired in the next."""

REPAIRS_BY_ITSELF = 3
"""Automatic resets of one episode; after that a person decides."""

REPAIR_LEASE = timedelta(minutes=1)
"""How long one worker has for a reset before another may try it."""
