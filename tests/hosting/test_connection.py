"""Where Temporal is looked for, and what a person reads when it is not there."""

import os
import socket
from pathlib import Path

import pytest

from standfast.hosting.connection import connect, find
from standfast.hosting.errors import HostingError, NotReachable
from standfast.hosting.settings import Settings


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in [name for name in os.environ if name.startswith(("TEMPORAL_", "STANDFAST_"))]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "temporal.toml"))
    (tmp_path / "temporal.toml").touch()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


def test_with_nothing_configured_it_is_the_embedded_server(settings: Settings) -> None:
    place = find(settings)
    assert (place.address, place.namespace) == ("127.0.0.1:7233", "default")
    assert not place.configured


def test_an_address_in_the_environment_wins(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "temporal.example:7233")
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "incidents")
    place = find(settings)
    assert (place.address, place.namespace) == ("temporal.example:7233", "incidents")
    assert place.configured


def test_an_address_in_temporal_toml_wins(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "temporal.toml").write_text('[profile.default]\naddress = "temporal.example:1"\n')
    assert find(settings).address == "temporal.example:1"


def test_a_namespace_alone_is_that_of_the_embedded_server(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "incidents")
    place = find(settings)
    assert (place.address, place.namespace) == ("127.0.0.1:7233", "incidents")


@pytest.mark.parametrize(
    ("variable", "value", "complaint"),
    [
        ("TEMPORAL_CONFIG_FILE", "/nowhere/temporal.toml", "no file /nowhere/temporal.toml"),
        ("TEMPORAL_PROFILE", "staging", "Profile 'staging' not found"),
        ("TEMPORAL_TLS_CLIENT_CERT_PATH", "/nowhere/cert.pem", "/nowhere/cert.pem"),
    ],
)
def test_settings_of_temporal_that_cannot_be_read_are_told(
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
    variable: str,
    value: str,
    complaint: str,
) -> None:
    monkeypatch.setenv(variable, value)
    with pytest.raises(HostingError) as bad:
        find(settings)
    assert complaint in str(bad.value)
    assert "\n" not in str(bad.value)


async def test_nobody_there_says_where_why_and_what_to_do(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(NotReachable) as away:
        await connect(Settings(data_dir=tmp_path, temporal_port=port))
    assert str(away.value) == (
        f"cannot reach Temporal at 127.0.0.1:{port} (Connection refused): "
        "start it with `python worker.py`, or set TEMPORAL_ADDRESS"
    )


async def test_a_configured_one_that_is_away_points_to_its_settings(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    with pytest.raises(NotReachable, match="check TEMPORAL_ADDRESS"):
        await connect(settings)


@pytest.mark.parametrize("address", ["127.0.0.1", "127.0.0.1:here"])
async def test_a_configured_address_that_is_none_is_told(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setenv("TEMPORAL_ADDRESS", address)
    with pytest.raises(NotReachable) as away:
        await connect(settings)
    assert str(away.value).startswith(
        f"cannot reach Temporal at {address} (the address is not a host and a port): set TEMPORAL_"
    )


async def test_one_that_says_nothing_is_not_waited_for(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        settings = Settings(data_dir=tmp_path, temporal_port=silent.getsockname()[1])
        with pytest.raises(NotReachable, match=r"no answer in 0\.5 s"):
            await connect(settings, within=0.5)
