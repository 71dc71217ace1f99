"""What `oncall` and `override` work with: policy, records and calendars, and no Temporal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from activities.calendars import Calendars
from activities.policy_source import PolicySource
from activities.rosters import Rosters
from commands.output import note
from hosting.records import open_records
from hosting.settings import load_settings
from incidents.decisions.overriding import CannotOverride
from incidents.policy import Policy
from incidents.schedule import Roster
from intake.errors import Refused
from records.store import RecordStore


class Schedules(NamedTuple):
    """The policy's schedules, and what changes them."""

    policy: Policy
    records: RecordStore
    rosters: Rosters


@contextmanager
def schedules() -> Iterator[Schedules]:
    """Open them. An override that makes no sense is refused with the reason."""
    settings = load_settings()
    source = PolicySource(settings.policy)
    records = open_records(settings)
    try:
        calendars = Calendars(source, settings.data_dir / "calendars")
        yield Schedules(source.current(), records, Rosters(records, calendars))
    except CannotOverride as why:
        raise Refused(str(why)) from None
    finally:
        records.close()


def tell_problems(roster: Roster) -> None:
    """What could not be read, for whoever reads the answer."""
    for problem in roster.problems:
        note(problem)
