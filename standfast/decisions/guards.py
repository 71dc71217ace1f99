"""Guards: may automation act on this target now? Asked with all that it has done lately."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from standfast.incidents.resolution import RemediationOutcome
from standfast.messages.message import Instant, Message, short, words_of

if TYPE_CHECKING:
    from standfast.policy.guards import Guards

HOUR = timedelta(hours=1)


class PastRun(Message):
    """A run that was admitted; it has not ended while `ended_at` is None."""

    key: str
    incident_id: str
    runbook: str
    target: str
    started_at: Instant
    ended_at: Instant | None = None
    outcome: RemediationOutcome | None = None


def held_back(
    guards: "Guards", *, runbook: str, target: str, past: Sequence[PastRun], now: datetime
) -> str | None:
    """Why no run of `runbook` may start on `target` at `now`; None when it may.

    past: the runs that have not ended, those of the last hour, and of this target those within
        the guards' `remember`; in any order, others do no harm.
    """
    return next(_objections(guards, runbook, target, past, now), None)


def _objections(
    guards: "Guards", runbook: str, target: str, past: Sequence[PastRun], now: datetime
) -> Iterator[str]:
    here = [run for run in past if run.target == target]
    for run in here:
        if run.ended_at is None:
            yield (
                f"one remediation at a time per target: {run.runbook} has been at work on {target} "
                f"for {run.incident_id} since {short(run.started_at)}"
            )
    running = sum(run.ended_at is None for run in past)
    if running >= guards.max_concurrent:
        yield f"{running} remediations run already, and at most {guards.max_concurrent} may"
    if why := _did_not_last(guards, runbook, here, now):
        yield why
    ended = max((run.ended_at for run in here if run.ended_at), default=None)
    if guards.cooldown and ended and now - ended < guards.cooldown:
        yield (
            f"cooldown: a remediation of {target} ended {words_of(max(now - ended, timedelta()))} "
            f"ago, and {words_of(guards.cooldown)} must lie between two"
        )
    lately = [run for run in here if now - run.started_at < HOUR]
    if len(lately) >= guards.per_target_and_hour:
        yield (
            f"{target} has had {len(lately)} remediations within an hour, and "
            f"{guards.per_target_and_hour} are the most: {_chain(lately)}"
        )
    everywhere = sum(now - run.started_at < HOUR for run in past)
    if everywhere >= guards.per_hour:
        yield f"{everywhere} remediations within an hour, and {guards.per_hour} are the most"


def _did_not_last(
    guards: "Guards", runbook: str, here: Sequence[PastRun], now: datetime
) -> str | None:
    """The chain of successes that were each wanted again too soon, the last of them now."""
    same = sorted(
        (run for run in here if run.runbook == runbook),
        key=lambda run: run.started_at,
        reverse=True,
    )
    chain: list[PastRun] = []
    wanted_again = now
    for run in same:
        helped = run.outcome is RemediationOutcome.SUCCEEDED
        if (
            not helped
            or run.ended_at is None
            or wanted_again - run.ended_at > guards.flapping_window
        ):
            break
        chain.append(run)
        wanted_again = run.started_at
    if len(chain) < guards.flapping_limit:
        return None
    return (
        f"{runbook} has helped {len(chain)} times in a row without lasting "
        f"{words_of(guards.flapping_window)}, so automation stops: {_chain(chain)}"
    )


def _chain(runs: Sequence[PastRun]) -> str:
    oldest_first = sorted(runs, key=lambda run: run.started_at)[-10:]
    return ", ".join(f"{run.incident_id} at {short(run.started_at)}" for run in oldest_first)
