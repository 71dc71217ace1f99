"""What gets into the command of a step, and what does not."""

import os
import shlex
from pathlib import Path

import pytest

from standfast.programs.running import INHERITED
from tests.runbooks.remediation.place import Place, step


async def test_every_run_has_a_directory_of_its_own(place: Place) -> None:
    place.heal()
    await place.remediate(step("./where"), step("./where"))
    await place.remediate(step("./where"))

    first, same, other = place.effects
    assert first == same != other
    assert Path(first).parent == place.workplaces


HOSTILE = "wiki; touch pwned $(touch pwned) `touch pwned` \n ../../etc"


async def test_a_service_outside_the_catalogue_gets_into_no_command(place: Place) -> None:
    result = await place.remediate(step("./note {service}"), service=HOSTILE)

    assert not result.yes
    assert result.steps == ()
    assert place.effects == []
    assert "none of the catalogue is named" in result.reasons[0]


async def test_a_service_outside_the_catalogue_is_empty_in_the_environment(place: Place) -> None:
    await place.remediate(step("./say"), service=HOSTILE)

    assert "\nSTANDFAST_SERVICE=\n" in f"\n{(place.directory / 'environment').read_text()}"


async def test_a_placeholder_stays_inside_its_argument(place: Place) -> None:
    await place.remediate(step("./count '{incident} of {service}'"))

    assert place.effects == ["1 INC-1 of wiki"]


async def test_doubled_braces_are_braces(place: Place) -> None:
    await place.remediate(step("./note '{{service}}'"))

    assert place.effects == ["{service}"]


async def test_the_environment_holds_what_was_promised_and_no_secret(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TEMPORAL_API_KEY", "hunter2")
    monkeypatch.setenv("STANDFAST_DATABASE_URL", "postgresql://root:hunter2@db/standfast")
    monkeypatch.setenv("TZ", "Europe/Zurich")
    await place.remediate(step("./say {key}"))

    lines = (place.directory / "environment").read_text().splitlines()
    seen = dict(line.split("=", 1) for line in lines)
    made_by_shell_and_locale = {"PWD", "OLDPWD", "SHLVL", "_", "LC_CTYPE"}
    ours = {"STANDFAST_INCIDENT", "STANDFAST_SERVICE", "STANDFAST_KEY", "STANDFAST_STEP"}
    assert seen.keys() - made_by_shell_and_locale == ours | (set(INHERITED) & os.environ.keys())
    assert seen["TZ"] == "Europe/Zurich"
    assert seen["STANDFAST_INCIDENT"] == "INC-1"
    assert seen["STANDFAST_SERVICE"] == "wiki"
    assert [seen["STANDFAST_KEY"]] == place.effects == ["INC-1:1:runbook:1"]


async def test_a_runbook_that_has_gone_from_the_policy(place: Place) -> None:
    result = await place.remediate(step("./note do-1"), runbook="old-repair")

    assert not result.yes
    assert result.reasons == ("the policy has no runbook 'old-repair' any more",)
    assert place.effects == []


async def test_the_output_of_a_step_is_short_and_clean(place: Place) -> None:
    noisy = "printf '\\033[31mred\\033[0m\\n'; head -c 100000 /dev/zero | tr '\\0' x"
    result = await place.remediate(step(shlex.join(["sh", "-c", noisy])), check=["true"])

    output = result.steps[0].output
    assert output.startswith("red\nxxx")
    assert len(output) < 2_100
