"""How well libraries, and we, take the quote off a reply: the replies of tests/mail/replies.py.

    python -m benchmarks.quotes

A library is asked if it is installed. `right`: exactly what the sender wrote, apart from space.
`loses`: words of the sender are gone, which is the worst. `leaves`: what remains of the quote would
turn a confirmation into a comment, or a phone's line is left.
"""

import importlib
import sys
from collections import Counter
from collections.abc import Callable
from typing import Any

from standfast.mail.html_text import text_of_html
from standfast.mail.quoting import strip_quotes
from tests.mail.odd_replies import Reply
from tests.mail.replies import REPLIES

Strip = Callable[[Reply], str]


def _ours(reply: Reply) -> str:
    return strip_quotes(_text(reply))


def _text(reply: Reply) -> str:
    return text_of_html(reply.text) if reply.is_html else reply.text


def _mail_parser_reply() -> Strip:
    parser: Any = importlib.import_module("mailparser_reply")
    known = importlib.import_module("mailparser_reply.constants").MAIL_LANGUAGES
    ask = parser.EmailReplyParser(languages=list(known))
    return lambda reply: ask.parse_reply(text=_text(reply)) or ""


def _email_reply_parser() -> Strip:
    ask: Any = importlib.import_module("email_reply_parser").EmailReplyParser
    return lambda reply: str(ask.parse_reply(_text(reply)))


def _quotequail() -> Strip:
    library: Any = importlib.import_module("quotequail")

    def strip(reply: Reply) -> str:
        ask = library.quote_html if reply.is_html else library.quote
        pieces = ask(reply.text, quote_intro_line=True)
        shown = "".join(text for is_shown, text in pieces if is_shown)
        return text_of_html(shown) if reply.is_html else shown

    return strip


def _talon() -> Strip:
    sys.modules.setdefault("cchardet", importlib.import_module("chardet"))
    library: Any = importlib.import_module("talon.quotations")

    def strip(reply: Reply) -> str:
        if reply.is_html:
            return text_of_html(library.extract_from_html(reply.text))
        return str(library.extract_from_plain(reply.text))

    return strip


LIBRARIES: dict[str, Callable[[], Strip]] = {
    "Standfast": lambda: _ours,
    "mail-parser-reply": _mail_parser_reply,
    "email-reply-parser": _email_reply_parser,
    "quotequail": _quotequail,
    "talon": _talon,
}


def score(strip: Strip) -> Counter[str]:
    """How often each word of the table is true."""
    found = Counter[str]()
    for reply in REPLIES:
        try:
            own = strip(reply).split()
        except Exception as error:  # a library's own
            found["fails"] += 1
            print(f"{reply.name}: {type(error).__name__}", file=sys.stderr)
            continue
        meant = reply.own.split()
        if own == meant:
            found["right"] += 1
        elif Counter(meant) - Counter(own):
            found["loses"] += 1
        else:
            found["leaves"] += 1
    return found


def main() -> None:
    """Print a line for each library."""
    print(f"{len(REPLIES)} replies            right  loses  leaves  fails")
    for name, made in LIBRARIES.items():
        try:
            strip = made()
        except ImportError as missing:
            print(f"{name:20} not installed: {missing.name}")
            continue
        found = score(strip)
        numbers = (found[kind] for kind in ("right", "loses", "leaves", "fails"))
        print(f"{name:20}", *(f"{number:7}" for number in numbers))


if __name__ == "__main__":
    main()
