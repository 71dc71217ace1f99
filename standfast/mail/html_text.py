"""HTML → plain text. nh3 cleans it first and removes scripts and styles."""

import re
from html.parser import HTMLParser

import nh3

from standfast.mail.data_urls import without_pictures

LONGEST = 300_000
"""Characters of HTML that are read; a description is far shorter than that."""

_DEEPEST, _LONGEST_IF_DEEP = 300, 30_000
"""Cleaning time grows with the square of the depth, so deeply nested HTML is cut much earlier."""

_UNSEEN = re.compile(r"(<!--)|(-->)|<(style|script)\b|</(style|script)\b", re.IGNORECASE)
"""Where what nobody sees begins and ends: Word writes hundreds of kilobytes of it."""

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
_RULE = "_" * 32
"""How Outlook writes an `<hr>` as text."""

_NAMES = ("class", "id", "name", "data-marker")
_QUOTED = frozenset(
    (
        *(
            "gmail_quote",
            "gmail_quote_container",
            "yahoo_quoted",
            "protonmail_quote",
            "zmail_extra",
        ),
        *("tutanota_quote", "moz-cite-prefix", "olk_src_body_section", "isreplycontent"),
        *("mail-editor-reference-message-container", "ms-outlook-mobile-reference-message"),
        *("__quoted_text__", "quote", "quoted-content", "aqm-original-body", "freshdesk_quote"),
        *("hs_reply", "zendesk_quote", "reply-intro", "ms-outlook-ios-reference-message"),
    )
)
"""Class, id or name of an element that holds the quoted message: Gmail, Yahoo, Proton, Zoho, Tuta,
Thunderbird, Outlook for Mac and phones, NetEase, Zimbra, GMX and web.de, AquaMail, help desks.
"""
_QUOTE_FOLLOWS = frozenset(
    ("appendonsend", "divrplyfwdmsg", "outlookmessageheader", "zwchr", "__divider__", "replysplit")
)
"""The same of one that stands before the quoted message: Outlook, Zimbra."""
_SIGNATURES = frozenset(
    (
        *("gmail_signature", "signature", "applemailsignature", "ms-outlook-mobile-signature"),
        *("protonmail_signature_block", "moz-signature", "tutanota_signature", "__sig_pre__"),
        *("composer_signature", "mail-editor-signature"),
    )
)
_SIGNATURE_MARK = "-- "
_CUT = "\n[the HTML is too long: what comes below is left out]"
_LONGEST_MARKS = 500
_BLOCKS = frozenset({"div", "blockquote", "span", "p", "table", "td"})


def text_of_html(html: str) -> str:
    """The text a person sees: a line for each block, quotes marked by `>`, signatures by `--`, the
    address of a link after its text.
    """
    html = _without_unseen(without_pictures(html, is_html=True).text)
    most = _LONGEST_IF_DEEP if _is_deep(html) else LONGEST
    rest = _CUT if len(html) > most else ""
    html = html[:most]
    clean = nh3.clean(
        html,
        tags={*_BREAKS, "br", "a", "td", "th", "hr", "span"},
        clean_content_tags=_GONE,
        attributes={"a": {"href"}, "*": set(_NAMES)},
        url_schemes={"http", "https"},
        link_rel=None,
    )
    reader = _Reader()
    reader.feed(clean)
    reader.close()
    return f"{reader.text}{rest}"


def _without_unseen(html: str) -> str:
    """The HTML without comments, styles and scripts. A comment without an end is left as it is."""
    kept: list[str] = []
    begin, opened, inside = 0, 0, ""
    for match in _UNSEEN.finditer(html):
        if not inside:
            if match[1] or match[3]:
                inside, opened = "-->" if match[1] else match[3].lower(), match.start()
        elif inside == (match[2] or (match[4] or "").lower()):
            kept.append(html[begin:opened])
            # `</style` itself stays out; its `>` is found from here.
            begin = match.end() if match[2] else html.find(">", match.end()) + 1 or len(html)
            inside = ""
    return "".join((*kept, html[begin:]))


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
        self._open: list[tuple[str, bool]] = []  # elements, and whether each is a quote
        self._quotes = 0
        self._pre = 0
        self._link = ""
        self._linked = ""

    @property
    def text(self) -> str:
        """All lines so far, without empty ones at either end."""
        lines = (line if line == _SIGNATURE_MARK else line.rstrip() for line in self._lines)
        return "\n".join(lines).strip("\n")

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        marks = _marks(given)
        if marks & _QUOTE_FOLLOWS:
            self._quotes += 1
            self._break(1)
        if tag == "br":
            self._new_line()
        elif tag == "hr":
            self._break(1)
            self._add(_RULE)
            self._break(1)
        elif tag in ("td", "th"):
            self._add(" ")
        elif tag in _BREAKS:
            self._break(_BREAKS[tag])
            if tag == "li":
                self._add("- ")
        if tag in _BLOCKS:
            is_quote = tag == "blockquote" or bool(marks & _QUOTED)
            self._open.append((tag, is_quote))
            if is_quote:
                self._break(1)
                self._quotes += 1
                self._lines[-1] = self._quote
            elif marks & _SIGNATURES:
                self._mark_signature()
        elif tag == "pre":
            self._pre += 1
        elif tag == "a":
            self._link, self._linked = given.get("href") or "", ""

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS:
            self._end_block(tag)
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

    def _end_block(self, tag: str) -> None:
        while self._open:
            ended, was_quote = self._open.pop()
            if was_quote:
                self._quotes -= 1
                if not self._is_blank:
                    self._new_line()
                self._lines[-1] = self._quote
            if ended == tag:
                return

    def _mark_signature(self) -> None:
        self._break(1)
        written = self._lines[-2] if len(self._lines) > 1 else ""
        if written.strip(_QUOTE) != _SIGNATURE_MARK.strip():
            self._add(_SIGNATURE_MARK)
            self._new_line()

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


def _marks(attributes: dict[str, str | None]) -> frozenset[str]:
    """Classes, ids and names of an element; Outlook puts `x_` before those of others."""
    words = " ".join(attributes.get(name) or "" for name in _NAMES)[:_LONGEST_MARKS].lower().split()
    return frozenset(word.removeprefix("x_").removeprefix("x_") for word in words)
