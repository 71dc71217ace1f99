"""Reads times as people type them: with a time zone, or by the clock of this machine."""

from datetime import UTC, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from pydantic import TypeAdapter, ValidationError

from standfast.commands.failures import UsageError
from standfast.messages.message import Instant, short

_INSTANT: TypeAdapter[datetime] = TypeAdapter(Instant)


class Typed(NamedTuple):
    """A moment, and a remark on how it was read; empty where the text has its zone."""

    moment: datetime
    remark: str = ""


def read_moment(option: str, text: str, zone: str = "") -> Typed:
    """The moment that `text` means, in ISO 8601.

    zone: of a time that names none; without one it is read by this machine's clock.

    Raises:
        UsageError: it is no time, or one that this clock shows twice or never.
    """
    clock = f"the clock in {zone}" if zone else "this machine's clock"
    try:
        written = datetime.fromisoformat(text.strip())
        moment = written
        if written.tzinfo is None:
            moment = _by_clock(option, written, ZoneInfo(zone) if zone else None, clock)
        _INSTANT.validate_python(moment)
    except ValidationError:
        raise UsageError(f"{option} {text}: must be a moment from 1970 on") from None
    except (ValueError, OverflowError):
        raise UsageError(
            f"{option} {text}: is not a time like 2026-11-24T22:00+01:00, or 2026-11-24T22:00 "
            f"by {clock}"
        ) from None
    if written.tzinfo is not None:
        return Typed(moment)
    return Typed(moment, f"{option} names no zone: read by {clock}, {short(moment)}")


def _by_clock(option: str, written: datetime, zone: ZoneInfo | None, clock: str) -> datetime:
    # Around a change of the clock the two folds differ, whether the time is shown twice or never.
    first, second = (_read_in(written.replace(fold=fold), zone) for fold in (0, 1))
    if first.utcoffset() == second.utcoffset():
        return first
    shows = "shows that twice" if first.replace(tzinfo=None) == written else "never shows that"
    raise UsageError(
        f"{option} {written:%Y-%m-%dT%H:%M}: {clock} {shows}; write the zone, like "
        f"{first.isoformat(timespec='minutes')}"
    )


def _read_in(written: datetime, zone: ZoneInfo | None) -> datetime:
    # Through UTC, so that a time which the clock never shows becomes one that it does.
    return written.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
