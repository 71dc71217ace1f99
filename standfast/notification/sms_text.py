"""Text of an SMS: how many it takes, and letters that need not cost a second one.

An SMS holds 160 letters of the GSM 03.38 alphabet, or 70 where one letter is not in it; of a text
that takes several, each part holds 153 or 67.
"""

from typing import NamedTuple

from standfast.messages.normal_form import normal_form

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡"
    "ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_TAKES_TWO = frozenset("\f^{}\\[~]|€")

_PLAIN = str.maketrans(
    {
        "…": "...",
        "–": "-",
        "—": "-",
        "−": "-",
        "‘": "'",
        "’": "'",
        "‚": "'",
        "“": '"',
        "”": '"',
        "„": '"',
        "«": '"',
        "»": '"',
        "•": "-",
        "·": "-",
        "×": "x",
        "→": "->",
        "\u00a0": " ",
        "\u202f": " ",
        "\t": " ",
    }
)

MOST_GSM, MOST_OTHER = 160, 134
"""Letters of a page by SMS: one SMS in the GSM alphabet, two in any other."""


class SmsLength(NamedTuple):
    """How long a text is as an SMS: in units of its encoding, and how many SMS that takes."""

    encoding: str
    units: int
    messages: int

    @property
    def fits(self) -> bool:
        """Whether a page may be so long."""
        return self.units <= (MOST_GSM if self.encoding == "GSM-7" else MOST_OTHER)

    def __str__(self) -> str:
        return f"{self.units} characters in {self.encoding}: {self.messages} SMS"


def plain(text: str) -> str:
    """The text with its typographic signs and rare accents as the GSM alphabet has them.

    A text in another script stays as it is: nobody could read it otherwise.

    >>> plain("“Čeština” – naïve, café")
    '"Cestina" - naive, café'
    """
    return "".join(map(_letter, text.translate(_PLAIN)))


def sms_length(text: str) -> SmsLength:
    """How long it is.

    >>> str(sms_length("P1 Mail is down")), str(sms_length("P1 Почта"))
    ('15 characters in GSM-7: 1 SMS', '8 characters in UCS-2: 1 SMS')
    """
    if all(letter in _BASIC or letter in _TAKES_TWO for letter in text):
        units = len(text) + sum(letter in _TAKES_TWO for letter in text)
        return SmsLength("GSM-7", units, _messages(units, 160, 153))
    units = len(text.encode("utf-16-le", "replace")) // 2
    return SmsLength("UCS-2", units, _messages(units, 70, 67))


def _messages(units: int, alone: int, each: int) -> int:
    return 1 if units <= alone else -(-units // each)


def _letter(letter: str) -> str:
    if letter in _BASIC or letter in _TAKES_TWO:
        return letter
    base = normal_form("NFKD", letter)[:1]
    return base if base.isascii() and base.isalnum() else letter
