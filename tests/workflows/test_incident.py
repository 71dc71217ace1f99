"""How the workflow is put together, and what importing it loads."""

import ast
import inspect
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from workflows.incident import IncidentWorkflow

Node = TypeVar("Node", bound=ast.AST)

DRIVERS_AND_CLIENTS = {
    *("alembic", "psycopg", "sqlalchemy", "sqlite3"),
    *("apprise", "fastapi", "httpx", "requests"),
    *("holidays", "icalendar", "recurring_ical_events", "yaml"),
}

SOURCES = sorted(Path(inspect.getfile(IncidentWorkflow)).parent.glob("*.py"))


def test_it_inherits_from_nothing_of_ours() -> None:
    assert IncidentWorkflow.__mro__ == (IncidentWorkflow, object)


def test_run_stays_as_short_as_the_flowchart() -> None:
    assert len(inspect.getsource(IncidentWorkflow.run).splitlines()) <= 20


def test_no_part_is_given_the_whole() -> None:
    calls = _nodes(ast.Call, [Path(inspect.getfile(IncidentWorkflow))])
    given = [argument for call in calls for argument in (*call.args, *_values(call))]
    assert not [ast.unparse(each) for each in given if _is_self(each)]


def test_no_part_reads_private_state_of_another() -> None:
    read = [
        ast.unparse(node)
        for node in _nodes(ast.Attribute, SOURCES)
        if node.attr.startswith("_") and not node.attr.startswith("__") and not _is_self(node.value)
    ]
    assert read == []


def test_importing_the_workflow_loads_no_driver_and_no_client() -> None:
    program = "import sys, workflows.incident; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    ).stdout.split()

    assert "activities.notification" in loaded
    assert DRIVERS_AND_CLIENTS.isdisjoint(loaded)


def _nodes(kind: type[Node], files: Iterable[Path]) -> list[Node]:
    trees = (ast.parse(file.read_text()) for file in files)
    return [node for tree in trees for node in ast.walk(tree) if isinstance(node, kind)]


def _values(call: ast.Call) -> list[ast.expr]:
    return [keyword.value for keyword in call.keywords]


def _is_self(node: ast.expr) -> bool:
    return isinstance(node, ast.Name) and node.id == "self"
