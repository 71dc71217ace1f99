"""Schedules to decide by: a tier with layers, a calendar, and what changes them."""

from datetime import UTC, datetime, timedelta
from typing import Any

from standfast.incidents.schedule import Override, Shift
from standfast.policy.schedules import Tier

TEAM = "network"
ALL_DAYS = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKEND = ALL_DAYS[5:]
DAY = timedelta(days=1)


def at(text: str) -> datetime:
    """A moment in ISO 8601; in UTC where it names no zone."""
    moment = datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


def tier(**fields: Any) -> Tier:
    """A tier L1; `people` alone are a rotation."""
    people = fields.pop("people", None)
    given = {"rotation": {"people": people}} if people else {}
    return Tier.model_validate({"name": "L1", **given, **fields})


def layer(
    *people: str, name: str = "", hours: Any = None, zone: str = "Europe/Berlin", **rotation: Any
) -> dict[str, Any]:
    """A layer as the policy has it; `hours` as `08:00-20:00`, on all days, or written out."""
    found: dict[str, Any] = {"rotation": {"people": list(people), "time_zone": zone, **rotation}}
    if name:
        found["name"] = name
    if isinstance(hours, str):
        opens, closes = hours.split("-")
        hours = {"opens": opens, "closes": closes, "days": ALL_DAYS}
    if hours:
        found["hours"] = hours
    return found


def override(number: int, person: str, starts: str, ends: str, **fields: Any) -> Override:
    """An override as it is on record, by dev."""
    return Override(
        id=f"OVR-AAAAA{'ABCDEFGH'[number]}",
        number=number,
        team=fields.pop("team", TEAM),
        tier=fields.pop("tier", "L1"),
        person=person,
        starts=at(starts),
        ends=at(ends),
        by="dev",
        created_at=at("2026-01-01"),
        **fields,
    )


def shift(starts: str, ends: str, *people: str, **fields: Any) -> Shift:
    """A shift by the tier's calendar."""
    return Shift(
        team=fields.pop("team", TEAM),
        tier=fields.pop("tier", "L1"),
        people=people,
        starts=at(starts),
        ends=at(ends),
        **fields,
    )
