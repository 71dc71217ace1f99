"""`runbook list` and `runbook run`: what would run, before anything runs."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from standfast.commands.app import run as run_command
from tests.policy.small import SMALL

BOOKS = """\
  restart:
    title: Restart it
    match: {category: network, services: [vpn], labels: {host: "*"}, words: [tunnel*]}
    environment: {APP_ENV: prod and more, API_TOKEN: "secret:API"}
    limits: {cpu: 90s, memory_mb: 512}
    approval: when high impact
    approvers: [anna]
    steps:
      - {run: [restart, "{host}", "two  words", "$(id)"], undo: [start, "{service}"], within: 2m}
      - http:
          url: https://{host}/drain?key={key}
          headers: {Authorization: "secret:API"}
          body: "line 1\\nline 2"
    check: [test, -e, "/run/{incident}"]
  own:
    title: Clean
    match: {category: network, subcategory: vpn}
    approval: never
    steps: [{run: [clean]}]
    check: [cleaned]
hosts: ["*.lan"]
"""

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    policy = tmp_path / "policy.yaml"
    policy.write_text(SMALL[: SMALL.index("  reset:\n")] + BOOKS)
    monkeypatch.setenv("STANDFAST_POLICY", str(policy))
    monkeypatch.setenv("STANDFAST_SECRET_API", "hunter2")
    monkeypatch.setenv("COLUMNS", "60")

    def run(*arguments: str) -> tuple[int, str, str]:
        code = run_command(("runbook", *arguments))
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_the_runbooks_with_what_each_fits(run: Run) -> None:
    assert run("list") == (
        0,
        "restart: Restart it; for network, service vpn, label host=*, the words 'tunnel*'; asks"
        " anna when impact is high, again every 20 min; after 1 h people take over\n"
        "own: Clean; for network/vpn; asks nobody\n",
        "",
    )
    code, out, _ = run("list", "--json")
    listed = json.loads(out)
    assert (code, [*listed]) == (0, ["restart", "own"])
    assert listed["own"]["match"]["subcategory"] == "vpn"


def test_a_dry_run_shows_everything_that_would_run(run: Run) -> None:
    options = ("--service", "vpn", "--host", "Web-1.LAN", "--incident", "inc-7f3k2qxwm4")
    code, out, err = run("run", "restart", "--dry-run", *options)

    assert (code, err) == (0, "")
    assert out.splitlines() == [
        "runbook      restart: Restart it",
        "target       host:web-1.lan",
        "approval     asks anna when impact is high, again every 20 min;"
        " after 1 h people take over",
        "guards       on host:web-1.lan: one at a time, 5 min after the last, at most 3 an hour,"
        " not after 3 successes that did not last 1 d; everywhere: 5 at once, 30 an hour",
        "environment  APP_ENV='prod and more', API_TOKEN (secret:API), STANDFAST_INCIDENT,"
        " STANDFAST_SERVICE, STANDFAST_KEY, STANDFAST_STEP",
        "limits       90 s of processor time, 512 MB of memory, files of 1024 MB, 1024 open files",
        "step 1       restart web-1.lan 'two  words' '$(id)'  (within 2 min)",
        "  undo       start vpn",
        "step 2       POST https://web-1.lan/drain?key=INC-7F3K2QXWM4:1:runbook:1, Authorization:"
        " secret:API, body 'line 1\\nline 2', expects 2xx  (within 60 s)",
        "  undo       none: it stays as it is",
        "check        test -e /run/INC-7F3K2QXWM4  (within 30 s)",
    ]


def test_a_dry_run_as_json_is_the_plan_without_secrets(run: Run) -> None:
    options = ("--dry-run", "--service", "vpn", "--host", "web-1.lan", "--json")
    code, out, _ = run("run", "restart", *options)
    shown = json.loads(out)

    assert code == 0
    assert (shown["runbook"], shown["target"]) == ("restart", "host:web-1.lan")
    assert shown["plan"]["steps"][0]["run"] == ["restart", "web-1.lan", "two  words", "$(id)"]
    assert shown["plan"]["environment"]["API_TOKEN"] == "secret:API"
    assert shown["guards"]["per_hour"] == 30
    assert "hunter2" not in out


@pytest.mark.parametrize(
    ("arguments", "says", "code"),
    [
        (
            ["run", "own"],
            "a runbook runs only for an incident, so that guards, journal and undo",
            1,
        ),
        (
            ["run", "gone", "--dry-run"],
            "the policy has no runbook 'gone'; there are: own, restart",
            1,
        ),
        (["run", "restart", "--dry-run"], "none of the catalogue is named", 1),
        (["run", "restart", "--dry-run", "--service", "vpn"], "the report has no label host", 1),
        (
            ["run", "restart", "--dry-run", "--service", "vpn", "--host", "db.wan"],
            "db.wan is not among the policy's hosts",
            1,
        ),
        (
            ["run", "restart", "--dry-run", "--service", "vpn", "--host=--force"],
            "not the name or address of one",
            1,
        ),
        (["run", "own", "--dry-run", "--incident", "7"], "7 is not an incident id", 2),
        (["run"], "Missing argument 'NAME'", 2),
    ],
)
def test_what_cannot_run_says_why(run: Run, arguments: list[str], says: str, code: int) -> None:
    ended, out, err = run(*arguments)

    assert says in err
    assert err.count("\n") == 1
    assert (ended, out) == (code, "")


def test_a_broken_policy_is_told_with_its_line(
    run: Run, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text(f"{SMALL}    approvers: [nobody]\n")
    monkeypatch.setenv("STANDFAST_POLICY", str(broken))
    code, out, err = run("list")

    assert (code, out) == (1, "")
    assert "no person 'nobody'" in err
