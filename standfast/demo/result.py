"""The result of the demo, from the incidents' own records: paths, coverage, problems."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from standfast.demo.power import PowerCut
from standfast.demo.scene import Scene
from standfast.demo.stage import Stage
from standfast.incidents.assessment import Priority
from standfast.incidents.flowchart import EDGES, Box, edges_walked
from standfast.incidents.notification import Purpose
from standfast.incidents.record import IncidentView, Outcome
from standfast.messages.message import Message


class Walk(Message):
    """One incident from its record. `problems` are the differences from what its story expects."""

    story: str
    incident_id: str
    title: str = ""
    path: tuple[Box, ...] = ()
    priority: Priority | None = None
    team: str | None = None
    tier: int | None = None
    outcome: Outcome | None = None
    occurrences: int = 0
    seconds: float = 0
    problems: tuple[str, ...] = ()


class EdgeWalked(Message):
    """One edge of the flowchart, and the incidents that walked it."""

    edge: str
    when: str
    incidents: tuple[str, ...]


class Coverage(Message):
    """How many of the flowchart's edges were walked."""

    walked: int
    of: int
    percent: float


class Survived(Message):
    """The power cut: the killed processes, how long they were down, and what was lost."""

    worker_pid: int
    server_pid: int
    seconds: float
    open_incidents: int
    lost: tuple[str, ...]


class Mail(Message):
    """The messages to people, from the outbox; one of them as a sample."""

    count: int
    recipients: int
    sample: dict[str, str] | None = None


class Result(Message):
    """The result, as `--json` prints it. The demo has succeeded when there is no problem."""

    incidents: tuple[Walk, ...]
    edges: tuple[EdgeWalked, ...]
    coverage: Coverage
    power_cut: Survived | None
    messages: Mail
    problems: tuple[str, ...]
    seconds: float


def collect(
    stage: Stage,
    scenes: Sequence[Scene],
    problems: Mapping[Scene, str],
    cut: PowerCut | None,
    seconds: float,
) -> Result:
    """Read the record of every scene's incident, and check it."""
    walks = []
    for scene in scenes:
        record = stage.records.incidents.get(scene.incident_id) if scene.incident_id else None
        walks.append(_walk(scene, record, problems.get(scene, "")))
    edges = tuple(
        EdgeWalked(
            edge=str(edge),
            when=edge.when,
            incidents=tuple(
                walk.incident_id for walk in walks if edge in edges_walked(list(walk.path))
            ),
        )
        for edge in EDGES
    )
    walked = sum(bool(edge.incidents) for edge in edges)
    return Result(
        incidents=tuple(walks),
        edges=edges,
        coverage=Coverage(
            walked=walked, of=len(edges), percent=round(100 * walked / len(edges), 1)
        ),
        power_cut=_survived(cut),
        messages=_mail(stage.settings.outbox),
        problems=tuple(_problems(walks, edges, cut)),
        seconds=round(seconds, 1),
    )


def _walk(scene: Scene, record: IncidentView | None, problem: str) -> Walk:
    story = scene.story
    found = [problem] if problem else []
    if record is None or record.closed_at is None:
        found.append("no closed incident is on record")
        return Walk(story=story.title, incident_id=scene.incident_id, problems=tuple(found))
    if record.outcome is not story.ends:
        found.append(f"it ended {record.outcome}, not {story.ends}")
    walked = {str(edge) for edge in edges_walked(list(record.path))}
    found += [f"it did not walk {edge}" for edge in story.walks if edge not in walked]
    return Walk(
        story=story.title,
        incident_id=record.incident_id,
        title=record.title,
        path=record.path,
        priority=record.priority,
        team=record.team,
        tier=record.tier,
        outcome=record.outcome,
        occurrences=record.occurrences,
        seconds=round((record.closed_at - record.opened_at).total_seconds(), 1),
        problems=tuple(found),
    )


def _survived(cut: PowerCut | None) -> Survived | None:
    if cut is None:
        return None
    return Survived(
        worker_pid=cut.killed.worker_pid,
        server_pid=cut.killed.server_pid,
        seconds=round(cut.seconds, 1),
        open_incidents=len(cut.open),
        lost=tuple(cut.lost),
    )


def _mail(outbox: Path) -> Mail:
    lines = outbox.read_text().splitlines() if outbox.exists() else []
    messages: list[dict[str, Any]] = [json.loads(line) for line in lines]
    pages = [message for message in messages if message["purpose"] == Purpose.PAGE]
    return Mail(
        count=len(messages),
        recipients=len({message["recipient"] for message in messages}),
        sample=min(pages, key=lambda page: len(page["body"]), default=None),
    )


def _problems(
    walks: Sequence[Walk], edges: Sequence[EdgeWalked], cut: PowerCut | None
) -> list[str]:
    found = [
        f"{walk.incident_id or 'nothing was reported'} ({walk.story}): {problem}"
        for walk in walks
        for problem in walk.problems
    ]
    found += [f"no incident walked {edge.edge}" for edge in edges if not edge.incidents]
    if cut is None:
        found.append("the power was not cut")
    else:
        found += [f"lost in the power cut: {what}" for what in cut.lost]
    return found
