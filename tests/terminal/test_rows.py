"""Rows fit any terminal: what somebody may copy is never cut."""

import re
from io import StringIO

from hypothesis import example, given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from standfast.terminal.rows import Column, Narrowed, OneLine, Rows

ID = "INC-7F3K2QXWM4"
TITLE = "VPN is slow for the whole department, since this morning"


def printed(what: Rows | OneLine, width: int) -> list[str]:
    screen = Console(file=StringIO(), width=width)
    screen.print(what)
    assert isinstance(screen.file, StringIO)
    return [line.rstrip() for line in screen.file.getvalue().splitlines()]


def incidents() -> Rows:
    names = ("Incident", "Prio", "Stage", "Team", "Age")
    rows = Rows(*map(Column, names), Column("Title", Narrowed.CUT))
    rows.add(ID, "P4", "automated_resolution", "network L1", "16 h 42 min", TITLE)
    return rows


def test_a_wide_terminal_gets_a_table_and_the_title_is_cut_after_a_word() -> None:
    assert printed(incidents(), 100) == [
        "Incident        Prio  Stage                 Team        Age          Title",
        f"{ID}  P4    automated_resolution  network L1  16 h 42 min  VPN is slow for the whole…",
    ]


def test_fifty_columns_get_everything_below_each_other() -> None:
    assert printed(incidents(), 50) == [
        f"{ID}  P4  automated_resolution  network",
        "L1  16 h 42 min",
        "  Title: VPN is slow for the whole department,",
        "  since this morning",
    ]


def test_pairs_have_no_headings() -> None:
    rows = Rows(Column(), Column(narrowed=Narrowed.WRAPPED))
    rows.add("Path", "report → triage → classify")
    rows.add("Merged", f"into {ID}")
    assert printed(rows, 30) == [
        "Path    report → triage →",
        "        classify",
        f"Merged  into {ID}",
    ]
    assert printed(rows, 16)[-2:] == ["  into", f"  {ID}"]


words = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), max_size=30)


@given(
    st.lists(st.tuples(words, words, words), min_size=1, max_size=3),
    st.lists(st.sampled_from(Narrowed), min_size=3, max_size=3),
    st.integers(len(ID) + 2, 120),
)
@example([("", "", "")], [Narrowed.CUT] * 3, 20)
def test_an_id_is_whole_at_any_width_and_beside_any_texts(
    texts: list[tuple[str, str, str]], narrowed: list[Narrowed], width: int
) -> None:
    rows = Rows(Column("Incident"), *(Column("x", each) for each in narrowed))
    for number, cells in enumerate(texts):
        rows.add(f"{ID}{number}", *cells)
    shown = printed(rows, width)
    assert [line for line in shown if ID in line]
    for number in range(len(texts)):
        assert any(f"{ID}{number}" in line for line in shown)


def test_an_event_is_cut_after_a_word() -> None:
    event = OneLine(Text(f"10:45 resolve: merged, ana: into {ID} since it is the same"))
    assert printed(event, 80) == [f"10:45 resolve: merged, ana: into {ID} since it is the same"]
    assert printed(event, 54) == [f"10:45 resolve: merged, ana: into {ID} since…"]
    assert printed(event, 40) == ["10:45 resolve: merged, ana: into…"]


def test_one_long_word_is_cut_where_the_line_ends() -> None:
    assert printed(OneLine(Text("x" * 100)), 10) == ["x" * 9 + "…"]


@given(words, st.integers(1, 50))
def test_an_event_stays_in_one_line(text: str, width: int) -> None:
    assert len(printed(OneLine(Text(re.sub(r"\s", " ", text))), width)) == 1
