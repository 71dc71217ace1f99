"""Which keys a process has, and what `standfast doctor` says of them."""

import stat
from pathlib import Path

import pytest

from standfast.hosting.doctor.examination import examine
from standfast.hosting.encryption import KEY_FILE, key_ring, payload_encryption
from standfast.hosting.errors import BadSetting, HostingError
from standfast.hosting.settings import Encryption, Settings
from standfast.records.store import RecordStore
from standfast.records.stored_key import StoredKey

FIRST, SECOND = "0f" * 32, "1e" * 32


def test_with_the_embedded_server_a_key_is_made_for_its_owner_alone(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path / "data")
    here = payload_encryption(settings, configured=False)
    assert here.encrypts
    file = tmp_path / "data" / KEY_FILE
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert payload_encryption(settings, configured=False).ring.ids == here.ring.ids


def test_with_another_server_only_the_setting_counts(tmp_path: Path) -> None:
    without = payload_encryption(Settings(data_dir=tmp_path), configured=True)
    assert not without.encrypts
    assert not (tmp_path / KEY_FILE).exists()
    settings = Settings(data_dir=tmp_path, encryption_key=f"{FIRST},{SECOND}")
    both = payload_encryption(settings, configured=True)
    assert both.encrypts
    assert len(both.ring.ids) == 2


def test_switched_off_it_still_reads(tmp_path: Path) -> None:
    (tmp_path / KEY_FILE).write_text(f"{FIRST}\n{SECOND}\n")
    settings = Settings(data_dir=tmp_path, encryption=Encryption.OFF)
    off = payload_encryption(settings, configured=False)
    assert not off.encrypts
    assert len(off.ring.ids) == 2


def test_the_key_of_the_data_directory_reads_on_when_another_is_set(tmp_path: Path) -> None:
    """The way from the embedded server to a cluster."""
    of_file = key_ring(Settings(data_dir=tmp_path), make=True)
    moved = key_ring(Settings(data_dir=tmp_path, encryption_key=FIRST), make=False)
    assert moved.current != of_file.current
    assert moved.ids[1:] == of_file.ids


@pytest.mark.parametrize("written", ["secret", FIRST[:-1], f"{FIRST},secret"])
def test_a_wrong_key_is_refused_and_not_shown(tmp_path: Path, written: str) -> None:
    settings = Settings(data_dir=tmp_path, encryption_key=written)
    with pytest.raises(
        BadSetting, match=r"STANDFAST_ENCRYPTION_KEY: key [12] is not 64"
    ) as refused:
        payload_encryption(settings, configured=True)
    assert written not in str(refused.value)
    (tmp_path / KEY_FILE).write_text("\n")
    with pytest.raises(HostingError, match="holds no key: put back the copy"):
        key_ring(Settings(data_dir=tmp_path), make=True)


async def test_doctor_names_the_current_key_and_a_missing_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("TEMPORAL_ADDRESS", raising=False)
    settings = Settings(data_dir=tmp_path, temporal_port=1)
    current = key_ring(settings, make=True).current
    checks = {check.name: check for check in await examine(settings)}
    assert checks["encryption"].what == f"on, the current key is {current}"
    records = RecordStore(settings.records_url)
    records.incident_keys.current_or(StoredKey("INC-AAAAAAAAAA", "k", "lost", b"wrapped"))
    records.close()
    check = {check.name: check for check in await examine(settings)}["encryption"]
    assert not check.ok
    assert check.what == "missing key: lost (1 incidents)"
    assert "STANDFAST_ENCRYPTION_KEY" in check.remedy
