"""Settings: what they are without a word, and what a person reads who wrote a wrong one."""

from datetime import timedelta
from pathlib import Path

import pytest

from standfast.hosting.errors import BadSetting
from standfast.hosting.records import open_records, shown_url
from standfast.hosting.settings import Settings, documented, load_settings
from standfast.policy_file.shipped import SHIPPED_POLICY


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name, _, _ in documented():
        monkeypatch.delenv(name, raising=False)
    monkeypatch.chdir(tmp_path)


def test_without_a_word_everything_has_a_sensible_value(tmp_path: Path) -> None:
    settings = load_settings()
    assert settings.data_dir == tmp_path / ".standfast"
    assert settings.policy == SHIPPED_POLICY
    assert settings.records_url == f"sqlite:///{tmp_path}/.standfast/records.db"
    assert settings.temporal_port == 7233
    assert settings.task_queue == "standfast"
    assert settings.retention == timedelta(days=90)
    assert settings.grace == timedelta(seconds=30)


def test_variables_win_and_empty_ones_count_as_unset(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("STANDFAST_DATA_DIR", "elsewhere")
    monkeypatch.setenv("STANDFAST_TEMPORAL_PORT", "0")
    monkeypatch.setenv("STANDFAST_GRACE", "1m30s")
    monkeypatch.setenv("STANDFAST_DATABASE_URL", "postgresql://ana:secret@db/standfast")
    monkeypatch.setenv("STANDFAST_TASK_QUEUE", "")
    settings = load_settings()
    assert settings.data_dir == tmp_path / "elsewhere"
    assert settings.temporal_port == 0
    assert settings.grace == timedelta(seconds=90)
    assert settings.records_url == "postgresql://ana:secret@db/standfast"
    assert settings.task_queue == "standfast"
    assert "secret" not in shown_url(settings)


def test_what_a_command_line_says_wins_over_the_variable(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDFAST_WORKER_PROCESSES", "3")
    assert load_settings().worker_processes == 3
    assert load_settings(worker_processes=2).worker_processes == 2
    with pytest.raises(BadSetting, match="STANDFAST_WORKER_PROCESSES"):
        load_settings(worker_processes=0)


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("STANDFAST_TEMPORAL_PORT", "70000", "must be less than or equal to 65535"),
        ("STANDFAST_TEMPORAL_PORT", "eighty", "must be a whole number"),
        ("STANDFAST_RETENTION", "12h", "must be at least 1d"),
        ("STANDFAST_RETENTION", "for ever", "must be a duration such as"),
        ("STANDFAST_GRACE", "0s", "must be longer than zero"),
        ("STANDFAST_MAX_ACTIVITIES", "0", "must be greater than or equal to 1"),
        ("STANDFAST_WORKER_PROCESSES", "0", "must be greater than or equal to 1"),
        ("STANDFAST_WORKER_PROCESSES", "65", "must be less than or equal to 64"),
        ("STANDFAST_TRUSTED_PROXIES", "10.0.0.1/8", "10.0.0.1/8 has host bits set"),
        ("STANDFAST_TRUSTED_PROXIES", "proxy.example", "'proxy.example' does not appear"),
        ("STANDFAST_BUILD_ID", "my build", "must be letters, digits and . _ + -"),
        ("STANDFAST_VERSIONING", "pinned", "needs STANDFAST_BUILD_ID"),
        ("STANDFAST_VERSIONING", "both", "must be 'pinned' or 'auto-upgrade'"),
        ("STANDFAST_LINK", "https://desk.example/", "must have {incident} where the id"),
    ],
)
def test_a_wrong_value_gets_one_line_that_names_the_variable(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, complaint: str
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(BadSetting) as bad:
        load_settings()
    assert str(bad.value).startswith(f"{variable}: {complaint}")
    assert repr(value) in str(bad.value)
    assert "\n" not in str(bad.value)


def test_several_wrong_values_are_told_together(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STANDFAST_TEMPORAL_PORT", "-1")
    monkeypatch.setenv("STANDFAST_GRACE", "soon")
    with pytest.raises(BadSetting) as bad:
        load_settings()
    first, second = str(bad.value).splitlines()
    assert first.startswith("STANDFAST_TEMPORAL_PORT: ")
    assert second.startswith("STANDFAST_GRACE: ")


def test_a_database_that_cannot_be_used_is_told_without_its_password() -> None:
    settings = Settings(database_url="mysql://ana:secret@db/standfast")
    with pytest.raises(BadSetting, match=r"^STANDFAST_DATABASE_URL: ") as bad:
        open_records(settings)
    assert "secret" not in str(bad.value)


def test_every_setting_is_documented() -> None:
    rows = list(documented())
    assert [name for name, _, _ in rows] == [
        f"STANDFAST_{field.upper()}" for field in Settings.model_fields
    ]
    assert all(description.endswith(".") for _, _, description in rows)
    defaults = {name: default for name, default, _ in rows}
    assert defaults["STANDFAST_RETENTION"] == "90d"
    assert defaults["STANDFAST_POLICY"] == "policy/standfast.yaml"
