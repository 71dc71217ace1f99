"""A hold: what it pauses, the reminders meanwhile, and what resumes when it ends.

It also ends when the incident is assigned anew (`paging.py`) or leaves resolve (`escalation.py`).
"""

from datetime import timedelta

from temporalio import workflow

from workflows.clocks import IncidentClocks
from workflows.episode import Episode
from workflows.notifications import Notifications

with workflow.unsafe.imports_passed_through():
    from standfast.incidents.actions import Hold
    from standfast.messages.message import words_of
    from workflows.clock import ClockName
    from workflows.state import Hold as HoldState


class IncidentHold:
    """Puts the incident on hold, reminds of it, and resumes it."""

    def __init__(
        self, episode: Episode, clocks: IncidentClocks, notifications: Notifications
    ) -> None:
        self._episode = episode
        self._state = episode.state
        self._clocks = clocks
        self._notifications = notifications

    def start(self, action: Hold) -> None:
        """Pause the clocks that the hold pauses, and stop paging."""
        now = self._episode.now
        self._state.hold = HoldState(reason=action.reason, by=action.by, since=now)
        self._clocks.pause_all()
        self._notifications.stop_paging()
        every = self._episode.assignment.clocks.remind_hold_every
        self._clocks.start(ClockName.REMIND_HOLD, every, "remind that it is on hold")

    def remind(self) -> None:
        """The clock of the reminder ran out: remind the owner that it is still on hold."""
        if hold := self._state.hold:
            held = words_of(self._episode.now - hold.since)
            every = self._episode.assignment.clocks.remind_hold_every
            self._clocks.restart(ClockName.REMIND_HOLD, every, "remind that it is on hold")
            self._episode.note("still_on_hold", detail=f"for {hold.reason}, {held}")
            self._notifications.remind(f"On hold ({hold.reason}) for {held}.")

    def end(self) -> timedelta:
        """Resume the clocks where they were paused; how long the hold took."""
        hold, self._state.hold = self._state.hold, None
        if hold is None:
            return timedelta()
        self._clocks.stop(ClockName.REMIND_HOLD)
        self._clocks.resume_all()
        return self._episode.now - hold.since
