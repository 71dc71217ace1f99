"""Bytes → text, whatever they claim to be: what cannot be decoded is replaced, never an error."""

import codecs

_MEANT = {
    "ascii": "cp1252",
    "us-ascii": "cp1252",
    "iso8859-1": "cp1252",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "big5": "big5hkscs",
}
"""What senders mean by a charset: its superset that mail programs really use."""

_ALIASES = {"ks_c_5601-1987": "cp949", "ks_c_5601": "cp949", "x-sjis": "cp932", "x-gbk": "gb18030"}

_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
"""Python knows them as encodings; no message is written in them, and some fail or warn."""

_FALLBACK = "cp1252"


def decoded(content: bytes, charset: str = "") -> str:
    """The text of `content`, in UTF-8 where it is that and does not claim to be another."""
    codec = _codec(charset)
    if codec in ("", "ascii", "cp1252", "utf-8"):
        # Whoever says nothing, or only ASCII, and sends more than that sends UTF-8 today.
        try:
            return content.decode("utf-8")
        except UnicodeDecodeError:
            codec = codec if codec == "utf-8" else _FALLBACK
    try:
        return content.decode(codec, "replace")
    except (LookupError, ValueError):
        return content.decode(_FALLBACK, "replace")


def _codec(charset: str) -> str:
    """Python's name for a charset; "" for one that is unknown."""
    named = charset.strip().strip("\"'").lower()[:60]
    try:
        found = codecs.lookup(_ALIASES.get(named, named)).name
    except (LookupError, ValueError):
        return ""
    if found.replace("-", "_") in _NO_CHARSETS:
        return ""
    return _MEANT.get(found, found)
