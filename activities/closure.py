"""The close box: what an incident was, and what resolved it, goes into the record store."""

from typing import TYPE_CHECKING

from temporalio import activity

from activities.failures import tried_again_after
from activities.requests import TimelineArchive
from standfast.incidents.record import IncidentView
from standfast.records.errors import RecordsUnavailable

if TYPE_CHECKING:
    from standfast.records.store import RecordStore


class ClosureActivities:
    """Writes to the record store; doing it again changes nothing."""

    def __init__(self, records: "RecordStore") -> None:
        self._records = records

    @activity.defn
    def record(self, incident: IncidentView) -> None:
        """Keep an episode on record, where past incidents are sought."""
        with tried_again_after(RecordsUnavailable):
            self._records.incidents.save(incident)

    @activity.defn
    def archive_timeline(self, archive: TimelineArchive) -> None:
        """Keep the older part of a timeline on record."""
        with tried_again_after(RecordsUnavailable):
            self._records.timelines.archive(archive.incident_id, archive.episode, archive.entries)
