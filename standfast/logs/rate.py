"""The error rate: errors a minute since the fix, against before and during the incident."""

from datetime import timedelta

from standfast.incidents.observation import Observation, degraded, failed, inconclusive, passed
from standfast.logs.windows import Window, Windows, is_clearly_higher
from standfast.messages.message import words_of

LEAST_BASELINE = timedelta(minutes=30)
LEAST_SINCE = timedelta(minutes=2)


def too_little(windows: Windows) -> str | None:
    """Why the log's times are too short to be compared; None when they are long enough."""
    if windows.before.length < LEAST_BASELINE:
        known = words_of(windows.before.length)
        return f"only {known} of it are known from before the incident"
    if windows.since.length < LEAST_SINCE:
        return f"the fix is only {words_of(windows.since.length)} old"
    return None


def judge_rate(windows: Windows) -> Observation:
    """What the error rate says.

    | since the fix, errors come        | during the incident they came   | it says            |
    | ---                               | ---                             | ---                |
    | clearly more often than before it | clearly more often than since   | partially_resolved |
    | clearly more often than before it | as they do since, or less often | unresolved         |
    | as before the incident            | clearly more often than before, | resolved           |
    |                                   | and than since                  |                    |
    | as before the incident            | as before it, or not for long   | nothing            |

    "Clearly" is what `activities.logs.windows.is_clearly_higher` says. A rate that the incident
    did not raise, or has had too little time to show itself again, is inconclusive.
    """
    if why := too_little(windows):
        return inconclusive(why)
    before, during, since = windows.before, windows.during, windows.since
    rates = f"{_rate(since)} since the fix, {_rate(before)} in the {words_of(before.length)} before"
    fell = is_clearly_higher(during, since)
    if is_clearly_higher(since, before):
        if fell:
            return degraded(f"{rates}, {_rate(during)} during the incident")
        return failed(rates)
    if not is_clearly_higher(during, before):
        return inconclusive(f"{rates}, and no more during the incident")
    if not fell:
        return inconclusive(f"{rates}; too little time to tell it from the incident's")
    return passed(f"{rates}, {_rate(during)} during the incident")


def _rate(window: Window) -> str:
    count = len(window.errors)
    if not count:
        return "no error"
    if window.per_minute < 0.1:
        return f"{count} error{'s' if count > 1 else ''}"
    return f"{window.per_minute:.1f} errors a minute"
