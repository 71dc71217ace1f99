"""A machine on which people type `silence …`, and silences that it has on record."""

import socket
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from standfast.commands.app import run as run_command
from standfast.incidents.silence import Matcher, NewSilence, Silence
from standfast.records.store import RecordStore
from tests.commands.ended import Ended
from tests.empty_records import empty_records
from tests.policy.small import SMALL

HOUR = timedelta(hours=1)
NOBODY = "SIL-AAAAAA"


Run = Callable[..., Ended]


def a_machine(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, place: Path
) -> Run:
    """Runs `silence …` with a small policy, records in `place`, and no Temporal that answers."""
    policy = place / "policy.yaml"
    policy.write_text(SMALL)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{unused.getsockname()[1]}")
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(place))
    monkeypatch.setenv("STANDFAST_POLICY", str(policy))

    def run(*arguments: str) -> Ended:
        code = run_command(("silence", *arguments))
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


def its_records(place: Path) -> RecordStore:
    """The record store that the commands use."""
    return RecordStore(empty_records(place / "records.db"))


def on_record(records: RecordStore, starts: timedelta, ends: timedelta) -> Silence:
    """Ana's silence for the VPN, from so long to so long after now."""
    now = datetime.now(UTC)
    return records.silences.add(
        NewSilence(
            matcher=Matcher(services=["vpn"]),
            starts=now + starts,
            ends=now + ends,
            by="ana",
            reason="upgrade",
        )
    )
