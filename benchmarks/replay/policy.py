"""The policy of a replay: the template beside this file, with the log's own people and teams."""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from benchmarks.replay.log import LoggedIncident

TEMPLATE = Path(__file__).with_name("policy.yaml")
_EACH = "each"
_KEY = re.compile(r"[a-z0-9][a-z0-9_-]*")
NOBODYS = "unassigned"
"""The team of what the log has in no group."""

PATIENCE = "3600d"
"""How long a reporter may take to answer where no auto-close was at work."""


class Policies(NamedTuple):
    """Two files that differ in one line: whether an incident closes five days after it was
    resolved, or when its reporter says so.
    """

    five_days: Path
    patient: Path


def team_of(group: str) -> str:
    """The policy's name of a group of the log, and of the service that stands for it."""
    return _key(group) if group else NOBODYS


def person_of(name: str) -> str:
    """The policy's name of somebody in the log."""
    return _key(name)


def desk_of(team: str) -> str:
    """Whoever it was in the team, where the log names nobody."""
    return f"{team}-desk"


def write_policies(
    place: Path, incidents: Iterable[LoggedIncident], template: Path = TEMPLATE
) -> Policies:
    """Both policies, as files in `place`."""
    policies = Policies(place / "five-days.yaml", place / "patient.yaml")
    filled = _filled_in(yaml.safe_load(template.read_text()), _members(incidents))
    patient = {"extends": policies.five_days.name, "verification": {"confirm_within": PATIENCE}}
    for path, policy in ((policies.five_days, filled), (policies.patient, patient)):
        path.write_text(yaml.safe_dump(policy, sort_keys=False))
    return policies


def _members(incidents: Iterable[LoggedIncident]) -> dict[str, dict[str, str]]:
    """Every team's people with their names, as the log assigns incidents."""
    teams: dict[str, dict[str, str]] = {NOBODYS: {}}
    for incident in incidents:
        for event in incident.events:
            members = teams.setdefault(team_of(event.group), {})
            if event.assigned_to:
                members[person_of(event.assigned_to)] = event.assigned_to
    return teams


def _filled_in(policy: dict[str, Any], members: dict[str, dict[str, str]]) -> dict[str, Any]:
    person, team, service = (policy[part].pop(_EACH) for part in ("people", "teams", "services"))
    for name, people in members.items():
        desk = desk_of(name)
        policy["services"][name] = {"title": name, "team": name, **service}
        policy["people"][desk] = {"name": desk, **person}
        policy["people"] |= {key: {"name": title, **person} for key, title in people.items()}
        first, second = (dict(tier) for tier in team["tiers"])
        first["rotation"] = {"people": [desk, *people]}
        # Whoever has it after a reopening: one, for at its top a whole tier is paged at once.
        second["rotation"] = {"people": [desk]}
        policy["teams"][name] = {**team, "title": name, "tiers": [first, second]}
    return policy


def _key(name: str) -> str:
    key = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:100]
    return key if _KEY.fullmatch(key) else f"x{name.encode().hex()[:100]}"
