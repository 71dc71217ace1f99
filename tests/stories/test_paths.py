"""Every path ends as told, and between them they walk every edge of the flowchart."""

from itertools import pairwise
from pathlib import Path

import pytest

from standfast.decisions.follow_up import WindowResult
from standfast.incidents.flowchart import EDGES, QUESTIONS, Box, Edge, edge_between, edges_walked
from standfast.incidents.record import Outcome
from standfast.incidents.resolution import Verdict
from tests.stories.by_history import its_numbers_are_those_of_its_history
from tests.stories.desk import Desk
from tests.stories.paths import PATHS

pytestmark = pytest.mark.sandboxed

ENDS = {
    "automatic": Outcome.AUTOMATED,
    "approved": Outcome.AUTOMATED,
    "withdrawn": Outcome.WITHDRAWN,
}

SAID: dict[str, bool] = {
    "yes": True,
    "no": False,
    Verdict.RESOLVED: True,
    Verdict.PARTIALLY_RESOLVED: True,
    Verdict.UNRESOLVED: False,
    WindowResult.CLEAR: False,
    WindowResult.RECURRED: True,
    WindowResult.PARTIAL: True,
}
"""What a question's recorded answer says to it: yes or no."""

walked: dict[str, tuple[Box, ...]] = {}
"""What the stories below have walked, for the test that follows them."""


@pytest.mark.parametrize("name", PATHS)
async def test_path(desk: Desk, name: str) -> None:
    ticket = await PATHS[name](desk)
    closed = await ticket.closes()
    assert closed.outcome is ENDS.get(name, Outcome.RESOLVED)
    record = desk.records.incidents.get(ticket.id)
    assert record is not None
    assert record.status == "closed"
    assert record.path == closed.path
    assert record.waiting_for == ()
    assert [entry.number for entry in record.timeline] == list(range(1, len(record.timeline) + 1))
    left_by = {edge.start: edge for edge in edges_walked(list(record.path))}
    decided = {one.box: one.answer for one in record.decisions}
    for box in QUESTIONS & left_by.keys():
        assert left_by[box].answer is SAID[decided[box]], f"{box} said {decided[box]}"
    walked[name] = closed.path
    await its_numbers_are_those_of_its_history(desk, ticket)


def test_stories_walk_the_flowchart_and_nothing_else() -> None:
    """The code's own flowchart against the workflow's real paths, both ways."""
    if set(walked) != set(PATHS):
        pytest.skip("needs all the stories of this file; run it whole")
    edges: set[Edge] = set()
    for name, path in walked.items():
        jumps = [ends for ends in pairwise(path) if not edge_between(*ends)]
        if name == "withdrawn":
            assert jumps == [(Box.RESOLVE, Box.CLOSE)]
        else:
            assert jumps == [], f"{name} walked where the flowchart has no edge"
        edges.update(edges_walked(list(path)))
    assert edges == set(EDGES)


def test_flowchart_is_the_process_of_the_design() -> None:
    """Every question has a yes and a no; every other box one way on; close none."""
    for box in Box:
        answers = sorted(str(edge.answer) for edge in EDGES if edge.start is box)
        if box is Box.CLOSE:
            assert answers == []
        elif box in QUESTIONS or box is Box.RESOLVE:
            assert answers == ["False", "True"], box
        else:
            assert answers == ["None"], box


def test_what_a_picture_writes_at_an_arrow_begins_with_its_answer() -> None:
    words = {True: "yes", False: "no"}
    for edge in EDGES:
        if edge.answer is None:
            assert edge.label == ()
        else:
            assert edge.label[0].startswith(words[edge.answer]), edge


def test_run_reads_as_the_flowchart() -> None:
    """Each box is called by its own name in `IncidentWorkflow.run`, in the flowchart's order."""
    source = Path("workflows/incident.py").read_text()
    run = source[source.index("async def run") : source.index("@box")]
    positions = [run.find(f"self.{box}()") for box in Box if box is not Box.REPORT]
    assert -1 not in positions
