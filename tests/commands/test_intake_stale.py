"""`intake stale`: what was set aside stays visible."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from standfast.commands.app import run as run_command
from standfast.incidents.alert import Alert, AlertAction, StaleAlert
from standfast.incidents.ids import incident_id
from standfast.incidents.report import Report
from tests.commands.silencing import its_records


def test_it_lists_what_was_set_aside_and_from_when_on_it_counts(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """prometheus/alertmanager#2447."""
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(tmp_path))
    assert run_command(("intake", "stale")) == 0
    assert "no alert is set aside" in capsys.readouterr().err

    records = its_records(tmp_path)
    records.recoveries.note({"prom:a": datetime(2026, 11, 29, 6, tzinfo=UTC)})
    alert = Alert(
        action=AlertAction.TRIGGER, dedup_key="a", report=Report(title="Node down"), by="prom"
    )
    stale = StaleAlert(source="prom", incident_id=incident_id("prom:a"), alert=alert)
    records.recoveries.set_aside({"prom:a": stale})
    records.close()
    assert run_command(("intake", "stale")) == 0
    said = capsys.readouterr().out
    assert said.startswith(f"{incident_id('prom:a')} Node down: set aside at ")
    assert run_command(("intake", "stale", "--json")) == 0
    [listed] = json.loads(capsys.readouterr().out)
    waits = datetime.fromisoformat(listed["counts_at"]) - datetime.fromisoformat(listed["at"])
    assert (listed["report"]["title"], waits.total_seconds()) == ("Node down", 900)
