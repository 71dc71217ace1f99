"""`standfast stats` on the server's machine, where something it reads is broken or away."""

from pathlib import Path

import pytest

from standfast.commands.app import run


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(tmp_path / "data"))


def test_a_broken_policy_keeps_no_numbers_back(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "broken.yaml").write_text("organisation: [")
    monkeypatch.setenv("STANDFAST_POLICY", str(tmp_path / "broken.yaml"))
    code, told = run(["stats"]), capsys.readouterr()
    assert (code, told.out[:20]) == (0, "0 incidents closed f")
    assert "is not YAML" in told.err
    assert told.err.endswith("so people's nights are counted in UTC\n")


def test_without_the_record_store_it_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("STANDFAST_DATABASE_URL", "sqlite:////proc/nowhere/records.db")
    code, told = run(["stats"]), capsys.readouterr()
    assert (code, told.out) == (1, "")
    assert told.err.startswith("the SQLite file /proc/nowhere/records.db cannot be used")
