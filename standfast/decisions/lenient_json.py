"""Reads what is almost JSON: templates that were filled in without escaping, cut-off bodies, …

Only for what the standard parser refuses. Its time is proportional to the text, what is nested too
deeply is left out, and nothing raises but for text that holds no object or list at all. Where a
text can be read in two ways, the one that keeps more fields counts: an alert whose message is a bit
wrong is better than none.
"""

import re

from pydantic import JsonValue

MOST_READ = 1_000_000
"""Characters; what follows is left out."""

_DEEPEST = 60
_LONGEST_NUMBER = 300
"""Digits of a number; a longer one stays the text it is."""

_GAP = re.compile(r"(?:[\s\x00-\x1f\ufeff]+|//[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/|$))+")
_NUMBER = re.compile(r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d{1,3})?")
_PLACEHOLDER = re.compile(r"\{\{[^{}\n]{0,200}\}\}|[$%#@]\{[^{}\n]{0,200}\}")
_WORD_ENDS = re.compile(r"[,\]}\n\r]")
_KEY_ENDS = re.compile(r"[:,\]}\n\r]")
_WORDS: dict[str, JsonValue] = {
    **dict.fromkeys(("", "null", "none", "nil", "undefined", "nan", "n/a", "<no value>"), None),
    **dict.fromkeys(("true", "yes"), True),
    **dict.fromkeys(("false", "no"), False),
}

_CLOSING = {'"': '"', "'": "'", "“": "”", "”": "”", "„": "“", "‘": "’", "`": "`"}
"""Quotation marks, straight or as a word processor makes them, and what ends each."""

_MARKS = "\"'“”„‘’`"
_SPACE = r"[ \t\r\n]{0,200}"
_KEY = rf"(?:[{_MARKS}][^{_MARKS}\n]{{0,100}}[{_MARKS}]|[A-Za-z_][\w.-]{{0,100}}){_SPACE}:"
_CLOSED = rf"(?:[\]}}]{_SPACE}(?:[,\]}}]|$)|$)"
_AFTER_VALUE = re.compile(
    rf"{_SPACE}(?:{_CLOSED}|,{_SPACE}(?:{_KEY}|{_CLOSED}|$)|(?<=\s)[{_MARKS}][^{_MARKS}\n]{{0,100}}"
    rf"[{_MARKS}]{_SPACE}:)"
)
"""What may follow the end of a text in an object; other quotation marks belong to the text."""
_AFTER_ENTRY = re.compile(rf"{_SPACE}(?:[,\]]|\}}{_SPACE}(?:[,\]}}]|$)|$)")
_AFTER_KEY = re.compile(rf"{_SPACE}[:=]")

_BRACKET = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*(?:"|\\?$)|[\[\]{}]', re.DOTALL)
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", "b": "", "f": "\n", "/": "/", "\\": "\\"}
_ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|([ntrbf/\\\"'])|)", re.DOTALL)
_WINDOWS_PATH = re.compile(r"(?<![A-Za-z])(?:[A-Za-z]:|\\)\\(?!\\)[^\s\"'<>|*?]*")


def read_lenient(text: str) -> JsonValue:
    """The object or list that `text` begins with, as far as it can be read.

    Raises:
        ValueError: it begins with neither, or with one that holds nothing.
    """
    reader = _Reader(text[:MOST_READ])
    reader.gap()
    if reader.here() not in ("{", "["):
        raise ValueError("it begins with neither { nor [")
    value = reader.value(0, in_object=False)
    if not value:
        raise ValueError("nothing in it can be read")
    return value


class _Reader:
    """Reads one text from its beginning to its end; it never goes back."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0

    def here(self) -> str:
        return self._text[self._at : self._at + 1]

    def gap(self) -> None:
        gap = _GAP.match(self._text, self._at)
        if gap:
            self._at = gap.end()

    def value(self, depth: int, *, in_object: bool) -> JsonValue:
        self.gap()
        begins = self.here()
        placeholder = _PLACEHOLDER.match(self._text, self._at)
        if placeholder:  # one that its sender did not fill in says nothing
            self._at = placeholder.end()
            self._word(_WORD_ENDS)
            return None
        if begins in ("{", "[") and depth >= _DEEPEST:
            self._leave_out()
            return None
        if begins == "{":
            return self._object(depth)
        if begins == "[":
            return self._list(depth)
        if begins in _CLOSING and begins:
            return self._quoted(_AFTER_VALUE if in_object else _AFTER_ENTRY)
        return _meaning(self._word(_WORD_ENDS))

    def _object(self, depth: int) -> JsonValue:
        self._at += 1
        found: dict[str, JsonValue] = {}
        while self._goes_on("}"):
            name = self._key()
            self.gap()
            if self.here() not in (":", "="):
                self._skip(",")
                continue
            self._at += 1
            value = self.value(depth + 1, in_object=True)
            if name:
                found[name] = value
        return found

    def _list(self, depth: int) -> JsonValue:
        self._at += 1
        found: list[JsonValue] = []
        while self._goes_on("]"):
            before = self._at
            value = self.value(depth + 1, in_object=False)
            if self._at > before:
                found.append(value)
        return found

    def _leave_out(self) -> None:
        """Go behind an object or list without reading it."""
        depth = 0
        for mark in _BRACKET.finditer(self._text, self._at):
            depth += (mark[0] in "{[") - (mark[0] in "}]")
            if depth == 0:
                self._at = mark.end()
                return
        self._at = len(self._text)

    def _goes_on(self, closes: str) -> bool:
        """Go to the next entry; False at the end, which is then passed."""
        self.gap()
        while self.here() == ",":
            self._at += 1
            self.gap()
        if self.here() == closes:
            self._at += 1
            return False
        # A bracket of the other kind ends this too: the one that it lacks was forgotten.
        return bool(self.here()) and self.here() not in "]}"

    def _skip(self, mark: str) -> None:
        if self.here() == mark:
            self._at += 1

    def _key(self) -> str:
        if self.here() in _CLOSING:
            return str(self._quoted(_AFTER_KEY)).strip()
        return self._word(_KEY_ENDS)

    def _word(self, ends: re.Pattern[str]) -> str:
        end = ends.search(self._text, self._at)
        begin, self._at = self._at, end.start() if end else len(self._text)
        return self._text[begin : self._at].strip()

    def _quoted(self, after: re.Pattern[str]) -> str:
        """A text in quotation marks; those inside that nobody escaped belong to it."""
        text, closes = self._text, _CLOSING[self.here()]
        begin = at = self._at + 1
        while True:
            at = text.find(closes, at)
            if at < 0:
                self._at = len(text)
                return _unescaped(text[begin:])
            if after.match(text, at + 1):
                break
            at += 1
        self._at = at + 1
        return _unescaped(text[begin:at])


def _meaning(word: str) -> JsonValue:
    folded = word.casefold()
    if folded in _WORDS:
        return _WORDS[folded]
    if len(word) <= _LONGEST_NUMBER and _NUMBER.fullmatch(word):
        try:
            return int(word)
        except ValueError:
            return float(word)
    return word


def _unescaped(text: str) -> str:
    if "\\" not in text:
        return text
    # The backslashes of a Windows path were not meant as escapes.
    literal = _WINDOWS_PATH.sub(lambda path: path[0].replace("\\", "\\\\"), text)
    plain = _ESCAPE.sub(_character, literal)
    # Two escapes may be the halves of one character.
    return plain.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _character(escape: re.Match[str]) -> str:
    if escape[1]:
        return chr(int(escape[1], 16))
    return _ESCAPES.get(escape[2], escape[2]) if escape[2] else "\\"
