"""Keeps the record store's projections up to date with what this process's worker decides."""

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
"""Seconds from a decision until it is written, with all that were made meanwhile."""

AFTER_A_FAILURE = 2.0
"""Seconds until the store is tried again."""

_MOST_AT_ONCE = 500

LAST_TRY_WITHIN = timedelta(seconds=10)
"""How long the end may wait for what is not yet written; readers replay what is missing."""


class _Stood(NamedTuple):
    view: IncidentView
    run_id: str
    task: int
    at: datetime


class _Projections(Protocol):
    """Where projections are kept: `records.projections.Projections`."""

    def keep(self, batch: Iterable[Projection]) -> None:
        """Keep them all; RecordsUnavailable when that has to be tried again."""


class Projector:
    """Writes how incidents stand, the latest of each, from a thread of its own.

    What the store does not take is tried again until it does, or until something later is there to
    be written: never more than one view an incident is held.
    """

    def __init__(self, projections: _Projections, after_a_failure: float = AFTER_A_FAILURE) -> None:
        self._after_a_failure = after_a_failure
        self._projections = projections
        self._latest: dict[str, _Stood] = {}
        self._guard = threading.Lock()
        self._work = threading.Event()
        self._ending = threading.Event()
        self._away = False
        self._thread = threading.Thread(target=self._write_on, name="projector", daemon=True)

    def take(self, view: IncidentView, run_id: str, task: int, at: datetime) -> None:
        """Have it written soon; from any thread, and at once back."""
        with self._guard:
            self._latest[view.incident_id] = _Stood(view, run_id, task, at)
        self._work.set()

    def __enter__(self) -> Self:
        """Begin to write."""
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Write what is left, if the store takes it now, and end."""
        self._ending.set()
        self._work.set()
        self._thread.join(LAST_TRY_WITHIN.total_seconds())

    def _write_on(self) -> None:
        while not self._ending.is_set():
            self._work.wait()
            self._ending.wait(_COLLECT_FOR)
            self._work.clear()
            if not self._write():
                self._ending.wait(self._after_a_failure)
                self._work.set()
        self._write()

    def _write(self) -> bool:
        """Write what was taken; False where the store is away and it has to be tried again."""
        with self._guard:
            taken, self._latest = self._latest, {}
        waiting = [*taken]
        while waiting:
            some, waiting = waiting[:_MOST_AT_ONCE], waiting[_MOST_AT_ONCE:]
            try:
                self._projections.keep(projection_of(*taken[each]) for each in some)
            except RecordsUnavailable as away:
                self._put_back({each: taken[each] for each in (*some, *waiting)})
                self._say_once(away)
                return False
            except Exception:
                # Whoever reads these replays their histories, until they are decided on again.
                _log.exception("projections of %s were not written", ", ".join(some))
        self._away = False
        return True

    def _put_back(self, unwritten: dict[str, _Stood]) -> None:
        with self._guard:
            self._latest = unwritten | self._latest

    def _say_once(self, away: RecordsUnavailable) -> None:
        if not self._away:
            _log.warning("incidents are read more slowly until the record store is back: %s", away)
        self._away = True
