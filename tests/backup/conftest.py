"""An instance as it lies in its data directory, and the commands on it."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from standfast.commands.app import run as run_command
from standfast.records.store import RecordStore
from standfast.records.tokens import NewToken
from tests.commands.ended import Ended

Run = Callable[..., Ended]

TOKEN = "rita"


@pytest.fixture
def instance(stopped: Path, tmp_path: Path) -> Path:
    """A data directory with all that one may hold; beside it the policy, two files."""
    shutil.copytree(stopped, tmp_path, dirs_exist_ok=True)
    return tmp_path / "data"


@pytest.fixture(scope="module")
def stopped(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What each test has a copy of."""
    place = tmp_path_factory.mktemp("instance")
    data = place / "data"
    data.mkdir(mode=0o700)
    with closing(sqlite3.connect(data / "temporal.db")) as temporal:
        temporal.execute("PRAGMA journal_mode = WAL")
        temporal.execute("CREATE TABLE runs (id TEXT)")
        temporal.execute("INSERT INTO runs VALUES ('INC-1')")
        temporal.commit()
    with closing(RecordStore(f"sqlite:///{data}/records.db")) as records:
        records.tokens.create(NewToken(name=TOKEN, role="responder"))
    for name, content in {
        "signing.key": "s" * 64,
        "encryption.key": "e" * 64,
        "attachments/INC-1/screen.png": "a picture",
        "calendars/abc.ics": "a copy",
        "temporal.log": "words",
        "server.lock": "",
    }.items():
        (data / name).parent.mkdir(parents=True, exist_ok=True)
        (data / name).write_text(content)
    rules = place / "rules"
    (rules / "base").mkdir(parents=True)
    shipped = Path(__file__).parents[2] / "policy" / "standfast.yaml"
    (rules / "base" / "all.yaml").write_text(f"extends: {shipped}\n")
    (rules / "ours.yaml").write_text("extends: base/all.yaml\norganisation: Ours\n")
    return place


@pytest.fixture
def run(instance: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Types a command on the instance, or on the data directory `at`."""

    def run(*arguments: object, at: Path = instance, **variables: str) -> Ended:
        with monkeypatch.context() as set_:
            set_.setenv("STANDFAST_DATA_DIR", str(at))
            set_.setenv("STANDFAST_POLICY", str(instance.parent / "rules" / "ours.yaml"))
            for name, value in variables.items():
                set_.setenv(name, value)
            code = run_command(tuple(map(str, arguments)))
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run
