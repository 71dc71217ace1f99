"""Stale alerts: a monitor repeats that an alert fires which it has said before to be over.

Two Alertmanagers of one cluster tell of the same alert. One that has not heard of the recovery yet
says “firing” after the other has said “resolved”, with the start that the alert had before. An
alert that fires anew has a later start; then a “resolved” with the old one comes too late.
"""

from datetime import datetime, timedelta

from standfast.incidents.alert import AlertRecovery
from standfast.messages.message import short, words_of

STALE_WITHIN = timedelta(minutes=15)
"""So long after the recovery an old start is taken for a late repeat, and so long one that was set
aside may go on without another word of recovery. Alertmanagers agree within some minutes.
"""


def is_over(starts_at: datetime, recovery: AlertRecovery) -> bool:
    """Whether the firing with this start is the one that is over, or one before it.

    A start after the word of the recovery is of a clock that was ahead: only the same start counts
    then, since what began between the two may be new.
    """
    return starts_at == recovery.began or starts_at <= min(recovery.began, recovery.first_at)


def stale_because(
    starts_at: datetime, recovery: AlertRecovery, now: datetime, within: timedelta = STALE_WITHIN
) -> str:
    """Why an alert that fires with this start is stale; empty when it is not.

    Only its own recovery counts, by the word of its monitor: what people have resolved while the
    monitor went on is not over for the monitor. And it counts for a while: the word may be wrong.
    """
    if not is_over(starts_at, recovery) or now >= recovery.first_at + within:
        return ""
    return (
        f"stale: it began at {short(starts_at)}, and its source said at {short(recovery.first_at)} "
        f"that it is over; it counts unless that is said again within {words_of(within)}"
    )


def too_late_because(starts_at: datetime, recovery: AlertRecovery) -> str:
    """Why a recovery from a firing with this start ends nothing; empty when it counts."""
    fired = recovery.fired
    if fired is None or not is_over(starts_at, recovery) or is_over(fired, recovery):
        return ""
    return (
        f"stale: its source has said before that what began at {short(starts_at)} is over, and "
        f"since then that it fires anew from {short(fired)} on"
    )
