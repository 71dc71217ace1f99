"""A mapping of one's own in the policy, every mistake in it, and what the commands show."""

import json
from pathlib import Path

import pytest

from standfast.commands.app import run as run_command
from standfast.policy_file.loading import PolicyError, load_policy
from standfast.policy_file.shipped import SHIPPED_POLICY
from tests.commands.ended import Ended
from tests.decisions.mapping.bodies import SAMPLES
from tests.policy.small import SMALL

OWN = """\
sources:
  warehouse:
    title: Warehouse control
    services: {"WCS production": vpn}
    resolves: true
    group: policy
    window: 10m
    max_per_minute: 60
    busy_status: 503
    signature: {style: standard_webhooks, secrets: ["secret:WCS", "secret:WCS_OLD"]}
    mappings:
      fault:
        when: {fault.id: "*"}
        state: "{fault.status}"
        states: {trigger: [open, reopened], resolve: "closed*"}
        key: "{fault.id}"
        title: ["{fault.line}: {fault.text}", "Fault {fault.id}"]
        service: "{fault.system}"
"""


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    file = tmp_path / "policy.yaml"
    file.write_text(SMALL + OWN)
    return file


class TestCheck:
    """`policy check` names each mistake with its line."""

    def test_it_is_right_as_it_stands(self, policy: Path) -> None:
        source = load_policy(policy).sources["warehouse"]
        assert source.resolves
        assert source.mappings["fault"].title == ("{fault.line}: {fault.text}", "Fault {fault.id}")

    @pytest.mark.parametrize(
        ("old", "new", "line", "place", "words"),
        [
            (
                '"{fault.id}"',
                '"{fault..id}"',
                16,
                "key.0",
                "'fault..id' is no path; one looks like",
            ),
            ('"Fault {fault.id}"', '"Fault {fault.id"', 17, "title.1", "has a lone brace"),
            ('when: {fault.id: "*"}', 'when: {"fault[": "*"}', 13, "when.fault[", "is no path"),
            ("trigger: [open, reopened]", "open: [open]", 15, "states.open", "'trigger', 'ack"),
            ('        key: "{fault.id}"\n', "", 12, "", "needs a `key`: what is the same in"),
            ("title: [", "titel: [", 17, "titel", "is not known here"),
            ("title: [", "titel: [", 12, "title", "is missing"),
            ("{fault.id: ", "{fault.id: [], x: ", 13, "when.fault.id", "at least 1"),
        ],
    )
    def test_mistakes_in_a_mapping(
        self, policy: Path, old: str, new: str, line: int, place: str, words: str
    ) -> None:
        assert OWN.count(old) == 1
        policy.write_text(SMALL + OWN.replace(old, new))
        with pytest.raises(PolicyError) as broken:
            load_policy(policy)
        before = len(SMALL.splitlines())
        whole = ".".join(filter(None, ("sources.warehouse.mappings.fault", place)))
        found = [p for p in broken.value.problems if (p.line - before, p.place) == (line, whole)]
        assert len(found) == 1, str(broken.value)
        assert words in found[0].message

    @pytest.mark.parametrize(
        ("old", "new", "line", "words"),
        [
            ("vpn}", "fax}", 4, "no service 'fax'; there are: vpn"),
            ("group: policy", "group: label", 6, "'none', 'source' or 'policy', not 'label'"),
            ("60", "0", 8, "greater than or equal to 1"),
            ("busy_status: 503", "busy_status: 500", 9, "429 or 503"),
            ("secret:WCS_OLD", "hunter2", 10, "must be secret:NAME"),
            ("window: 10m", "window: soon", 7, "must be a duration"),
        ],
    )
    def test_mistakes_around_it(
        self, policy: Path, old: str, new: str, line: int, words: str
    ) -> None:
        policy.write_text(SMALL + OWN.replace(old, new))
        with pytest.raises(PolicyError) as broken:
            load_policy(policy)
        (problem,) = broken.value.problems
        assert problem.line == len(SMALL.splitlines()) + line
        assert words in problem.message

    def test_one_line_of_a_shipped_mapping_is_changed(self, tmp_path: Path) -> None:
        file = tmp_path / "own.yaml"
        change = 'sources: {grafana: {mappings: {legacy: {service: "{tags.team}"}}}}'
        file.write_text(f"extends: {SHIPPED_POLICY}\n{change}\n")
        grafana = load_policy(file).sources["grafana"]
        assert grafana.mappings["legacy"].service == ("{tags.team}",)
        assert grafana.mappings["legacy"].key == ("{ruleId}", "{ruleName}")


class TestCommands:
    """`intake test` and `intake table` open nothing and show what would come."""

    @pytest.fixture(autouse=True)
    def _in_a_place_of_its_own(
        self, policy: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
    ) -> None:
        self.capsys = capsys
        self.monkeypatch = monkeypatch
        monkeypatch.setenv("STANDFAST_POLICY", str(policy))

    def run(self, *arguments: str) -> Ended:
        code = run_command(("intake", *arguments))
        return Ended(code, *self.capsys.readouterr())

    def test_a_mapping_of_ones_own(self, tmp_path: Path) -> None:
        file = tmp_path / "fault.json"
        fault = {"id": 7, "status": "Open", "line": "L2", "text": "Jam", "system": "wcs Production"}
        file.write_text(json.dumps({"fault": fault}))
        document = self.run("test", "warehouse", str(file), "--json").json
        assert (document["accepted"], document["action"]) == (True, "trigger")
        assert document["dedup_key"] == "7"
        assert document["report"]["title"] == "L2: Jam"
        assert document["report"]["service"] == "vpn"
        assert document["report"]["dedup_key"] == "warehouse:7"
        assert self.run("test", "warehouse", str(file)).out.splitlines() == [
            "trigger: L2: Jam",
            "  dedup_key: 7",
            "  state: Open",
            "  by: warehouse",
            "  report.title: L2: Jam",
            "  report.service: vpn",
            "  report.reporter: warehouse",
            "  report.channel: monitor",
            "  report.dedup_key: warehouse:7",
        ]

    def test_a_refused_body(self, tmp_path: Path) -> None:
        file = tmp_path / "odd.json"
        file.write_text("{}")
        reason = "this is no body of Warehouse control: fault needs fault.id"
        told = "Sent over HTTP, what is not understood opens an incident that says so."
        assert self.run("test", "warehouse", str(file)) == (1, "", f"{reason}\n{told}\n")
        ended = self.run("test", "warehouse", str(file), "--json")
        assert (ended.code, ended.document["accepted"]) == (1, False)
        assert (ended.document["reason"], ended.document["errors"]) == (reason, [reason])

    def test_a_source_alike_that_would_take_it_is_named(self) -> None:
        self.monkeypatch.setenv("STANDFAST_POLICY", str(SHIPPED_POLICY))
        ended = self.run("test", "pagerduty", str(SAMPLES / "pagerduty-webhooks__v2_trigger.json"))
        assert ended == (
            1,
            "",
            "event_action is missing or empty; the source pagerduty-webhooks takes such bodies\n",
        )

    def test_the_table_of_all_samples(self) -> None:
        self.monkeypatch.setenv("STANDFAST_POLICY", str(SHIPPED_POLICY))
        rows = self.run("table", str(SAMPLES), "--json").json
        assert [row["file"] for row in rows] == sorted(file.name for file in SAMPLES.iterdir())
        assert all(row["accepted"] and len(row["alerts"]) == 1 for row in rows)
        printed = self.run("table", str(SAMPLES)).out
        last = printed.splitlines()[-1]
        assert last == "97 files: 43 trigger, 8 acknowledge, 34 resolve, 12 ignore, 0 refused"

    def test_files_of_the_table_and_their_sources(self, tmp_path: Path) -> None:
        self.monkeypatch.setenv("STANDFAST_POLICY", str(SHIPPED_POLICY))
        bodies = tmp_path / "bodies"
        bodies.mkdir()
        for name, sample in (
            ("pagerduty__v2.json", "pagerduty-webhooks__v2_trigger"),
            ("libre__x.json", "librenms__down"),
            ("mine__x.json", "updown__down"),
            ("telegram__x.json", "updown__down"),
        ):
            (bodies / name).write_bytes((SAMPLES / f"{sample}.json").read_bytes())
        rows = self.run("table", str(bodies), "--source", "mine=updown", "--json").json
        assert [(row["file"], row["source"], row["accepted"]) for row in rows] == [
            ("libre__x.json", "librenms", True),
            ("mine__x.json", "updown", True),
            ("pagerduty__v2.json", "pagerduty-webhooks", True),
            ("telegram__x.json", "telegram", False),
        ]
        whole = self.run("table", str(bodies), "--source", "updown", "--json").json
        assert [row["accepted"] for row in whole] == [False, True, False, True]

    @pytest.mark.parametrize(
        ("arguments", "code", "words"),
        [
            (["table", "missing"], 1, "missing is not a directory"),
            (["table", ".", "--source", "a", "--source", "b"], 2, "give one for all files"),
            (["test", "warehouse", "missing.json"], 1, "No such file or directory: missing.json"),
        ],
    )
    def test_what_makes_no_sense(self, arguments: list[str], code: int, words: str) -> None:
        ended = self.run(*arguments)
        assert ended.code == code
        assert words in ended.err
