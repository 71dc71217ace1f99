"""Markdown as blocks: their kinds, and where a line may end."""

from typing import Any

import pytest

from standfast.documents.markdown_blocks import blocks_of, is_from_right, pieces_of


def run(*pieces: str, **style: bool) -> dict[str, Any]:
    return {"pieces": [*pieces], **style}


def test_each_kind_of_block() -> None:
    text = (
        "# A *b*\n\nx  \ny\n\n3. c\n   - d\n\n> e\n\n---\n\n```\nf\n\tg\n```\n\n|h|\n|-|\n|`i`|\n"
    )
    assert blocks_of(text) == [
        {
            "kind": "heading",
            "level": 1,
            "runs": [run("A "), run("b", emphasis=True)],
            "rtl": False,
        },
        {"kind": "paragraph", "runs": [run("x"), {"break": True}, run("y")], "rtl": False},
        {
            "kind": "list",
            "start": 3,
            "items": [
                [
                    {"kind": "paragraph", "runs": [run("c")], "rtl": False},
                    {
                        "kind": "list",
                        "start": None,
                        "items": [[{"kind": "paragraph", "runs": [run("d")], "rtl": False}]],
                    },
                ]
            ],
        },
        {
            "kind": "quote",
            "blocks": [{"kind": "paragraph", "runs": [run("e")], "rtl": False}],
        },
        {"kind": "rule"},
        {"kind": "code", "lines": [["f"], ["    g"]]},
        {"kind": "table", "columns": 1, "head": [[run("h")]], "rows": [[[run("i", code=True)]]]},
    ]


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("[the graph](https://a.example)", "the graph (https://a.example)"),
        ("<https://a.example>", "https://a.example"),
        ("<ana@a.example>", "ana@a.example"),
        ("[x](javascript:alert)", "[x](javascript:alert)"),
        ("![a](b.png)", "!a (b.png)"),
        ("<b>bold</b> &amp; ~~gone~~", "<b>bold</b> & gone"),
        ("a\nb", "a b"),
    ],
)
def test_links_say_where_they_lead_and_nothing_is_html(written: str, said: str) -> None:
    [block] = blocks_of(written)
    assert "".join("".join(each["pieces"]) for each in block["runs"]) == said


def test_what_takes_long_is_shown_as_typed() -> None:
    assert [block["kind"] for block in blocks_of("[" * 600)] == ["code"]


@pytest.mark.parametrize("text", ["", " ", "a" * 60, "https://a.example/b/c?d=e" * 9, "é" * 30])
def test_pieces_are_the_whole_text(text: str) -> None:
    pieces = pieces_of(text)
    assert "".join(pieces) == text
    assert max(map(len, pieces)) <= 25


@pytest.mark.parametrize(
    ("text", "expected"), [("a א", False), ("- א a", True), ("العربية", True), ("1 2", False)]
)
def test_the_first_letter_says_from_where_it_is_read(text: str, expected: bool) -> None:
    assert is_from_right(text) is expected
