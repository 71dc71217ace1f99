"""The files of `deploy/`: they name settings, packages and files that there are.

That they work with a container engine no test here can show; docs/cluster.md says what was tried.
"""

import os
import re
import shutil
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml

from standfast.hosting.settings import documented
from standfast.incidents import names
from standfast.incidents.measures import Times
from tests.patience import PATIENCE
from tests.programs_needed import needs_program

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
CONTAINERFILE = (DEPLOY / "Containerfile").read_text()
UNITS = sorted(DEPLOY.glob("*.service"))
OURS = ("worker", "api", "chat", "doctor", "namespace")
CONTAINER_USER = 1000

CONNECTION = {
    "TEMPORAL_ADDRESS",
    "TEMPORAL_NAMESPACE",
    "TEMPORAL_API_KEY",
    "TEMPORAL_TLS",
    "TEMPORAL_TLS_SERVER_CA_CERT_PATH",
    "TEMPORAL_TLS_CLIENT_CERT_PATH",
    "TEMPORAL_TLS_CLIENT_KEY_PATH",
}
"""Those of Temporal's variables for clients that a cluster sets."""


@pytest.fixture(scope="module")
def compose() -> Any:
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())


@pytest.mark.parametrize("service", OURS)
def test_compose_sets_variables_that_there_are(compose: Any, service: str) -> None:
    settings = {name for name, *_ in documented()}
    assert {*compose["services"][service]["environment"]} <= settings | CONNECTION


@pytest.mark.parametrize("service", OURS)
def test_ours_run_without_rights(compose: Any, service: str) -> None:
    ours = compose["services"][service]
    assert ours["read_only"]
    assert ours["cap_drop"] == ["ALL"]
    assert re.search(r"^USER standfast$", CONTAINERFILE, re.MULTILINE)


def test_every_image_has_a_version(compose: Any) -> None:
    images = [each["image"] for each in compose["services"].values()]
    images += re.findall(r"^FROM (\S+)", CONTAINERFILE, re.MULTILINE)
    assert all(re.search(r":[\w${}.:-]+$", image) for image in images)
    assert not [image for image in images if image.endswith(":latest")]


def test_compose_asks_for_what_the_example_names(compose: Any) -> None:
    asked = set(re.findall(r"\$\{([A-Z_]+):[?-]", (DEPLOY / "compose.yaml").read_text()))
    named = re.findall(r"^([A-Z_]+)=", (DEPLOY / "example.env").read_text(), re.MULTILINE)
    assert asked - {"TEMPORAL_VERSION"} == {*named}


def test_what_compose_mounts_is_there_or_made_by_hand(compose: Any) -> None:
    mounted = {
        volume.partition(":")[0]
        for service in compose["services"].values()
        for volume in service.get("volumes", ())
    }
    files = {path for path in mounted if path.startswith("./")} - {"./tls", "./policy"}
    assert [path for path in files if not (DEPLOY / path).exists()] == []
    assert {path for path in mounted if not path.startswith("./")} == {*compose["volumes"]}


def test_the_image_has_all_that_is_installed() -> None:
    copied = {
        word
        for line in re.findall(r"^COPY (?!--)(.+)$", CONTAINERFILE, re.MULTILINE)
        for word in line.split()[:-1]
    }
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    setuptools = project["tool"]["setuptools"]
    packages = {name.rstrip("*") for name in setuptools["packages"]["find"]["include"]}
    modules = {f"{name}.py" for name in setuptools["py-modules"]}
    beside = {"requirements.lock", "pyproject.toml", project["project"]["readme"], "LICENSE"}
    assert copied == packages | modules | beside
    ignored = (DEPLOY / "Containerfile.dockerignore").read_text().split()
    assert {line[1:] for line in ignored if line.startswith("!")} == copied


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.name)
def test_a_unit_is_what_systemd_accepts(unit: Path, tmp_path: Path) -> None:
    program = needs_program("systemd-analyze")
    # It refuses a program that is not there.
    here = shutil.which("true")
    command = re.search(r"^ExecStart=/opt/standfast/bin/(\S+)$", unit.read_text(), re.MULTILINE)
    assert command
    assert command[1] in tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["scripts"]
    installed = tmp_path / unit.name
    installed.write_text(unit.read_text().replace(f"/opt/standfast/bin/{command[1]}", here or ""))
    done = subprocess.run(
        [program, "verify", "--man=no", str(installed)],
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )
    # It may have words for other units, of the system that the tests run on.
    said = [line for line in done.stderr.splitlines() if unit.name in line]
    assert (done.returncode, said) == (0, [])


@pytest.mark.parametrize("script", sorted(DEPLOY.glob("*.sh")), ids=lambda script: script.name)
def test_a_script_is_a_shells(script: Path) -> None:
    subprocess.run(["sh", "-n", script], check=True, timeout=PATIENCE)


def test_the_certificates_are_of_one_authority_and_are_renewed(tmp_path: Path) -> None:
    openssl = needs_program("openssl")

    def made() -> list[bytes]:
        script, directory = str(DEPLOY / "certificates.sh"), str(tmp_path / "tls")
        command = [script, directory, "temporal.example", "192.0.2.7"]
        subprocess.run(command, check=True, capture_output=True, timeout=PATIENCE)
        return [(tmp_path / "tls" / name).read_bytes() for name in ("ca.pem", "server.pem")]

    authority, certificate = made()
    again, renewed = made()
    assert authority == again
    assert certificate != renewed
    verify = [openssl, "verify", "-CAfile", "ca.pem"]
    for more in (["-verify_hostname", "temporal.example"], ["-verify_ip", "192.0.2.7"]):
        command = [*verify, *more, "-purpose", "sslserver", "server.pem"]
        subprocess.run(command, cwd=tmp_path / "tls", check=True, capture_output=True)
    command = [*verify, "-purpose", "sslclient", "client.pem"]
    subprocess.run(command, cwd=tmp_path / "tls", check=True, capture_output=True)
    assert (tmp_path / "tls" / "client.key").stat().st_mode & 0o077 == 0
    reader = os.getuid() or CONTAINER_USER
    for readable in ("", "ca.pem", "server.pem", "server.key", "client.pem", "client.key"):
        assert (tmp_path / "tls" / readable).stat().st_uid == reader


def test_the_dashboard_has_every_time() -> None:
    # tests/hosting/test_connection_metrics.py asks what it asks.
    dashboard = (DEPLOY / "grafana" / "standfast.json").read_text()
    for time in Times.model_fields:
        assert f"{names.INCIDENT_TIME.format(time)}_seconds_bucket" in dashboard
