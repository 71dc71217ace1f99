"""Bytes → text, whatever they claim to be: what cannot be decoded is replaced, never an error."""

import codecs
import re

from charset_normalizer import from_bytes

_MEANT = {
    "ascii": "",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "hz": "hz",
    "big5": "big5hkscs",
}
"""What senders mean by a charset: its superset that mail programs really use; "" for any."""

_ALIASES = {
    "ks_c_5601": "cp949",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601-1989": "cp949",
    "ksc5601": "cp949",
    "x-sjis": "cp932",
    "sjis": "cp932",
    "x-ms-cp932": "cp932",
    "windows-31j": "cp932",
    "ms_kanji": "cp932",
    "x-euc": "euc_jp",
    "x-euc-jp": "euc_jp",
    "eucjp-ms": "euc_jp",
    "x-euc-kr": "cp949",
    "x-gbk": "gb18030",
    "gb_2312-80": "gb18030",
    "x-euc-cn": "gb18030",
    "x-big5": "big5hkscs",
    "big5-eten": "big5hkscs",
    "cn-big5": "big5hkscs",
    "cn-gb": "gb18030",
    "x-x-big5": "big5hkscs",
    "utf8mb3": "utf-8",
    "utf8mb4": "utf-8",
    "x-utf-8": "utf-8",
    "unicode": "utf-16",
    "ucs-2": "utf-16",
    "x-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "unicode-2-0-utf-7": "utf-7",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "iso-8859-6-e": "iso8859-6",
    "visual": "iso8859-8",
    "x-user-defined": "cp1252",
    "ansi": "cp1252",
    "x-ansi": "cp1252",
    "koi8": "koi8-r",
    "x-koi8-r": "koi8-r",
    "koi8-ru": "koi8-u",
    "x-mac-roman": "mac_roman",
    "macintosh": "mac_roman",
    "x-mac-ce": "mac_latin2",
    "x-mac-centraleurroman": "mac_latin2",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-mac-ukrainian": "mac_cyrillic",
    "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish",
    "x-mac-icelandic": "mac_iceland",
    "x-mac-croatian": "mac_croatian",
    "x-mac-romanian": "mac_romanian",
    "x-mac-japanese": "cp932",
    "x-mac-korean": "cp949",
    "x-mac-chinesesimp": "gb18030",
    "x-mac-chinesetrad": "big5hkscs",
}
_CODE_PAGE = re.compile(r"(?:x-)?(?:windows|win|cp|ms|ibm|dos|codepage)[-_ ]{0,2}(\d{3,5})")
_CODE_PAGES = {
    "936": "gb18030",
    "54936": "gb18030",
    "51949": "cp949",
    "51932": "euc_jp",
    "50220": "iso2022_jp",
    "50221": "iso2022_jp",
    "50222": "iso2022_jp",
    "65000": "utf-7",
    "65001": "utf-8",
    "28591": "cp1252",
    "28592": "iso8859-2",
    "28595": "iso8859-5",
    "28605": "iso8859-15",
    "20866": "koi8-r",
    "21866": "koi8-u",
    "20127": "cp1252",
    "10000": "mac_roman",
    "1200": "utf-16-le",
    "1201": "utf-16-be",
}

_NO_CHARSETS = frozenset({"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined"})
"""Python knows them as encodings; no message is written in them, and some fail or warn."""

_SEVERAL_BYTES = frozenset(
    (
        *("cp932", "shift_jisx0213", "shift_jis_2004", "euc_jp", "euc_jis_2004", "euc_jisx0213"),
        *("cp949", "johab", "gb18030", "big5hkscs", "cp950", "hz", "utf-7", "iso2022_kr"),
    )
)
"""Charsets with more than one byte a character; those of Unicode and of `_JAPANESE` apart."""

_JAPANESE = tuple(f"iso2022_jp{variant}" for variant in ("", "_1", "_2", "_3", "_ext", "_2004"))
_ESCAPE = re.compile(rb"\x1b(?:\$[@B]|\$\([@BD-Q]|\([A-J]|\.[AF])")
_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_FALLBACK = "cp1252"
_LIKELY = [
    *("cp1252", "cp1250", "cp1251", "koi8_r", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257"),
    *("cp874", "cp932", "euc_jp", "gb18030", "big5", "cp949"),
]
_MOST_TO_GUESS_FROM, _FEWEST_TO_GUESS_FROM = 20_000, 20
"""Bytes; those that are not ASCII."""
_META = re.compile(rb"<meta\b[^>]{0,200}?charset\s?=\s?[\"']?\s?([\w.:-]{1,40})", re.IGNORECASE)
_HEAD_OF_HTML = 4_000


def decoded(content: bytes, charset: str = "") -> str:
    """The text of `content`. What it says of itself counts for more than `charset`: a mark at its
    beginning, UTF-8, the escapes of ISO-2022-JP.
    """
    for mark, codec in _MARKS:
        if content.startswith(mark):
            return content.decode(codec, "replace").lstrip("\ufeff")
    codec = _codec(charset)
    if codec in _JAPANESE or (codec not in _SEVERAL_BYTES and _ESCAPE.search(content)):
        return _japanese(content)
    if codec in _SEVERAL_BYTES or codec.startswith(("utf-16", "utf-32")):
        return _strict(content, codec) or _strict(content, "utf-8") or _lenient(content, codec)
    # A single-byte charset fits any bytes; nobody writes UTF-8 in it by chance.
    text = _strict(content, "utf-8")
    if text:
        return text
    if codec != "utf-8":
        return _lenient(content, codec or _guessed(content))
    lenient = content.decode("utf-8", "replace")
    is_other = not any(ord(one) > 127 and one != "\ufffd" for one in lenient)
    whole = lenient.rstrip("\ufffd")
    return _lenient(content, _guessed(content)) if is_other and "\ufffd" in whole else lenient


def charset_of_html(content: bytes) -> str:
    """The charset that HTML names in its head; "" where it names none."""
    found = _META.search(content[:_HEAD_OF_HTML])
    return found[1].decode("ascii", "replace") if found else ""


def _guessed(content: bytes) -> str:
    """The likeliest charset of a text that names none.

    Only where much of it is not ASCII: of a few accents the library makes Chinese.
    """
    content = content[:_MOST_TO_GUESS_FROM]
    others = sum(byte >= 0x80 for byte in content)
    if others < _FEWEST_TO_GUESS_FROM or 3 * others < len(content) - content.count(b" "):
        return _FALLBACK
    found = from_bytes(content, cp_isolation=_LIKELY).best()
    meant = _MEANT.get(found.encoding, found.encoding) if found else _FALLBACK
    return meant or _FALLBACK


def _strict(content: bytes, codec: str) -> str:
    """The text; "" where these bytes are no text in that charset."""
    try:
        return content.decode(codec)
    except (LookupError, ValueError):
        return ""


def _lenient(content: bytes, codec: str) -> str:
    try:
        return content.decode(codec, "replace")
    except (LookupError, ValueError):
        return content.decode(_FALLBACK, "replace")


def _japanese(content: bytes) -> str:
    """ISO-2022-JP with the extensions that mail programs use without naming them."""
    for codec in _JAPANESE:
        text = _strict(content, codec)
        if text:
            return text
    # Outlook's: the characters of NEC and IBM, and half-width katakana, are those of Shift JIS.
    parts: list[str] = []
    kind, begin = b"\x1b(B", 0
    for match in (*_ESCAPE.finditer(content), None):
        piece = content[begin : match.start() if match else len(content)]
        if kind in (b"\x1b$@", b"\x1b$B"):
            parts.append(_shifted(piece))
        elif kind == b"\x1b(I":
            parts.append(bytes(byte | 0x80 for byte in piece).decode("cp932", "replace"))
        elif kind in (b"\x1b(B", b"\x1b(J"):
            parts.append(_lenient(piece, _FALLBACK))
        else:
            parts.append((kind + piece + b"\x1b(B").decode("iso2022_jp_ext", "replace"))
        if match:
            kind, begin = match[0], match.end()
    return "".join(parts)


def _shifted(pairs: bytes) -> str:
    """Pairs of JIS X 0208, decoded as Shift JIS."""
    shifted = bytearray()
    rest = pairs.rstrip(b"\r\n")
    for row, cell in zip(rest[::2], rest[1::2], strict=False):
        if not (0x21 <= row <= 0x7E and 0x21 <= cell <= 0x7E):
            shifted += bytes((row, cell)) if row in b"\r\n" else b"?"
            continue
        lead = (row - 0x21) // 2 + 0x81
        shifted.append(lead if lead < 0xA0 else lead + 0x40)
        if row % 2:
            shifted.append(cell + (0x1F if cell < 0x60 else 0x20))
        else:
            shifted.append(cell + 0x7E)
    return shifted.decode("cp932", "replace") + pairs[len(rest) :].decode("ascii")


def _codec(charset: str) -> str:
    """Python's name for a charset; "" for one that is unknown."""
    named = charset.strip().strip("\"'").strip().lower()[:60]
    page = _CODE_PAGE.fullmatch(named)
    if page:
        named = _CODE_PAGES.get(page[1], f"cp{page[1]}")
    named = _ALIASES.get(named, named)
    for name in (named, named.removeprefix("x-"), named.replace("_", "-", 1)):
        try:
            found = codecs.lookup(name).name
        except (LookupError, ValueError):
            continue
        if found.replace("-", "_") in _NO_CHARSETS:
            return ""
        return _MEANT.get(found, found)
    return ""
