"""The documentation says what the code says: names, tables, the flowchart, the policy's format."""

import json
import re
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import chain
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel

from benchmarks.cost import FLOORS
from standfast.commands.app import build
from standfast.decisions.mapping import alerts_of
from standfast.hosting.settings import documented
from standfast.hosting.wiring import build_activities
from standfast.incidents.flowchart import Box
from standfast.incidents.measures import Measures, Times
from standfast.incidents.names import SEARCH_ATTRIBUTES
from standfast.incidents.stats import GroupNumbers, PersonNumbers, Spread, Stats, TargetNumbers
from standfast.policy import Policy
from standfast.policy_file.loading import load_policy
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from standfast.terminal.flowchart_picture import flowchart_picture
from tests.empty_records import empty_records
from workflows.incident import IncidentWorkflow

ROOT = Path(__file__).parents[2]
README, BOXES, COMMANDS, POLICY = (
    "README.md",
    "docs/boxes.md",
    "docs/commands.md",
    "docs/policy.md",
)
PAGES = [
    "README.md",
    "CONTRIBUTING.md",
    *sorted(str(page.relative_to(ROOT)) for page in ROOT.glob("docs/**/*.md")),
]
PACKAGES = [*sorted(package.parent.name for package in ROOT.glob("*/__init__.py")), "policy"]

_CODE_BLOCK = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)
_LINK = re.compile(r"\]\(([^)#\s]*)(?:#([^)\s]*))?\)")
_QUOTED = re.compile(r"`([^`]+)`")
_PATH = re.compile(rf"(?:{'|'.join(PACKAGES)}|deploy|docs|\.ci)/[\w./-]*|\w+\.(?:py|lock)")


def _text(page: str) -> str:
    return (ROOT / page).read_text()


def _prose(page: str) -> str:
    return _CODE_BLOCK.sub("", _text(page))


def _table(page: str, first_column: str) -> list[list[str]]:
    """The rows of the table on `page` whose first column is headed so; cells without backticks."""
    lines = iter(_text(page).splitlines())
    for line in lines:
        if line.startswith(f"| {first_column} |"):
            next(lines)
            return list(_rows(lines))
    raise AssertionError(f"{page} has no table that begins with the column {first_column!r}")


def _rows(lines: Iterator[str]) -> Iterator[list[str]]:
    for line in lines:
        if not line.startswith("|"):
            return
        yield [cell.strip() for cell in line.strip().strip("|").split("|")]


def _anchor(heading: str) -> str:
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def _commands() -> Iterator[tuple[str, str]]:
    line = build()
    return _commands_of({name: line.load(name) for name in [*line.commands]})


def _commands_of(commands: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, str]]:
    for name, command in commands.items():
        if isinstance(command, typer.core.TyperGroup):
            yield from _commands_of(command.commands, f"{before}{name} ")
        else:
            yield f"{before}{name}", command.help.splitlines()[0]


def _models(annotation: Any) -> Iterator[type[BaseModel]]:
    """Every model that stands somewhere in a type, and in the types of its fields."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
        for field in annotation.model_fields.values():
            yield from _models(field.annotation)
    for argument in get_args(annotation):
        yield from _models(argument)


@pytest.mark.parametrize("page", PAGES)
def test_every_file_and_function_that_is_named_exists(page: str) -> None:
    missing = []
    for quoted in _QUOTED.findall(_prose(page)):
        path, _, name = quoted.partition("::")
        if not _PATH.fullmatch(path):
            continue
        file = ROOT / path
        defined = rf"^\s*(?:async )?(?:def|class) {name}\b"
        if not file.exists() or (name and not re.search(defined, file.read_text(), re.MULTILINE)):
            missing.append(quoted)
    assert missing == []


@pytest.mark.parametrize("page", [*PAGES, "CHANGELOG.md"])
def test_every_link_leads_somewhere(page: str) -> None:
    broken = []
    for target, anchor in _LINK.findall(_prose(page)):
        if "://" in target:
            continue
        file = (ROOT / page).parent / target if target else ROOT / page
        headings = re.findall(r"^#+ (.+)$", file.read_text(), re.M) if file.is_file() else []
        if not file.exists() or (anchor and anchor not in map(_anchor, headings)):
            broken.append(f"{target}#{anchor}")
    assert broken == []


def test_readme_shows_the_flowchart_as_watch_draws_it() -> None:
    picture = "\n".join(line.rstrip() for line in flowchart_picture(()).plain.splitlines())
    assert f"```text\n{picture}\n```" in _text(README)


def test_readme_lists_every_setting_with_its_default() -> None:
    told = [
        [f"`{name}`", f"`{default}`" if default else "unset", words]
        for name, default, words in documented()
    ]
    assert _table(README, "variable") == told


def test_readme_is_short() -> None:
    assert len(_text(README).splitlines()) <= 200


def test_the_commands_page_lists_every_command_as_help_does() -> None:
    told = [[f"`{name}`", words] for name, words in _commands()]
    assert _table(COMMANDS, "command") == told


def test_every_make_target_that_is_named_exists() -> None:
    targets = set(re.findall(r"^(\w+):", _text("Makefile"), re.MULTILINE))
    named = set(
        re.findall(r"(?:^|`|\$ |=\S+ )make (\w+)", "\n".join(map(_text, PAGES)), re.MULTILINE)
    )
    assert named == targets


def test_the_costs_page_has_a_row_for_each_path() -> None:
    named = [name for row in _table("docs/costs.md", "path") for name in _QUOTED.findall(row[0])]
    assert sorted(named) == sorted(FLOORS)


def test_each_box_has_its_row_with_the_method_of_its_name() -> None:
    rows = _table(BOXES, "box")
    assert [row[0] for row in rows] == [f"`{box}`" for box in Box]
    for box, (_, workflow, *_others) in zip(Box, rows, strict=True):
        if box is not Box.REPORT:
            assert f"`workflows/incident.py::{box}`" in workflow
            assert callable(getattr(IncidentWorkflow, box))


def test_the_boxes_page_names_every_activity(tmp_path: Path) -> None:
    records = RecordStore(empty_records(tmp_path / "records.db"))
    activities = build_activities(PolicySource(SHIPPED_POLICY), records, data=tmp_path)
    records.close()
    named = re.findall(r"`activities/\w+\.py::(\w+)`", _text(BOXES))
    assert set(named) == {activity.__name__ for activity in activities}


def test_the_boxes_page_names_sections_of_the_policy() -> None:
    named = chain.from_iterable(_QUOTED.findall(row[4]) for row in _table(BOXES, "box"))
    # Whom the incidents belong to, who looks after Standfast itself, what is kept how long, and in
    # which chats it is shown, is no box's.
    of_no_box = {"organisation", "operators", "retention", "chat"}
    assert {*named} == {*Policy.model_fields} - of_no_box


def test_the_boxes_page_names_every_room() -> None:
    said = [row[0].strip("`/") for row in _table(BOXES, "room")]
    rooms = {
        str(package.parent.relative_to(ROOT)) for package in ROOT.glob("standfast/*/__init__.py")
    }
    assert {*said} == rooms | {"activities", "policy", "workflows"}
    assert len(said) == len({*said})


def test_the_policy_page_has_every_section_and_every_key() -> None:
    page = _text(POLICY)
    headings = re.findall(r"^## (.+)$", page, re.MULTILINE)
    sections = [name for heading in headings for name in _QUOTED.findall(heading)]
    assert sections == [*Policy.model_fields]
    keys = {key for model in _models(Policy) for key in model.model_fields}
    named = re.findall(
        r"\w+", " ".join((*_QUOTED.findall(_prose(POLICY)), *_CODE_BLOCK.findall(page)))
    )
    assert keys - {*named} == set()


def test_the_sources_page_has_a_row_for_each_source_and_what_it_was_checked_against() -> None:
    rows = _table("docs/sources.md", "source")
    told = [f"`{name}`" for name in load_policy(SHIPPED_POLICY).sources]
    assert sorted(row[0] for row in rows) == sorted(told)
    assert all(len(row) == 3 and all(row) for row in rows)


def test_the_payload_that_is_proposed_for_datadog_is_understood() -> None:
    (proposed,) = re.findall(r"```json\n(.*?)```", _text("docs/sources.md"), re.DOTALL)
    filled_in = {
        "$ALERT_ID": "900",
        "$ALERT_TRANSITION": "Recovered",
        "$ALERT_SCOPE": "host:api-1",
        "$EVENT_TITLE": "[Recovered] API is slow",
        "$TAGS": "env:prod,service:website",
    }
    for variable, value in filled_in.items():
        proposed = proposed.replace(variable, value)
    (alert,) = alerts_of(
        load_policy(SHIPPED_POLICY), "datadog", json.loads(proposed), datetime.now(UTC)
    )
    assert (alert.action, alert.dedup_key) == ("resolve", "900/host:api-1")
    assert alert.report
    assert alert.report.service == "website"


def test_the_first_hour_names_every_search_attribute() -> None:
    named = re.findall(r"`(Standfast[A-Z]\w+)`", _text("docs/first-hour.md"))
    assert named == [key.name for key in SEARCH_ATTRIBUTES]


@pytest.mark.parametrize("page", [page for page in PAGES if "/decisions/0" in page])
def test_a_decision_has_the_form_and_is_listed(page: str) -> None:
    text = _text(page)
    assert re.match(
        r"# [1-9]\d*\. .+\n\n"
        r"- Date: \d{4}-\d\d-\d\d\n"
        r"- Status: (accepted|replaced by \d+)\n\n"
        r"\*\*Why\.\*\* (.|\n)+\*\*Decision\.\*\* (.|\n)+\*\*Price\.\*\* ",
        text,
    )
    assert len(text.splitlines()) <= 40
    assert f"({Path(page).name})" in _text("docs/decisions/README.md")


def test_the_glossary_is_sorted_and_explains_every_term() -> None:
    entries = re.findall(
        r"^- \*\*(.+?)\*\*[^:\n]*: *(.*)$", _text("docs/glossary.md"), re.MULTILINE
    )
    terms = [term.casefold() for term, _ in entries]
    assert len(terms) == _text("docs/glossary.md").count("\n- ")
    assert terms == sorted({*terms})
    assert all(meaning for _, meaning in entries)


def test_the_asvs_page_has_each_requirement_once_and_counts_them() -> None:
    answers = ["met", "partly", "not met", "does not apply"]
    page = _text("docs/asvs.md")
    found: dict[str, str] = {}
    for numbers, answer in re.findall(r"^\| ([\d., –]+) \| ([a-z ]+) \|", page, re.MULTILINE):
        for part in numbers.split(", "):
            first, _, last = part.partition("–")
            section, _, begin = first.rpartition(".")
            for number in range(int(begin), int((last or first).rpartition(".")[2]) + 1):
                assert f"{section}.{number}" not in found
                found[f"{section}.{number}"] = answer
    # Levels 1 and 2 of version 5.0.0.
    assert len(found) == 253
    chapters = re.findall(r"^## (V(\d+) .+)$", page, re.MULTILINE)
    told = [
        [name, *(str(_count(found, f"{number}.", answer)) for answer in answers)]
        for name, number in chapters
    ]
    together = ["together", *(str(_count(found, "", answer)) for answer in answers)]
    assert _table("docs/asvs.md", "chapter") == [*told, together]


def _count(found: Mapping[str, str], chapter: str, answer: str) -> int:
    return sum(
        requirement.startswith(chapter) and given == answer for requirement, given in found.items()
    )


def test_numbers_are_explained_in_the_words_of_the_code() -> None:
    lines = _text("docs/numbers.md").splitlines()
    for model in (Times, Measures, GroupNumbers, TargetNumbers, Spread, PersonNumbers, Stats):
        for name, field in model.model_fields.items():
            if field.description:
                assert f"| `{name}` | {field.description} |" in lines
