"""Markdown of people within a document: whatever is in it, the rest of the document is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.documents.contained_markdown import contained
from standfast.documents.markdown import parser_for
from standfast.incidents.review import LONGEST_TEXT


@pytest.mark.parametrize(
    ("typed", "made"),
    [
        ("It *was* late, a < b", "It *was* late, a < b"),
        ("# Action items\n\n- [x] all", "### Action items\n\n- [x] all"),
        ("> ## Deep\n\n###### Six", "> #### Deep\n\n###### Six"),
        ("Action items\n---\n\nnone", "#### Action items\n\n\nnone"),
        ("```\n# no heading <b>", "```\n# no heading <b>\n```"),
        ("~~~~\nx\n~~~", "~~~~\nx\n~~~\n~~~~"),
        ("```\nx\n```\n\n<!-- hidden", "```\nx\n```\n\n\\<!-- hidden"),
        ("`<b>` <b> <https://a.example> </div>", "`<b>` \\<b> <https://a.example> \\</div>"),
        ("    # code <b>", "    # code <b>"),
        ("[" * 501, "```\n" + "[" * 501 + "\n```"),
    ],
)
def test_what_would_reach_beyond_its_section_does_not(typed: str, made: str) -> None:
    assert contained(typed) == made


@given(
    st.lists(
        st.sampled_from(
            [
                "# x",
                "x\n===",
                "```",
                "~~~",
                "<!-- ",
                "<b>",
                "`",
                "> ",
                "- ",
                "    ",
                "x",
                "\n",
                "\n\n",
            ]
        ),
        max_size=20,
    ).map("".join)
)
def test_the_heading_after_it_is_one_and_it_has_none_so_high(text: str) -> None:
    assert len(text) < LONGEST_TEXT
    whole = f"## Before\n\n{contained(text)}\n\n## After\n"
    tokens = parser_for(whole).parse(whole)
    headings = [int(each.tag[1:]) for each in tokens if each.type == "heading_open"]
    assert (headings[0], headings[-1]) == (2, 2)
    assert all(level > 2 for level in headings[1:-1])
