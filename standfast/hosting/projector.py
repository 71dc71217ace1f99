"""Keeps the projections in the record store up to date with this process's worker."""

import logging
import threading
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol, Self

from standfast.incidents.record import IncidentView
from standfast.records.errors import RecordsUnavailable
from standfast.records.projections import Projection, projection_of

_log = logging.getLogger(__name__)

_COLLECT_FOR = 0.05
"""Seconds to collect updates before they are written as one batch."""

AFTER_A_FAILURE = 2.0
"""Seconds until the store is tried again."""

_MOST_AT_ONCE = 500

LAST_TRY_WITHIN = timedelta(seconds=10)
"""How long the shutdown waits for unwritten updates; readers replay what is missing."""


class _Update(NamedTuple):
    view: IncidentView
    run_id: str
    task: int
    at: datetime


class _Projections(Protocol):
    """The store of projections: `records.projections.Projections`."""

    def keep(self, batch: Iterable[Projection]) -> None:
        """Store them all; RecordsUnavailable when that must be tried again."""


class Projector:
    """Writes the latest view of each incident, in a thread of its own.

    A failed write is tried again until it succeeds or a later view replaces it: at most one view an
    incident is held in memory.
    """

    def __init__(self, projections: _Projections, after_a_failure: float = AFTER_A_FAILURE) -> None:
        self._after_a_failure = after_a_failure
        self._projections = projections
        self._latest: dict[str, _Update] = {}
        self._guard = threading.Lock()
        self._work = threading.Event()
        self._ending = threading.Event()
        self._away = False
        self._thread = threading.Thread(target=self._run, name="projector", daemon=True)

    def update(self, view: IncidentView, run_id: str, task: int, at: datetime) -> None:
        """Queue a view to be written; from any thread, without waiting."""
        with self._guard:
            self._latest[view.incident_id] = _Update(view, run_id, task, at)
        self._work.set()

    def __enter__(self) -> Self:
        """Start writing."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is left, with one try, and stop."""
        self._ending.set()
        self._work.set()
        self._thread.join(LAST_TRY_WITHIN.total_seconds())

    def _run(self) -> None:
        while not self._ending.is_set():
            self._work.wait()
            self._ending.wait(_COLLECT_FOR)
            self._work.clear()
            if not self._write():
                self._ending.wait(self._after_a_failure)
                self._work.set()
        self._write()

    def _write(self) -> bool:
        """Write the queue; False when the store is unavailable and it must be tried again."""
        with self._guard:
            batch, self._latest = self._latest, {}
        waiting = [*batch]
        while waiting:
            some, waiting = waiting[:_MOST_AT_ONCE], waiting[_MOST_AT_ONCE:]
            try:
                self._projections.keep(projection_of(*batch[each]) for each in some)
            except RecordsUnavailable as away:
                self._requeue({each: batch[each] for each in (*some, *waiting)})
                self._warn_once(away)
                return False
            except Exception:
                # Readers replay the histories of these until their next task.
                _log.exception("projections of %s were not written", ", ".join(some))
        self._away = False
        return True

    def _requeue(self, unwritten: dict[str, _Update]) -> None:
        with self._guard:
            self._latest = unwritten | self._latest

    def _warn_once(self, away: RecordsUnavailable) -> None:
        if not self._away:
            _log.warning("incidents are read more slowly until the record store is back: %s", away)
        self._away = True
