"""Leases: something is one process's until a moment, or until that process lets go of it.

Clocks jump. A lease that ends later than one of now would was given by a clock that was ahead, by
a process that has not renewed it since: nobody waits for that moment.
"""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, or_


def is_held(until: datetime | None, now: datetime, lease: timedelta) -> bool:
    """Whether a lease of that length that ends then goes on."""
    return until is not None and now < until <= now + lease


def is_free(
    until: ColumnElement[Any] | Any, now: datetime, lease: timedelta
) -> ColumnElement[bool]:
    """The same for a column, the other way round."""
    return or_(until.is_(None), until <= now, until > now + lease)
