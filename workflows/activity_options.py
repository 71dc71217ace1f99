"""How long each kind of work may take and how it is tried again, named by intent."""

from datetime import timedelta

from temporalio.common import RetryPolicy
from temporalio.workflow import ActivityCancellationType, ActivityConfig

LONGEST_DECISION = timedelta(seconds=20)
"""Calendars and a record store that are away may each cost a decision some seconds of patience."""

ASSESS = ActivityConfig(
    start_to_close_timeout=2 * LONGEST_DECISION,
    retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
)
"""The first boxes' decisions together: quick, free of side effects, so they may be made again."""

CONSULT = ActivityConfig(
    start_to_close_timeout=LONGEST_DECISION,
    retry_policy=RetryPolicy(
        maximum_interval=timedelta(minutes=1), non_retryable_error_types=["Refused"]
    ),
)
"""One decision by the policy, of the flow or of an action; an action's may be refused."""

JUDGE = ActivityConfig(
    start_to_close_timeout=LONGEST_DECISION,
    schedule_to_close_timeout=timedelta(minutes=15),
    retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
)
"""How bad is it now? Beside the flow, whose close waits for it: so it is not tried for ever."""

REACH_SOMEBODY = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=2),
    heartbeat_timeout=timedelta(seconds=15),
    retry_policy=RetryPolicy(maximum_attempts=1),
)
"""One try of a page. Between two tries the workflow looks whether anybody still has to come."""

PAGE_RETRY_DELAYS = tuple(timedelta(seconds=seconds) for seconds in (1, 2, 4, 8, 15, 15, 15, 15))
"""Between the tries to reach one person; then the next contact is more use than another try."""

FORGET_PAGE = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=30),
    schedule_to_close_timeout=timedelta(minutes=15),
    retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
)
"""Taking a held page out of its digest: worth some tries, then the timeline says it may come."""

TELL = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=2),
    heartbeat_timeout=timedelta(seconds=15),
    schedule_to_close_timeout=timedelta(minutes=10),
    retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1), maximum_attempts=5),
)
"""An all clear for several people: beside the flow, whose close waits for it, so not for ever."""

GATHER_EVIDENCE = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=10),
    heartbeat_timeout=timedelta(seconds=30),
    retry_policy=RetryPolicy(maximum_attempts=3),
)
"""System tests and log analysis; each probe has its own limit inside."""

CLOSE = ActivityConfig(
    start_to_close_timeout=timedelta(minutes=3),
    heartbeat_timeout=timedelta(seconds=15),
    retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
)
"""News of the end, worth some tries, and the record: that is tried until the store takes it."""

ARCHIVE = ActivityConfig(
    start_to_close_timeout=timedelta(seconds=30),
    retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
)
"""The older timeline: tried until the record store takes it, for it must not be lost."""


KEEP_REVIEW = ActivityConfig(
    start_to_close_timeout=LONGEST_DECISION,
    retry_policy=RetryPolicy(maximum_interval=timedelta(minutes=1)),
)
"""A review's draft, and writing it: tried until the record store takes it."""


def remediate(takes_at_most: timedelta) -> ActivityConfig:
    """A runbook of that length. A lost worker shows in seconds, by its missing heartbeat.

    A further attempt goes on by the journal, and asks a check before it does again what nobody saw
    end (design rule 5). It may have to wait for the lease of the one before.
    """
    return ActivityConfig(
        start_to_close_timeout=takes_at_most + timedelta(minutes=2),
        heartbeat_timeout=timedelta(seconds=15),
        retry_policy=RetryPolicy(initial_interval=timedelta(seconds=5), maximum_attempts=5),
        # Withdrawing waits until the runbook is stopped and its finished steps are undone.
        cancellation_type=ActivityCancellationType.WAIT_CANCELLATION_COMPLETED,
    )
