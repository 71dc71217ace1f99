"""`policy check` of channels: a URL that its kind cannot use is found before the night."""

from pathlib import Path

import pytest

from standfast.commands.app import run as run_command
from tests.policy.small import SMALL

OUTBOX = '    channels: {outbox: "outbox://"}\n'
PLACE = "people.anna.channels.push: "


@pytest.mark.parametrize(
    ("url", "problem"),
    [
        ("ntfys://ntfy.example/anna?priority=5", ""),
        ("json://127.0.0.1:9/anna", ""),
        ("secret:ANNA_WRONG", "begins with what is no kind of channel"),
        ("telegraph://hunter2@anna", "begins with what is no kind of channel"),
        ("ntfy://hunter2@ntfy.example/an na", "has a topic that ntfy does not take: 1 to 64"),
    ],
)
def test_each_url_is_checked_by_its_kind(
    url: str,
    problem: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("STANDFAST_SECRET_ANNA_WRONG", "hunter2://")
    path = tmp_path / "policy.yaml"
    assert OUTBOX in SMALL
    path.write_text(SMALL.replace(OUTBOX, f'    channels: {{push: "{url}"}}\n'))
    code = run_command(("policy", "check", str(path)))
    said = capsys.readouterr().err
    assert code == (1 if problem else 0), said
    assert (f"{PLACE}{problem}" in said) == bool(problem)
    assert "hunter2" not in said
