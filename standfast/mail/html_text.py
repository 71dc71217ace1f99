"""HTML → plain text. nh3 cleans it first and removes scripts and styles."""

import re
from html.parser import HTMLParser

import nh3

LONGEST = 300_000
"""Characters of HTML that are read; a description is far shorter than that."""

_DEEPEST, _LONGEST_IF_DEEP = 300, 30_000
"""Cleaning time grows with the square of the depth, so deeply nested HTML is cut much earlier."""

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)")
_WITHOUT_END = frozenset(
    re.findall(
        r"\w+",
        "area base br col dd dt hr img input li link meta option p source tbody td th tr wbr",
    )
)
_BREAKS = {"p": 2, "h1": 2, "h2": 2, "h3": 2, "h4": 2, "blockquote": 1, "div": 1, "li": 1, "tr": 1}
_BREAKS |= {"ul": 1, "ol": 1, "table": 1, "pre": 1}
_GONE = {"script", "style", "title", "noscript", "template"}
_QUOTE = "> "


def text_of_html(html: str) -> str:
    """The text a person sees: a line for each block, quotes marked by `>`, the address of a link
    after its text.
    """
    html = html[: _LONGEST_IF_DEEP if _is_deep(html) else LONGEST]
    clean = nh3.clean(
        html,
        tags={*_BREAKS, "br", "a", "td", "th", "hr"},
        clean_content_tags=_GONE,
        attributes={"a": {"href"}},
        url_schemes={"http", "https"},
        link_rel=None,
    )
    reader = _Reader()
    reader.feed(clean)
    reader.close()
    return reader.text


def _is_deep(html: str) -> bool:
    depth = 0
    for match in _TAG.finditer(html[:LONGEST]):
        if match[2].lower() not in _WITHOUT_END:
            depth += -1 if match[1] else 1
        if depth > _DEEPEST:
            return True
    return False


class _Reader(HTMLParser):
    """Extracts the text of clean HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._lines = [""]
        self._quotes = 0
        self._pre = 0
        self._link = ""
        self._linked = ""

    @property
    def text(self) -> str:
        """All lines so far, without empty ones at either end."""
        return "\n".join(line.rstrip() for line in self._lines).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self._new_line()
        elif tag in ("td", "th"):
            self._add(" ")
        elif tag in _BREAKS:
            self._break(_BREAKS[tag])
            if tag == "li":
                self._add("- ")
        if tag == "blockquote":
            self._quotes += 1
            self._lines[-1] = self._quote
        elif tag == "pre":
            self._pre += 1
        elif tag == "a":
            self._link, self._linked = dict(attrs).get("href") or "", ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "blockquote" and self._quotes:
            self._quotes -= 1
        elif tag == "pre" and self._pre:
            self._pre -= 1
        elif tag == "a":
            if self._link and self._link.rstrip("/") not in self._linked:
                self._add(f" <{self._link}>")
            self._link = ""
        if tag in _BREAKS:
            self._break(_BREAKS[tag])

    def handle_data(self, data: str) -> None:
        self._linked += data
        if self._pre:
            first, *others = data.split("\n")
            self._add(first)
            for line in others:
                self._new_line()
                self._add(line)
            return
        words = re.sub(r"[ \t\r\n\f]+", " ", data)
        if self._is_blank:
            words = words.lstrip()
        self._add(words)

    @property
    def _quote(self) -> str:
        return _QUOTE * min(self._quotes, 10)

    @property
    def _is_blank(self) -> bool:
        return not self._lines[-1].replace(">", "").strip()

    def _add(self, words: str) -> None:
        self._lines[-1] += words

    def _new_line(self) -> None:
        self._lines.append(self._quote)

    def _break(self, lines: int) -> None:
        """Begin a new line, after an empty one if `lines` is 2; breaks in a row are one."""
        if not self._is_blank:
            self._new_line()
        if lines > 1 and len(self._lines) > 1 and self._lines[-2].strip("> "):
            self._new_line()
        self._lines[-1] = self._quote
