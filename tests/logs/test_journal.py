"""Logs in the systemd journal: exported, printed by a stand-in, and by the real `journalctl`."""

import asyncio
import json
import os
import shutil
import subprocess
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.incidents.observation import Observation
from standfast.incidents.resolution import Verdict
from standfast.logs import journal, searching
from standfast.policy.log_sources import JournalSource, LogSource
from tests.logs.files import AFTER, BEFORE, BEGAN, ERROR, FIXED, INCIDENT, NOW

REMOTE = Path("/lib/systemd/systemd-journal-remote")


def entry(moment: datetime, message: Any, priority: int = 6) -> str:
    fields = {
        "__REALTIME_TIMESTAMP": str(round(moment.timestamp() * 1_000_000)),
        "MESSAGE": message,
        "PRIORITY": str(priority),
    }
    return json.dumps(fields)


def export(directory: Path, *lines: str) -> JournalSource:
    (directory / "journal.json").write_text("".join(f"{line}\n" for line in lines))
    return JournalSource(export="journal.json")


async def search(
    directory: Path, source: JournalSource, error: str = ERROR
) -> dict[str, Observation]:
    found = await searching.search([LogSource(journal=source)], error, INCIDENT, directory)
    return dict(found)


async def test_an_exported_journal_shows_an_error_that_is_back(tmp_path: Path) -> None:
    source = export(tmp_path, entry(BEFORE, ERROR), entry(AFTER, f"ERROR {ERROR}"))
    seen = (await search(tmp_path, source))["journal.json"]
    assert seen.says is Verdict.UNRESOLVED
    assert "is back, once" in seen.detail


async def test_messages_of_bytes_and_of_several_lines_are_read(tmp_path: Path) -> None:
    message = b"\xff\xfe ERROR pay failed\nshop.PayError: " + ERROR.encode()
    source = export(tmp_path, entry(AFTER, list(message)), entry(AFTER, None))
    assert (await search(tmp_path, source))["journal.json"].says is Verdict.UNRESOLVED


async def test_the_journal_s_priority_tells_errors(tmp_path: Path) -> None:
    calm = [entry(BEGAN - timedelta(minutes=5 * n), "odd things") for n in range(200)]
    loud = [entry(FIXED + timedelta(seconds=30 * n), "odd things", 3) for n in range(100)]
    seen = await search(tmp_path, export(tmp_path, *calm, *loud), error="")
    assert seen["journal.json (error rate)"].says is Verdict.UNRESOLVED
    assert seen["journal.json (error messages)"].says is Verdict.PARTIALLY_RESOLVED


async def test_what_a_program_prints_tells_its_own_level(tmp_path: Path) -> None:
    calm = [entry(BEGAN - timedelta(minutes=5 * n), "INFO well") for n in range(200)]
    loud = [entry(FIXED + timedelta(seconds=30 * n), "ERROR odd things") for n in range(100)]
    seen = await search(tmp_path, export(tmp_path, *calm, *loud), error="")
    assert seen["journal.json (error rate)"].says is Verdict.UNRESOLVED


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("", "holds nothing of the incident's time"),
        ("no JSON\n", "cannot be read: it is not what journalctl --output=json prints"),
        ("[" * 100_000, "cannot be read: it is not what journalctl --output=json prints"),
        ('{"MESSAGE": "x"}\n', "cannot be read: it is not what journalctl --output=json prints"),
    ],
)
async def test_an_export_that_is_none_is_inconclusive(
    tmp_path: Path, content: str, says: str
) -> None:
    source = export(tmp_path)
    (tmp_path / "journal.json").write_text(content)
    assert await search(tmp_path, source) == {"journal.json": (None, says)}


async def test_an_export_that_is_missing_is_inconclusive(tmp_path: Path) -> None:
    source = JournalSource(export="gone.json")
    says = "cannot be read: No such file or directory"
    assert await search(tmp_path, source) == {"gone.json": (None, says)}


HOSTILE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda deeper: st.lists(deeper) | st.dictionaries(st.text(), deeper),
)


@given(HOSTILE, HOSTILE, HOSTILE)
def test_any_fields_are_read_without_an_error(moment: Any, message: Any, priority: Any) -> None:
    fields = {"__REALTIME_TIMESTAMP": moment, "MESSAGE": message, "PRIORITY": priority}
    journal._entry(json.dumps(fields).encode())


def stand_in(directory: Path, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    """A `journalctl` of the tests, first on the PATH."""
    program = directory / "bin" / "journalctl"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{program.parent}:/usr/bin:/bin")


UNIT = JournalSource(unit="shop@1.service")


async def test_journalctl_is_asked_for_one_unit_by_an_argument_list(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    printed = entry(AFTER, ERROR).replace('"', '\\"')
    stand_in(tmp_path, monkeypatch, f'printf "%s\\n" "$@" > asked; echo "{printed}"')
    seen = await search(tmp_path, UNIT)
    assert seen["journal of shop@1.service"].says is Verdict.UNRESOLVED
    asked = (tmp_path / "asked").read_text().splitlines()
    assert "--unit=shop@1.service" in asked
    since = (BEGAN - timedelta(hours=24)).timestamp()
    assert f"--since=@{since:.0f}" in asked


async def test_what_journalctl_complains_of_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stand_in(tmp_path, monkeypatch, "echo 'No journal\033[31m files' >&2; exit 1")
    assert await search(tmp_path, UNIT) == {
        "journal of shop@1.service": (
            None,
            "cannot be read: journalctl ended with exit code 1: No journal[31m files",
        )
    }


async def test_journalctl_that_hangs_is_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "WITHIN", timedelta(seconds=0.2))
    stand_in(tmp_path, monkeypatch, "exec sleep 600")
    seen = (await search(tmp_path, UNIT))["journal of shop@1.service"]
    assert seen.says is None
    assert "journalctl was not done within" in seen.detail


async def test_no_journalctl_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    seen = (await search(tmp_path, UNIT))["journal of shop@1.service"]
    assert "no such program on the PATH" in seen.detail


async def test_the_real_journalctl_reads_a_real_journal(tmp_path: Path) -> None:
    if not (REMOTE.exists() and shutil.which("journalctl")):
        missing = "needs journalctl and Debian's systemd-journal-remote to make a journal"
        if os.environ.get("STANDFAST_TEST_STRICT") == "1":
            pytest.fail(missing)
        pytest.skip(missing)

    def written(moment: datetime, message: str, number: int) -> str:
        stamp = round(moment.timestamp() * 1_000_000)
        return (
            f"__REALTIME_TIMESTAMP={stamp}\n__MONOTONIC_TIMESTAMP={number}\n"
            f"_BOOT_ID={'b' * 32}\n_SYSTEMD_UNIT=shop.service\n_PID=1\n_UID=0\n"
            f"PRIORITY=6\nMESSAGE={message}\n\n"
        )

    place = tmp_path / "journal"
    place.mkdir()
    texts = [(BEFORE, f"ERROR {ERROR}"), (AFTER, f"ERROR {ERROR}"), (NOW, "well")]
    entries = "".join(written(when, what, n) for n, (when, what) in enumerate(texts, start=1))
    remote = await asyncio.create_subprocess_exec(
        *(REMOTE, f"--output={place}/shop.journal", "-"),
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    _, complaint = await remote.communicate(entries.encode())
    assert remote.returncode == 0, complaint
    source = JournalSource(unit="shop.service", directory="journal")
    seen = (await search(tmp_path, source))["journal of shop.service"]
    assert seen.says is Verdict.UNRESOLVED
    assert "is back, once" in seen.detail
    elsewhere = JournalSource(unit="elsewhere.service", directory="journal")
    assert await search(tmp_path, elsewhere) == {
        "journal of elsewhere.service": (None, "holds nothing of the incident's time")
    }
