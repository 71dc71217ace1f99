"""What `oncall` and `override` use: policy, records and calendars, without Temporal."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple

from standfast.commands.local.settings import local_settings
from standfast.decisions.overriding import CannotOverride
from standfast.hosting.records import open_records
from standfast.incidents.schedule import DatedShifts
from standfast.intake.errors import Refused
from standfast.on_call.calendars import Calendars
from standfast.on_call.schedules import OnCallSchedules
from standfast.policy import Policy
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from standfast.terminal.lines import print_note


class Schedules(NamedTuple):
    """The policy's schedules, with overrides and calendars."""

    policy: Policy
    records: RecordStore
    schedules: OnCallSchedules


@contextmanager
def schedules() -> Iterator[Schedules]:
    """Open them. An override that is not valid is refused with the reason."""
    settings = local_settings()
    source = PolicySource(settings.policy)
    records = open_records(settings)
    try:
        calendars = Calendars(source, settings.data_dir / "calendars")
        yield Schedules(source.current(), records, OnCallSchedules(records, calendars))
    except CannotOverride as why:
        raise Refused(str(why)) from None
    finally:
        records.close()


def tell_problems(dated: DatedShifts) -> None:
    """Print what could not be read."""
    for problem in dated.problems:
        print_note(problem)
