"""Stale alerts: a monitor repeats that an alert fires which it has said before to be over.

Two Alertmanagers of one cluster tell of the same alert. One that has not heard of the recovery yet
says “firing” after the other has said “resolved”, with the start that the alert had before. An
alert that fires anew has a later start.
"""

from datetime import datetime, timedelta

from standfast.incidents.alert import AlertRecovery
from standfast.messages.message import short, words_of

STALE_WITHIN = timedelta(minutes=15)
"""So long after the recovery an old start is taken for a late repeat, and so long one that was set
aside may go on without another word of recovery. Alertmanagers agree within some minutes.
"""


def stale_because(
    starts_at: datetime, recovery: AlertRecovery, now: datetime, within: timedelta = STALE_WITHIN
) -> str:
    """Why an alert that fires with this start is stale; empty when it is not.

    Only its own recovery counts, by the word of its monitor: what people have resolved while the
    monitor went on is not over for the monitor. And it counts for a while: the word may be wrong.
    """
    if starts_at > recovery.began or now >= recovery.first_at + within:
        return ""
    return (
        f"stale: it began at {short(starts_at)}, and its source said at {short(recovery.first_at)} "
        f"that it is over; it counts unless that is said again within {words_of(within)}"
    )
