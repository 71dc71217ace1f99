"""`oncall` and `override`: who is on call, and who stands in, without any server."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from standfast.commands.app import run as run_command
from tests.commands.ended import Ended
from tests.on_call.ics import calendar, week
from tests.policy.small import SMALL

ROTATION = SMALL[SMALL.index("        rotation:\n") : SMALL.index("clocks:\n")]
PEOPLE = "".join(
    f'  {key}: {{name: {name}, channels: {{box: "outbox://"}}}}\n'
    for key, name in (("bert", "Bert Blum"), ("chris", "Chris Kay"), ("dana", "Dana Dee"))
)
DAILY = "rotation: {people: [anna, bert], every: day, time_zone: Europe/Berlin}"


Run = Callable[..., Ended]


def write(directory: Path, schedule: str = DAILY, more: str = "") -> Path:
    path = directory / "policy.yaml"
    text = SMALL.replace(ROTATION, f"        {schedule}\n").replace(
        "people:\n", f"people:\n{PEOPLE}", 1
    )
    path.write_text(text + more)
    return path


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Run:
    """Runs a command with no Temporal, where anna and bert take turns of a day in Berlin."""
    monkeypatch.setenv("STANDFAST_POLICY", str(write(tmp_path)))
    monkeypatch.setenv("STANDFAST_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    monkeypatch.setenv("COLUMNS", "100")

    def run(*arguments: str) -> Ended:
        code = run_command(arguments)
        captured = capsys.readouterr()
        return Ended(code, captured.out, captured.err)

    return run


IN_DESK = ("--team", "desk", "--tier", "L1", "--by", "dana")


def in_hours(hours: float) -> str:
    """A moment so many hours from now, as it is typed."""
    return (datetime.now(UTC) + timedelta(hours=hours)).isoformat()


# oncall


def test_who_is_on_call_at_a_moment(run: Run) -> None:
    ended = run("oncall", "--at", "2026-01-05T12:00+01:00")
    assert [line.rstrip() for line in ended.out.splitlines()] == [
        "Team  Tier  On call  Until                     Then  Because",
        "desk  L1    anna     Tue 2026-01-06 09:00 CET  bert  their turn",
    ]
    assert (ended.code, ended.err) == (0, "")


def test_the_turns_of_some_days_through_the_night_in_which_the_clock_changes(run: Run) -> None:
    ended = run("oncall", "--team", "desk", "--at", "2026-03-27T12:00+01:00", "--days", "3")
    assert [line.rstrip() for line in ended.out.splitlines()] == [
        "desk, L1 (Europe/Berlin)",
        "  From                       Until                      On call  Because",
        "  Fri 2026-03-27 12:00 CET   Sat 2026-03-28 09:00 CET   bert     their turn",
        "  Sat 2026-03-28 09:00 CET   Sun 2026-03-29 09:00 CEST  anna     their turn",
        "  Sun 2026-03-29 09:00 CEST  Mon 2026-03-30 09:00 CEST  bert     their turn",
        "  Mon 2026-03-30 09:00 CEST  Tue 2026-03-31 09:00 CEST  anna     their turn",
    ]


def test_as_json_it_is_one_document(run: Run) -> None:
    ended = run("oncall", "--at", "2026-01-05T12:00+01:00", "--days", "1", "--json")
    assert ended.document["problems"] == []
    (tier,) = ended.document["tiers"]
    turns = tier.pop("turns")
    assert tier == {
        "team": "desk",
        "tier": "L1",
        "at": "2026-01-05T11:00:00+00:00",
        "on_call": "anna",
        "name": "Anna",
        "people": ["anna", "bert"],
        "until": "2026-01-06T09:00:00+01:00",
        "then": "bert",
        "why": "anna is on call until 2026-01-06 09:00:00 CET, then bert",
    }
    assert [(turn["from"], turn["until"], turn["on_call"]) for turn in turns] == [
        ("2026-01-05T12:00:00+01:00", "2026-01-06T09:00:00+01:00", "anna"),
        ("2026-01-06T09:00:00+01:00", "2026-01-07T09:00:00+01:00", "bert"),
    ]
    assert "turns" not in run("oncall", "--json").document["tiers"][0]


def test_a_moment_without_a_zone_is_the_tiers_and_that_is_said(run: Run) -> None:
    ended = run("oncall", "--at", "2026-01-05T08:59", "--json")
    assert ended.document["tiers"][0]["on_call"] == "bert"
    assert ended.err == (
        "--at names no zone: read by the clock in Europe/Berlin, 2026-01-05 08:59:00 CET\n"
    )
    assert (
        run("oncall", "--at", "2026-01-05T09:00", "--json").document["tiers"][0]["on_call"]
        == "anna"
    )


@pytest.mark.parametrize(
    ("arguments", "says", "code"),
    [
        (["--team", "dusk"], "the policy has no team 'dusk'; did you mean desk?", 1),
        (["--at", "soon"], "--at soon: is not a time like 2026-11-24T22:00+01:00", 2),
        (
            ["--at", "2026-03-29T02:30"],
            "--at 2026-03-29T02:30: the clock in Europe/Berlin never shows that; write the zone",
            2,
        ),
        (
            ["--at", "2026-10-25T02:30"],
            "shows that twice; write the zone, like 2026-10-25T02:30+02:00",
            2,
        ),
        (["--days", "0"], "--days", 2),
        (["--days", "367"], "--days", 2),
    ],
)
def test_what_cannot_be_told_says_why(run: Run, arguments: list[str], says: str, code: int) -> None:
    ended = run("oncall", *arguments)
    assert says in ended.err
    assert ended.err.count("\n") == 1
    assert (ended.code, ended.out) == (code, "")


def test_a_broken_policy_is_told_with_its_line(run: Run, tmp_path: Path) -> None:
    path = write(tmp_path, "rotation: {people: [nobody]}")
    ended = run("oncall")
    assert (ended.code, ended.out) == (1, "")
    assert ended.err.startswith(
        f"{path}:31: teams.desk.tiers.0.rotation.people: no person 'nobody'"
    )


def test_a_calendar_says_who_and_its_failure_is_told(run: Run, tmp_path: Path) -> None:
    write(tmp_path, "calendar: rota.ics\n        time_zone: Europe/Berlin")
    (tmp_path / "rota.ics").write_bytes(
        calendar(
            week("Chris Kay", "20260105", "20260112"), week("zoe\\, anna", "20260112", "20260119")
        )
    )
    ended = run("oncall", "--at", "2026-01-08T12:00+01:00", "--json")
    assert ended.document["problems"] == ["the calendar rota.ics: no person 'zoe'"]
    assert ended.err == "the calendar rota.ics: no person 'zoe'\n"
    assert ended.document["tiers"][0]["why"] == (
        "chris is on call until 2026-01-12 00:00:00 CET, then anna (the calendar rota.ics)"
    )
    (tmp_path / "rota.ics").unlink()
    ended = run("oncall", "--at", "2026-01-08T12:00+01:00")
    assert "chris" in ended.out
    assert re.match(
        r"the calendar rota.ics cannot be read: No such file or directory; the copy of \d+ s ago is"
        r" used\n",
        ended.err,
    )


# override


def test_an_override_is_made_and_seen_and_ended(run: Run) -> None:
    added = run(
        *("override", "add", "--person", "chris", "--from", "2099-01-05T10:00+01:00"),
        *("--until", "2099-01-06T12:00+01:00", *IN_DESK, "--reason", "dentist"),
    )
    assert (added.code, added.err) == (0, "")
    made = re.fullmatch(
        r"(OVR-[A-Z2-7]{6}): chris is on call in desk, L1 from 2099-01-05 10:00:00 CET to"
        r" 2099-01-06 12:00:00 CET, in place of (anna, bert|bert, anna)\n",
        added.out,
    )
    assert made
    now = run("oncall", "--at", "2099-01-05T12:00+01:00", "--json").document["tiers"][0]
    assert now["why"].startswith("chris is on call until 2099-01-06 12:00:00 CET, then ")
    assert now["why"].endswith(": dentist)")

    listed = run("override", "list").out
    assert listed.startswith(f"{made[1]} coming, from 2099-01-05")
    assert "chris is on call in desk, L1, by dana: dentist" in listed

    ended = run("override", "end", made[1].lower(), "--by", "anna")
    assert (ended.code, ended.out) == (0, f"{made[1]} is over: chris no longer stands in\n")
    again = run("override", "end", made[1], "--by", "bert")
    assert again.err.startswith(f"anna has ended {made[1]} already, ")
    assert (again.code, again.out) == (1, "")
    assert run("override", "list") == (0, "", "no override is active or upcoming\n")
    assert "over, since" in run("override", "list", "--all").out


def test_without_a_start_it_begins_now(run: Run) -> None:
    added = run("override", "add", "--person", "chris", "--until", in_hours(3), *IN_DESK, "--json")
    assert added.document["state"] == "running"
    assert added.document["in_place_of"]
    assert run("oncall", "--json").document["tiers"][0]["on_call"] == "chris"
    past = run(
        *("override", "add", "--person", "dana", "--from", in_hours(-5)),
        *("--until", in_hours(3), *IN_DESK, "--json"),
    )
    assert past.err == "--from is in the past: it begins now\n"
    assert past.document["starts"] > added.document["starts"]
    assert run("oncall", "--json").document["tiers"][0]["on_call"] == "dana"


def test_somebody_can_stand_in_for_one_person_only(run: Run) -> None:
    window = ("--from", "2099-01-05T09:00+01:00", "--until", "2099-01-07T09:00+01:00")
    add = ("override", "add", "--person", "chris", "--instead-of", "anna", *window, *IN_DESK)
    assert "chris is on call in place of anna in desk, L1 from 2099-01-05 09:00" in run(*add).out
    days = run("oncall", "--at", "2099-01-05T12:00+01:00", "--days", "1", "--json")
    turns = {turn["on_call"] for turn in days.document["tiers"][0]["turns"]}
    assert turns == {"chris", "bert"}
    assert run(*add, "--json").document["in_place_of"] == []
    of_nobody = run(*add[:-1], "dana", "--instead-of", "zoe").err
    assert of_nobody.startswith("the policy has no person 'zoe'")


def test_times_without_a_zone_are_the_tiers(run: Run) -> None:
    added = run(
        *("override", "add", "--person", "chris", "--from", "2099-07-05T10:00"),
        *("--until", "2099-07-06", *IN_DESK, "--json"),
    )
    assert (added.document["starts"], added.document["ends"]) == (
        "2099-07-05T08:00:00Z",
        "2099-07-05T22:00:00Z",
    )
    assert added.err == (
        "--from names no zone: read by the clock in Europe/Berlin, 2099-07-05 10:00:00 CEST\n"
        "--until names no zone: read by the clock in Europe/Berlin, 2099-07-06 00:00:00 CEST\n"
    )


def test_a_swap_is_two_overrides_made_together(run: Run) -> None:
    window = ("--from", "2099-01-05T09:00+01:00", "--until", "2099-01-07T09:00+01:00")
    before = run("oncall", "--at", "2099-01-05T12:00+01:00", "--days", "1", "--json")
    swap = run(
        "override", "swap", "--person", "anna", "--with", "bert", *window, *IN_DESK, "--json"
    )
    one, two = swap.document
    assert one["swap"] == two["swap"] == one["id"]
    assert {one["person"], two["person"]} == {"anna", "bert"}
    after = run("oncall", "--at", "2099-01-05T12:00+01:00", "--days", "1", "--json")
    turns = [
        [turn["on_call"] for turn in each.document["tiers"][0]["turns"]] for each in (before, after)
    ]
    assert turns[0] == turns[1][::-1] != turns[1]

    ended = run("override", "end", one["id"], "--by", "dana", "--json")
    assert ended.err == f"it was made as a swap: {two['id']} is over, too\n"
    assert ended.document["state"] == "over"


def test_both_people_enter_the_same_swap(run: Run) -> None:
    """grafana/oncall#2787."""
    window = ("--from", "2099-01-05T09:00+01:00", "--until", "2099-01-07T09:00+01:00")
    first = run("override", "swap", "--person", "anna", "--with", "bert", *window, *IN_DESK)
    second = run("override", "swap", "--person", "bert", "--with", "anna", *window, *IN_DESK)
    assert (second.code, second.err) == (0, "")
    assert second.out == "".join(f"already so: {line}\n" for line in first.out.splitlines())
    assert len(run("override", "list", "--json").document) == 2


def test_an_override_that_is_there_already(run: Run) -> None:
    add = ("override", "add", "--person", "chris", "--until", in_hours(3), *IN_DESK)
    first, second = run(*add, "--json").document, run(*add, "--json").document
    assert (first["already_so"], second["already_so"]) == (False, True)
    assert second["id"] == first["id"]


REFUSED = [
    (["--team", "dusk"], "the policy has no team 'dusk'; did you mean desk?", 1),
    (["--tier", "L9"], "desk has no tier 'L9'; there are: L1", 1),
    (["--person", "zoe"], "no person 'zoe'; there are: anna, bert, chris, dana", 1),
    (
        ["--until", "2026-01-05T12:00Z"],
        "it would be over already: it ends 2026-01-05 12:00:00 UTC",
        1,
    ),
    (
        ["--from", "2099-01-02T00:00Z"],
        "it ends 2099-01-01 00:00:00 UTC, which is not after its start",
        1,
    ),
    (["--until", "2199-01-02T00:00Z"], "an override lasts at most 366 days", 1),
    (["--by", " "], "by: must not be empty", 1),
    (["--reason", "x" * 501], "reason: is 501 characters long; at most 500 are allowed", 1),
    (["--until", "tomorrow"], "--until tomorrow: is not a time like", 2),
    (["--from", "2099-03-29T02:30"], "the clock in Europe/Berlin never shows that", 2),
]


@pytest.mark.parametrize(("changed", "says", "code"), REFUSED)
def test_what_cannot_be_made_is_refused_in_words(
    run: Run, changed: list[str], says: str, code: int
) -> None:
    usual = {
        "--team": "desk",
        "--tier": "L1",
        "--by": "dana",
        "--person": "chris",
        "--from": "2098-12-31T00:00Z",
        "--until": "2099-01-01T00:00Z",
    }
    name, value = changed
    options = [part for pair in (usual | {name: value}).items() for part in pair]
    ended = run("override", "add", *options)
    assert says in ended.err
    assert ended.err.count("\n") == 1
    assert (ended.code, ended.out) == (code, "")
    assert run("override", "list", "--all", "--json").document == []


def test_who_has_nothing_to_swap_is_told(run: Run) -> None:
    ended = run(
        *("override", "swap", "--person", "anna", "--with", "chris"),
        *("--from", "2099-01-05T09:00Z", "--until", "2099-01-09T09:00Z", *IN_DESK),
    )
    assert ended.code == 1
    assert ended.err.startswith("chris is not on call in L1 of desk from 2099-01-05 09:00:00 UTC")


@pytest.mark.parametrize(
    ("override_id", "says", "code"),
    [
        ("OVR-AAAAAA", "there is no override OVR-AAAAAA", 1),
        ("7", "7 is not an override's id; one looks like OVR-7F3K2Q", 2),
    ],
)
def test_an_override_that_is_not_there(run: Run, override_id: str, says: str, code: int) -> None:
    assert run("override", "end", override_id, "--by", "dana") == (code, "", f"{says}\n")
