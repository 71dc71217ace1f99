"""The data directory is for its owner alone, also one that an earlier version left open."""

import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from pydantic import SecretStr

from standfast.hosting import data_directory
from standfast.hosting.errors import HostingError
from standfast.hosting.settings import Settings
from standfast.hosting.signing import signing_keys
from tests.patience import PATIENCE

STRANGER = 12_345


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_one_that_others_can_read_is_tightened_with_what_is_in_it(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    place, outside = tmp_path / "data", tmp_path / "outside"
    place.mkdir()
    outside.write_text("somebody else's")
    outside.chmod(0o644)
    (place / "link").symlink_to(outside)
    for name in ("records.db", "signing.key"):
        (place / name).write_text("k" * 64)
        (place / name).chmod(0o664)
    place.chmod(0o775)
    data_directory.create(place)
    assert mode(place) == 0o700
    assert {mode(place / name) for name in ("records.db", "signing.key")} == {0o600}
    assert mode(outside) == 0o644
    [line] = caplog.messages
    assert f"other users could read {place} (drwxrwxr-x); they could also write to it" in line
    data_directory.create(place)
    assert len(caplog.messages) == 1


@pytest.mark.parametrize("why", ["sticky", "somebody else's"])
def test_one_that_is_not_ours_alone_is_refused_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, why: str
) -> None:
    place = tmp_path / "data"
    place.mkdir()
    place.chmod(0o1777 if why == "sticky" else 0o775)
    if why != "sticky":
        monkeypatch.setattr(os, "geteuid", lambda: STRANGER)
    with pytest.raises(HostingError, match=r"STANDFAST_DATA_DIR: .*name a (new )?directory"):
        data_directory.create(place)
    assert mode(place) == (0o1777 if why == "sticky" else 0o775)


def test_a_loose_key_is_tightened_and_told(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    settings = Settings(data_dir=tmp_path)
    made = signing_keys(settings)
    (tmp_path / "signing.key").chmod(0o644)
    assert signing_keys(settings) == made
    assert mode(tmp_path / "signing.key") == 0o600
    assert "other users could read" in caplog.text
    assert made[0].decode() not in caplog.text


def test_a_key_that_somebody_else_put_there_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "theirs").write_text("k" * 64)
    (tmp_path / "signing.key").symlink_to(tmp_path / "theirs")
    with pytest.raises(HostingError, match="is a symbolic link"):
        signing_keys(Settings(data_dir=tmp_path))
    (tmp_path / "signing.key").unlink()
    (tmp_path / "signing.key").write_text("k" * 64)
    os.chown(tmp_path / "signing.key", STRANGER, STRANGER)
    monkeypatch.setattr(os, "geteuid", lambda: STRANGER + 1)
    with pytest.raises(HostingError, match="belongs to another user"):
        signing_keys(Settings(data_dir=tmp_path))
    assert signing_keys(Settings(data_dir=tmp_path, signing_key=SecretStr("k" * 32)))


def test_what_a_command_writes_is_for_its_user_alone(tmp_path: Path) -> None:
    place = tmp_path / "data"
    command = ["token", "create", "--name", "ana", "--role", "reporter"]
    subprocess.run(
        ["/bin/sh", "-c", 'umask 0; exec "$@"', "sh", sys.executable, "-m", "starter", *command],
        env={**os.environ, "STANDFAST_DATA_DIR": str(place)},
        check=True,
        capture_output=True,
        timeout=PATIENCE,
    )
    assert mode(place) == 0o700
    assert {mode(file) for file in place.iterdir()} == {0o600}


@pytest.mark.parametrize("program", ["worker.py", "starter.py", "standfast/web/__main__.py"])
def test_every_program_begins_with_the_umask(program: str) -> None:
    code = Path(data_directory.__file__).parents[2] / program
    body = code.read_text().partition("def main()")[2]
    assert 0 < body.index("os.umask(0o077)") < body.index("    from standfast")
