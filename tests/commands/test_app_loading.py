"""What a command loads before it has done anything: what it does not need costs a moment each."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import starter
from tests.patience import PATIENCE

SOME = "INC-7F3K2QXWM4"

NOT_FOR_LOOKING = {
    *("alembic", "psycopg", "sqlalchemy", "sqlite3"),
    *("apprise", "fastapi", "httpx", "requests", "uvicorn"),
    *("holidays", "icalendar", "recurring_ical_events", "yaml"),
    *("standfast.decisions", "standfast.policy", "standfast.policy_file.loading"),
    *("standfast.hosting.watchdog", "standfast.records.store", "workflows.incident"),
    *("rich.progress", "typer.rich_utils"),
}
"""What a command must not load until it has reached the server."""

NOT_FOR_HELP = NOT_FOR_LOOKING - {"typer.rich_utils"} | {
    *("asyncio", "pydantic", "pydantic_settings", "temporalio"),
    *("standfast.commands.show", "standfast.commands.report", "standfast.commands.actions"),
    *("standfast.incidents", "standfast.lookup", "standfast.hosting.settings"),
}
"""What is not needed to list the commands."""


def loaded(tmp_path: Path, *words: str, **settings: str) -> set[str]:
    """The modules that this program loads where no server answers: nothing listens there."""
    told = subprocess.run(
        [sys.executable, "-X", "importtime", *words],
        cwd=Path(starter.__file__).parent,
        env={
            "PATH": os.environ["PATH"],
            "TEMPORAL_ADDRESS": "127.0.0.1:9",
            "STANDFAST_DATA_DIR": str(tmp_path / "data"),
            **settings,
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=PATIENCE,
    ).stderr.splitlines()
    return {line.rpartition("|")[2].strip() for line in told if line.startswith("import time:")}


@pytest.mark.parametrize("words", [["--help"], []])
def test_listing_the_commands_loads_none_of_them(words: list[str], tmp_path: Path) -> None:
    modules = loaded(tmp_path, "starter.py", *words)

    assert "standfast.commands.catalogue" in modules
    assert modules & NOT_FOR_HELP == set()


@pytest.mark.parametrize(
    ("words", "needs"),
    [
        (["show", SOME], "standfast.lookup.lookup"),
        (["list"], "standfast.lookup.incident_lists"),
        (["explain", SOME], "standfast.lookup.lookup"),
        (["report", "--title", "x"], "standfast.intake.reporting"),
        (["acknowledge", SOME, "--by", "ana"], "standfast.intake.actions"),
    ],
)
def test_a_command_loads_only_what_it_needs_to_reach_the_server(
    words: list[str], needs: str, tmp_path: Path
) -> None:
    modules = loaded(tmp_path, "starter.py", *words)

    assert {needs, "temporalio.client"} <= modules
    assert modules & NOT_FOR_LOOKING == set()


def test_through_the_api_a_command_loads_no_sdk_of_temporal(tmp_path: Path) -> None:
    through = {"STANDFAST_URL": "http://127.0.0.1:9", "STANDFAST_TOKEN": "sft_some"}
    modules = loaded(tmp_path, "starter.py", "report", "--title", "x", **through)

    assert "standfast.commands.remote.incidents" in modules
    # httpx has a command of its own, which loads Rich.
    other = NOT_FOR_LOOKING - {"httpx", "rich.progress"} | {"temporalio.client"}
    assert modules & other == set()


def test_the_record_store_loads_no_policy_and_no_driver(tmp_path: Path) -> None:
    modules = loaded(tmp_path, "-c", "import standfast.records.store")

    assert "sqlalchemy" in modules
    assert modules & {"alembic", "psycopg", "standfast.policy", "temporalio"} == set()


@pytest.mark.parametrize("program", [["worker.py"], ["-m", "standfast.web"]])
def test_the_help_of_the_other_programs_loads_nothing_of_them(
    program: list[str], tmp_path: Path
) -> None:
    modules = loaded(tmp_path, *program, "--help")

    assert "argparse" in modules
    assert modules & (NOT_FOR_HELP | {"typer"}) == set()
