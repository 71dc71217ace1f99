"""A review as PDF: what its pages say, whatever people wrote into it."""

import io
import subprocess
import sys

import pytest
from pypdf import PdfReader

from standfast.documents import review_pdf
from standfast.documents.review_pdf import in_pdf
from standfast.incidents.review import LONGEST_TEXT
from standfast.intake.errors import Refused
from standfast.programs.parsers import Limits
from tests.documents.sample_reviews import section, shown

WRITTEN = """The gateway `vpn-gw-1` was **down**, see [the graph](https://graphs.example/d/vpn).

1. renewed
2. restarted

| When | What |
|---|---|
| 08:02 | first call |

```
$ openssl x509 -enddate
```
"""


def words(document: bytes) -> str:
    """What the pages say, with single spaces."""
    text = "\n".join(page.extract_text() for page in PdfReader(io.BytesIO(document)).pages)
    return " ".join(text.split())


async def test_it_says_what_the_review_says_and_the_same_bytes_each_time() -> None:
    review = shown(section(WRITTEN), section("", title="Luck", question=""), confidential=True)
    document = await in_pdf(review)
    said = words(document)
    for part in (
        "Review of INC-7F3K2QXWM4, episode 1",
        "VPN refuses logins",
        "Confidential: for the team and the people of this incident only.",
        "Closed 2026-11-30 11:20:00 UTC, by lea",
        "What broke?",
        "The gateway vpn-gw-1 was down, see the graph (https://graphs.example/d/vpn).",
        "1. renewed 2. restarted",
        "08:02 first call",
        "$ openssl x509 -enddate",
        "Luck Nothing yet.",
        "1 Replace the disk it has two now george 2026-12-14 done",
        "2 Renew *sooner* nobody 2026-12-14 open",
        "Page 1 of 1",
    ):
        assert part in said, said
    about = PdfReader(io.BytesIO(document))
    assert about.metadata
    assert about.metadata.title == "Review of INC-7F3K2QXWM4, episode 1: VPN refuses logins"
    assert about.metadata.creation_date == review.review.closed_at
    assert "/StructTreeRoot" in about.root_object, "a screen reader needs tags"
    assert await in_pdf(review) == document


async def test_what_people_wrote_is_no_markup_of_typst() -> None:
    hostile = (
        r'#read("/etc/passwd") #panic("x") $x^2$ \ @who [a] // = no #import "@preview/a:1.0.0"'
    )
    review = shown(
        section(f"{hostile}\n\n```\n{hostile}\n```", title=hostile[:60], question="#1 $"),
        title=f"{hostile} <script>",
    )
    said = words(await in_pdf(review))
    assert said.count('#read("/etc/passwd") #panic("x") $x^2$ \\ @who [a] // = no #import') == 3
    assert "root:" not in said


async def test_letters_without_a_font_are_named_and_the_others_are_there() -> None:
    # Of no font that there is: letters of a private area.
    review = shown(section("before \ue9f0\U0010abcd after\n\nעברית and Ελληνικά, Русский, ž"))
    said = words(await in_pdf(review))
    assert "Some letters are missing here" in said
    assert "U+E9F0" in said
    assert "before" in said
    assert "Русский" in said


@pytest.mark.parametrize(
    "text",
    [
        "x" * LONGEST_TEXT,
        "[" * LONGEST_TEXT,
        "> " * 20_000,
        "".join(f"{' ' * depth}- {depth}\n" for depth in range(200)),
        "|" + "a|" * 300 + "\n|" + "-|" * 300 + "\n",
        "a\u0301\u202e\u2066\ufeff 👩\u200d👩\u200d👧 " * 500,
        "99999999999999999999. x\n999999999. y\n\n-\n\n1.\n\n#\n",
        "|a|\n|-|",
    ],
    ids=["word", "brackets", "quotes", "lists", "columns", "marks", "numbers", "table"],
)
async def test_whatever_is_written_it_has_pages(text: str) -> None:
    document = await in_pdf(shown(section(text, title=text[:200], question=text[:500])))
    assert PdfReader(io.BytesIO(document)).pages


async def test_one_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(review_pdf, "_LIMITS", Limits(cpu_seconds=20, seconds=0.001))
    with pytest.raises(Refused, match="needs too much time or memory as a PDF"):
        await in_pdf(shown(section("x")))


def test_no_process_of_ours_loads_typst() -> None:
    loading = "import sys, standfast.web.app, worker, starter; sys.exit('typst' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", loading], check=False).returncode == 0
