"""Every mistake in a policy is told with its file, its line and words that help."""

import os
from datetime import date, time, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.incidents.assessment import Priority
from standfast.policy_file.loading import (
    LARGEST_FILE,
    LONGEST_CHAIN,
    PolicyError,
    Problem,
    load_policy,
    read_policy,
)
from tests.examples import examples
from tests.policy.small import EDITS, SMALL, bent, edited

HERE = "# HERE"
"""Marks, inside a broken text, the line that the error must name."""


def write(folder: Path, name: str, text: str | bytes) -> Path:
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def refused(path: Path) -> PolicyError:
    with pytest.raises(PolicyError) as caught:
        load_policy(path)
    assert caught.value.problems
    return caught.value


def test_a_good_policy_is_read(tmp_path: Path) -> None:
    policy = load_policy(write(tmp_path, "p.yaml", SMALL))
    rotation = policy.teams["desk"].tiers[0].rotation
    assert rotation
    assert (rotation.starts, rotation.at) == (date(2026, 1, 5), time(9, 0))
    assert policy.clocks[Priority.P5].acknowledge_within == timedelta(minutes=5)


BROKEN: dict[str, tuple[str, str, str, str]] = {
    # what: (the good text, the broken one, the dotted place, words of the message)
    "an unknown key": ("title: Desk", "titel: Desk # HERE", "teams.desk.titel", "not known here"),
    "a missing key": (
        "  desk:\n    title: Desk",
        "  desk: # HERE",
        "teams.desk.title",
        "is missing",
    ),
    "no such person": (
        "people: [anna]",
        "people:\n          - anna\n          - anne # HERE",
        "teams.desk.tiers.0.rotation.people",
        "no person 'anne'; there are: anna",
    ),
    "no such team": ("service_desk: desk", "service_desk: dusk # HERE", "service_desk", "'dusk'"),
    "no clocks": (
        "clocks:\n  P1: &clock\n",
        "clocks: # HERE\n  P0: &clock\n",
        "clocks",
        "no clocks for P1",
    ),
    "no duration": (
        "{watch_for: 1d, first_check: 15m}",
        "{watch_for: soon, first_check: 15m} # HERE",
        "follow_up.window.watch_for",
        "must be a duration like 90s, 15m, 1h30m or 5d, not 'soon'",
    ),
    "a duration beyond all measure": (
        "{watch_for: 1d, first_check: 15m}",
        "{watch_for: 99999999999999d, first_check: 15m} # HERE",
        "",
        "must be a duration",
    ),
    "no time of day": ("at: 09:00", "at: 9:30 # HERE", "rotation.at", "time of day like 09:00"),
    "no date": ("2026-01-05", "05.01.2026 # HERE", "rotation.starts", "date like 2026-01-05"),
    "no time zone": ("at: 09:00", "time_zone: Mars # HERE", "time_zone", "no time zone 'Mars'"),
    "a bad name": ("  anna:\n", "  Anna B: # HERE\n", "people.Anna B", "lower case letters"),
    "a level that is none": (
        "    low: {high",
        "    lo: {high",
        "triage.matrix.lo",
        "must be 'high', 'medium' or 'low'",
    ),
    "a number for text": (
        "{weight: 2, words: [vpn]}",
        "{words: [404]} # HERE",
        "categories.network.rules.0.words.0",
        "write it in quotes",
    ),
    "text for a list": ("run: [/bin/true]", "run: /bin/true # HERE", "steps.0.run", "a list"),
    "text for a mapping": ("  vpn:\n", "  fax: yes # HERE\n  vpn:\n", "services.fax", "a mapping"),
    "an empty list": (
        "      - name: L1\n        rotation:\n          people: [anna]\n"
        "          starts: 2026-01-05\n          at: 09:00",
        "      []",
        "teams.desk.tiers",
        "at least 1 item",
    ),
    "a wrong placeholder": (
        "check: [/bin/true]",
        "check:\n      - echo\n      - '{title}' # HERE",
        "runbooks.reset",
        "only {service}, {host}, {incident}, {key} may stand in braces",
    ),
    "a key twice": (
        "organisation: Tiny",
        "organisation: Tiny\norganisation: Big # HERE",
        "organisation",
        "stands here twice; the first is in line 1",
    ),
    "a tag": ("Tiny", "!!python/name:os.system '' # HERE", "organisation", "python/name:os.system"),
    "a tag that lies": ("15m}", "15m, growth: !!int two} # HERE", "window.growth", "as int"),
    "a merge key": ("  vpn:\n", "  vpn:\n    <<: {} # HERE\n", "services.vpn", "merging with <<"),
    "a key that is no text": ("  vpn:\n", "  ? [a] # HERE\n  : b\n  vpn:\n", "services", "text"),
    "an unknown alias": ("P2: *clock", "P2: *klock # HERE", "", "undefined alias 'klock'"),
    "tabs": ("    title: Desk", "\ttitle: Desk # HERE", "", "indent with spaces"),
    "an open bracket": (
        "people: [anna]\n          starts: 2026-01-05",
        "people: [anna\n          starts: 2026-01-05 # HERE",
        "",
        "is not YAML",
    ),
    "two documents": ("teams:\n", "--- # HERE\nteams:\n", "", "single document"),
    "a number out of range": ("Desk", '"\\U99999999" # HERE', "", "cannot be read as YAML"),
    "a control character": ("Desk", "De\x07sk # HERE", "", "'\\x07' is not allowed"),
}


@pytest.mark.parametrize("what", BROKEN)
def test_a_mistake_is_told_with_its_line(tmp_path: Path, what: str) -> None:
    old, new, place, words = BROKEN[what]
    text = bent(old, new)
    path = write(tmp_path, "policy.yaml", text)
    error = refused(path)
    found = [p for p in error.problems if words in p.message and p.place.endswith(place)]
    assert found, f"nothing says {words!r} of {place!r}:\n{error}"
    if HERE in text:
        line = 1 + next(n for n, here in enumerate(text.splitlines()) if HERE in here)
        assert found[0].line == line, str(error)
        assert str(found[0]).startswith(f"{path}:{line}: ")
    assert found[0].file == str(path)


def test_a_problem_is_one_line_with_file_line_place_and_words(tmp_path: Path) -> None:
    path = write(tmp_path, "p.yaml", bent("people: [anna]", "people: [anne]"))
    place = "teams.desk.tiers.0.rotation.people"
    assert str(refused(path)) == f"{path}:29: {place}: no person 'anne'; there are: anna"


def test_all_mistakes_are_told_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    text = SMALL
    for old, new in (
        ("service_desk: desk", "service_desk: dusk"),
        ("weight: 2", "weight: -2"),
        ("category: network\npeople", "category: netwurk\npeople"),
        ("title: Desk", "titel: Desk"),
        ("first_check: 15m", "first_check: 15 minutes"),
        ("- run: [/bin/true]", "- run: []"),
    ):
        assert old in text
        text = text.replace(old, new)
    error = refused(write(tmp_path, "p.yaml", text))
    assert [problem.place for problem in error.problems] == [
        "service_desk",
        "categories.network.rules.0.weight",
        "services.vpn.category",
        "teams.desk.title",
        "teams.desk.titel",
        "follow_up.window.first_check",
        "runbooks.reset.steps.0.run",
    ]


def test_references_to_what_is_itself_broken_are_not_called_missing(tmp_path: Path) -> None:
    text = bent("    name: Anna\n", "    name: Anna\n    nick: A\n")
    assert [problem.place for problem in refused(write(tmp_path, "p.yaml", text)).problems] == [
        "people.anna.nick"
    ]
    text = bent(
        'people:\n  anna:\n    name: Anna\n    channels: {outbox: "outbox://"}\n', "people: 3\n"
    )
    assert [problem.place for problem in refused(write(tmp_path, "p.yaml", text)).problems] == [
        "people"
    ]


@pytest.mark.parametrize(
    ("content", "line", "words"),
    [
        (b"", 1, "is empty"),
        (b"# nothing\n", 1, "is empty"),
        (b"- a\n- b\n", 1, "must be a mapping"),
        (b"organisation: Tiny\nservice_desk: \xff\xfe\n", 2, "is not UTF-8: byte 0xff"),
        (b"x" * (LARGEST_FILE + 1), 0, "larger than 500000 bytes"),
        (b"\na: " + b"[" * 100_000, 2, "more than 30 levels"),
        (b"a: " + b"{a: " * 100_000, 1, "more than 30 levels"),
        (b"a: &a [*a]", 1, "aliases written out"),
    ],
    ids=lambda value: str(value)[:25],
)
def test_files_that_are_no_policy_at_all(
    tmp_path: Path, content: bytes, line: int, words: str
) -> None:
    (problem,) = refused(write(tmp_path, "p.yaml", content)).problems
    assert problem.line == line
    assert words in problem.message


def test_a_bomb_of_aliases_is_refused_before_it_unfolds(tmp_path: Path) -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]
    (problem,) = refused(write(tmp_path, "p.yaml", "\n".join(lines))).problems
    assert "more than 100000 values" in problem.message


def test_a_file_that_is_not_there_and_one_that_is_a_folder(tmp_path: Path) -> None:
    missing = tmp_path / "missing.yaml"
    assert str(refused(missing)) == f"{missing}: cannot be read: No such file or directory"
    assert str(refused(tmp_path)) == f"{tmp_path}: cannot be read: it is not a file"


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    assert "it is not a file" in str(refused(pipe))


def test_plain_values_are_what_they_look_like(tmp_path: Path) -> None:
    text = bent("words: [vpn]", "words: [no, on, 12:30, '404', 2026-01-05, 1_000, 0x1F, 1e3, 007]")
    text = text.replace("title: Remote access", "title: Off\n    watch: yes\n    users: 0100")
    policy = load_policy(write(tmp_path, "p.yaml", text))
    (rule,) = policy.categories["network"].rules
    assert rule.words == ("no", "on", "12:30", "404", "2026-01-05", "1_000", "0x1F", "1e3", "007")
    service = policy.services["vpn"]
    assert (service.title, service.watch, service.users) == ("Off", True, 100)


class TestExtends:
    """A small file that changes a large one."""

    def test_mappings_are_merged_and_all_else_is_replaced(self, tmp_path: Path) -> None:
        write(tmp_path, "base.yaml", SMALL)
        path = write(
            tmp_path,
            "own.yaml",
            "extends: base.yaml\n"
            "services: {vpn: {users: 7}, fax: {title: Fax}}\n"
            "categories: {network: {rules: [{words: [fax]}]}}\n",
        )
        policy = load_policy(path)
        assert policy.organisation == "Tiny"
        assert policy.services["vpn"].title == "Remote access"
        assert policy.services["vpn"].users == 7
        assert policy.services["fax"].title == "Fax"
        assert [rule.words for rule in policy.categories["network"].rules] == [("fax",)]

    def test_the_file_is_sought_beside_the_one_that_names_it(self, tmp_path: Path) -> None:
        (tmp_path / "deep").mkdir()
        base = write(tmp_path, "base.yaml", SMALL)
        middle = write(tmp_path / "deep", "middle.yaml", "extends: ../base.yaml\n")
        top = write(tmp_path, "top.yaml", "extends: deep/middle.yaml\norganisation: Big\n")
        loaded = read_policy(top)
        assert loaded.policy.organisation == "Big"
        assert set(loaded.files) == {top, middle, base}

    def test_mistakes_name_the_file_they_are_in(self, tmp_path: Path) -> None:
        base = write(tmp_path, "base.yaml", bent("weight: 2", "weight: 0"))
        top = write(
            tmp_path,
            "top.yaml",
            "extends: base.yaml\nservice_desk: dusk\npeople: {anna: {nick: A}}",
        )
        assert [(p.file, p.line, p.place) for p in refused(top).problems] == [
            (str(top), 2, "service_desk"),
            (str(top), 3, "people.anna.nick"),
            (str(base), 12, "categories.network.rules.0.weight"),
        ]

    def test_what_the_base_gets_wrong_can_be_put_right_above_it(self, tmp_path: Path) -> None:
        write(tmp_path, "base.yaml", bent("service_desk: desk", "service_desk: dusk"))
        top = write(tmp_path, "top.yaml", "extends: base.yaml\nservice_desk: desk\n")
        assert load_policy(top).service_desk == "desk"

    def test_syntax_errors_in_the_base_are_told(self, tmp_path: Path) -> None:
        base = write(tmp_path, "base.yaml", "a: [\n")
        top = write(tmp_path, "top.yaml", "extends: base.yaml\na: 1\na: 2\n")
        problems = refused(top).problems
        assert [(p.file, p.line) for p in problems] == [(str(top), 3), (str(base), 2)]

    @pytest.mark.parametrize(
        ("extends", "words"),
        [
            ("missing.yaml", "missing.yaml' cannot be read: No such file or directory"),
            (".", "cannot be read: it is not a file"),
            ("[a.yaml]", "must name one file"),
            ("''", "must name one file"),
            ('"a\\0b"', "must name one file"),
            ("top.yaml", "extends itself in the end"),
        ],
    )
    def test_a_base_that_cannot_be_read(self, tmp_path: Path, extends: str, words: str) -> None:
        top = write(tmp_path, "top.yaml", f"organisation: Big\nextends: {extends}\n")
        (problem,) = refused(top).problems
        assert (problem.file, problem.line, problem.place) == (str(top), 2, "extends")
        assert words in problem.message

    def test_a_circle_is_told_where_it_closes(self, tmp_path: Path) -> None:
        write(tmp_path, "a.yaml", "extends: b.yaml\n")
        b = write(tmp_path, "b.yaml", "extends: ./a.yaml\n")
        (problem,) = refused(tmp_path / "a.yaml").problems
        assert (problem.file, problem.line) == (str(b), 1)
        assert "extends itself in the end" in problem.message

    def test_a_chain_without_end(self, tmp_path: Path) -> None:
        for n in range(LONGEST_CHAIN + 5):
            write(tmp_path, f"{n}.yaml", f"extends: {n + 1}.yaml\n")
        (problem,) = refused(tmp_path / "0.yaml").problems
        assert f"more than {LONGEST_CHAIN} files" in problem.message


class TestVersion:
    """Every decision records it, so it must tell one policy from another."""

    def test_it_changes_with_any_file_and_only_then(self, tmp_path: Path) -> None:
        write(tmp_path, "base.yaml", SMALL)
        path = write(tmp_path, "own.yaml", "extends: base.yaml\n")
        first = load_policy(path).version
        assert load_policy(path).version == first
        assert 8 <= len(first) <= 12
        assert int(first, 16)
        write(tmp_path, "base.yaml", bent("Tiny", "Large"))
        second = load_policy(path).version
        write(tmp_path, "own.yaml", "extends: base.yaml\n# changed\n")
        third = load_policy(path).version
        assert len({first, second, third}) == 3


@settings(max_examples=examples(150))
@given(edits=st.lists(EDITS, max_size=4))
def test_whatever_stands_in_the_file_there_are_only_clear_refusals(
    tmp_path_factory: pytest.TempPathFactory, edits: list[tuple[int, int, str]]
) -> None:
    path = write(tmp_path_factory.getbasetemp(), "fuzzed.yaml", edited(edits))
    problems: tuple[Problem, ...] = ()
    try:
        accepted = load_policy(path).version
    except PolicyError as error:
        accepted, problems = "", error.problems
    assert accepted or problems
    assert all(problem.message and problem.file == str(path) for problem in problems)
