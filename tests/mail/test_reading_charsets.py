"""Charsets that are odd, unknown or wrong, in texts, headers and names of files."""

import base64

import pytest

from standfast.mail.charsets import decoded
from standfast.mail.reading import read
from tests.mail.messages import RITA

RUSSIAN = "Принтер не печатает этикетки в третьем зале, ошибка 42."
JAPANESE = "ラベルプリンターが第三ホールで印刷できません。"
CHINESE = "三号大厅的标签打印机无法打印，错误代码。"
_SHIFTED = "①髙 ﾃｽﾄ 障害".encode("cp932")


@pytest.mark.parametrize(
    ("charset", "content", "text"),
    [
        ("iso-2022-jp", "障害です".encode("iso2022_jp"), "障害です"),
        ("iso-2022-jp-ms", b"\x1b$B-!\x1b(B \x1b$B>c32\x1b(B", "① 障害"),
        ("iso-2022-jp", b"We\x1b$B!G\x1b(Bve \x1b$B-!\x1b(B", "We’ve ①"),
        ("iso-2022-jp", b"\x1b(IC=D\x1b(B ok", "ﾃｽﾄ ok"),
        ("iso-2022-jp-1", "丂障".encode("iso2022_jp_1"), "丂障"),
        ("iso-2022-jp-2", "αé障".encode("iso2022_jp_2"), "αé障"),
        ("iso-2022-jp-3", "㐂障".encode("iso2022_jp_3"), "㐂障"),
        ("iso-2022-jp-2004", "𠮟障".encode("iso2022_jp_2004"), "𠮟障"),
        ("cp50221", "障害".encode("iso2022_jp"), "障害"),
        ("us-ascii", "障害".encode("iso2022_jp"), "障害"),
        ("iso-2022-jp", b"\x1b$B>c3", "障"),
        ("iso-2022-kr", "안녕".encode("iso2022_kr"), "안녕"),
        ("ks_c_5601-1987", "똠방".encode("cp949"), "똠방"),
        ("x-windows-949", "똠방".encode("cp949"), "똠방"),
        ("gb2312", "镕當".encode("gb18030"), "镕當"),
        ("x-gbk", "镕".encode("gbk"), "镕"),
        ("cp936", "镕".encode("gbk"), "镕"),
        ("hz-gb-2312", "汉字".encode("hz"), "汉字"),
        ("big5-hkscs", "嘅當機".encode("big5hkscs"), "嘅當機"),
        ("x-x-big5", "當機".encode("big5"), "當機"),
        ("x-sjis", _SHIFTED, "①髙 ﾃｽﾄ 障害"),
        ("windows-31j", _SHIFTED, "①髙 ﾃｽﾄ 障害"),
        ("utf8mb4", "für 🔥".encode(), "für 🔥"),
        ("utf8", "für".encode(), "für"),
        ("unicode-1-1-utf-7", b"f+APw-r", "für"),
        ("utf-7", b"f+APw-r", "für"),
        ("cp-1252", b"f\xfcr \x80", "für €"),
        ("CP1250", "žluťoučký".encode("cp1250"), "žluťoučký"),
        ("windows-1251", "сбой".encode("cp1251"), "сбой"),
        ("x-cp1251", "сбой".encode("cp1251"), "сбой"),
        ("win-1251", "сбой".encode("cp1251"), "сбой"),
        ("windows-874", "ไทย".encode("cp874"), "ไทย"),
        ("windows-1258", "à l’arrêt".encode("cp1258"), "à l’arrêt"),
        ("windows-65001", "für".encode(), "für"),
        ("x-mac-roman", "für".encode("mac_roman"), "für"),
        ("macintosh", "für".encode("mac_roman"), "für"),
        ("x-mac-ce", "žluť".encode("mac_latin2"), "žluť"),
        ("x-mac-cyrillic", "сбой".encode("mac_cyrillic"), "сбой"),
        ("koi8-u", "збій".encode("koi8-u"), "збій"),
        ("iso-8859-8-i", "תקלה".encode("iso8859-8"), "תקלה"),
        ("iso-8859-15", b"\xa4 f\xfcr", "€ für"),
        ("iso_8859-1:1987", b"f\xfcr", "für"),
        ("x-user-defined", b"f\xfcr", "für"),
        ("unknown-8bit", b"f\xfcr", "für"),
        ("x-unknown", "für".encode(), "für"),
        ("8bit", b"f\xfcr", "für"),
        ("'utf-8'", "für".encode(), "für"),
    ],
)
def test_a_charset_of_that_name(charset: str, content: bytes, text: str) -> None:
    """zammad/zammad#3951, #4680, #3115, freescout-help-desk/freescout#3312."""
    assert decoded(content, charset) == text
    head = f"From: {RITA}\nContent-Type: text/plain; charset={charset}\n"
    coded = base64.encodebytes(content)
    assert read(f"{head}Content-Transfer-Encoding: base64\n\n".encode() + coded).text == text


@pytest.mark.parametrize(
    ("charset", "content", "text"),
    [
        ("iso-8859-1", "für 障害".encode(), "für 障害"),
        ("iso-8859-15", "für".encode(), "für"),
        ("windows-1251", "сбой".encode(), "сбой"),
        ("koi8-r", "сбой".encode(), "сбой"),
        ("euc-kr", "障害です！".encode(), "障害です！"),
        ("utf-8", "für Grüße".encode("latin-1"), "für Grüße"),
        ("utf-8", "half ü\n".encode()[:-2], "half �"),
        ("utf-8", "ein ü und ".encode() + b"\xfc.", "ein ü und �."),
        ("utf-8", "\ufefffür".encode(), "für"),
        ("us-ascii", "für".encode("utf-16"), "für"),
        ("", "für".encode("utf-16"), "für"),
        ("", b"", ""),
        ("", "Drucker läuft nicht".encode("cp1252"), "Drucker läuft nicht"),
        ("", RUSSIAN.encode("koi8-r"), RUSSIAN),
        ("us-ascii", RUSSIAN.encode("cp1251"), RUSSIAN),
        ("unknown-8bit", JAPANESE.encode("cp932"), JAPANESE),
        ("utf-8", RUSSIAN.encode("cp1251"), RUSSIAN),
        ("", JAPANESE.encode("euc_jp"), JAPANESE),
        ("", CHINESE.encode("gb18030"), CHINESE),
    ],
)
def test_a_text_in_another_charset_than_it_says(charset: str, content: bytes, text: str) -> None:
    assert decoded(content, charset) == text


def test_a_subject_that_was_not_encoded_is_in_the_charset_of_the_text() -> None:
    """mikel/mail content_transfer_encoding_empty."""
    head = f"From: {RITA}\nSubject: ".encode() + "當機".encode("big5")
    assert read(head + b"\nContent-Type: text/plain; charset=big5\n\nx").subject == "當機"
    both = b"\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/plain; charset="
    assert read(head + both + b"big5\n\nx\n--b--").subject == "當機"


def test_html_names_its_charset_itself() -> None:
    head = f"From: {RITA}\nContent-Type: text/html\nContent-Transfer-Encoding: 8bit\n\n".encode()
    html = '<html><head><meta http-equiv="Content-Type" content="text/html; charset=windows-1251">'
    assert read(head + html.encode() + "<p>сбой".encode("cp1251")).text == "сбой"
    assert read(head + b'<meta charset="koi8-r"><p>' + "сбой".encode("koi8-r")).text == "сбой"


@pytest.mark.parametrize(
    ("written", "subject"),
    [
        # zammad/zammad#2953, neomutt/neomutt#1015, mscdex/node-imap#360
        ("=?utf-8?B?QmVow7Y=?= =?utf-8?B?cmRlbg==?=", "Behörden"),
        ("=?utf-8?B?QmVoww==?=\n =?utf-8?B?tnJkZW4=?=", "Behörden"),
        ("=?UTF-8?Q?pasi=C5=BEad=C4?=\n =?UTF-8?Q?=97jim=C5=B3!?=", "pasižadėjimų!"),
        ("=?utf-8?Q?f=C3?= =?UTF-8?B?vHI=?=", "für"),
        # thunderbird/thunderbird-android#2499, #5760
        ("=?gb2312?B?ufrBqg==?=\n\t=?gb2312?B?yczGtw?=", "国联商品"),
        ("=?ISO-2022-JP?B?GyRCJUElJyVDGyhC?=\n =?ISO-2022-JP?B?GyRCJS8bKEI=?=", "チェック"),
        ("=?iso-2022-jp-ms?B?GyRCLSEbKEI=?=", "①"),
        ("=?utf-8?Q?one?= and =?utf-8?Q?two?=", "one and two"),
        ("=?utf-8?Q?one?= =?iso-8859-1?Q?_f=FCr?=", "one für"),
        ("=?utf-8*en?Q?one?=", "one"),
        ("=?utf-8?Q?Is it down?=", "Is it down"),
        ("=?utf-8?Q?Really?_No?=", "Really? No"),
        ("=?utf-8?B?4pyT?=done", "✓done"),
        ("=?x-unknown?Q?f=FCr?=", "für"),
        ("Grüße", "Grüße"),
    ],
)
def test_encoded_words(written: str, subject: str) -> None:
    assert read(f"From: {RITA}\nSubject: {written}\n\nx".encode()).subject == subject
