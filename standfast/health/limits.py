"""How long the watchdog waits, and how much it does at once."""

from datetime import timedelta

RPC_LIMIT = timedelta(seconds=10)
"""For one answer of Temporal."""

FOUND_AT_MOST = 1_000
"""Findings of one kind in one look."""

AT_ONCE = 8
"""Runs that are looked at at the same time."""

LATE = timedelta(minutes=1)
"""How long an event may be overdue, or a new incident wait for a worker, before it is a finding."""

LOOK_EVERY = timedelta(seconds=20)
"""Between two looks of a watchdog."""

LOOK_WITHIN = timedelta(seconds=60)
"""For one look; what it has not looked at by then it says."""

REPLAY_WITHIN = timedelta(seconds=20)
"""For the replay of one history; a long one takes some hundred milliseconds."""

REPAIRS_IN_A_LOOK = 20
"""Runs that are repaired in one look; the others' turn comes at the next."""

REPAIRS_BY_ITSELF = 3
"""Resets of one episode without a person: then something else is wrong with it."""

REPAIR_LEASE = timedelta(minutes=1)
"""How long one worker has for a reset before another may try it."""
