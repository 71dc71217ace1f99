"""Bytes → `Mail`. Whatever the bytes are, this never raises; `reading_apart` limits its time."""

import re
from dataclasses import replace

from standfast.intake.page_links import without_tokens
from standfast.mail import headers
from standfast.mail.charsets import decoded
from standfast.mail.content_headers import MailPart
from standfast.mail.mail import Attachment, Envelope, Mail
from standfast.mail.parts import Content, content_of, parts_of
from standfast.mail.quoting import own_words
from standfast.messages.clean_text import clean

_END_OF_HEADERS = re.compile(rb"\r?\n\r?\n|\r\r")
_HEADER = re.compile(rb"([!-9;-~]{1,100})[ \t]*:")
_KNOWN = re.compile(
    rb"(?:from|to|cc|subject|date|sender|reply-to|message-id|in-reply-to|references|received"
    rb"|return-path|delivered-to|resent-[a-z-]+|authentication-results|mime-version"
    rb"|content-[a-z-]+)[ \t]*:",
    re.IGNORECASE,
)
_LONGEST_HEAD = 500_000
_BEGINNING, _LONGEST_VALUE = 20_000, 1_000
"""Bytes of a message, and of a header, that are read where the whole costs too much."""
_MOST_LINES, _SHORT_LINE = 400_000, 40
"""Lines of a message of which most are short; each costs far more memory than it has bytes."""
_OF_A_MESSAGE = ("from", "to", "cc", "subject", "date", "sender", "message-id", "received")
_OUR_OWN_WORD = ("delivered-to", "x-original-to", "envelope-to")


def read(raw: bytes, envelope: Envelope | None = None) -> Mail:
    """The message in these bytes; `envelope`: the SMTP envelope it came with."""
    whole, raw = raw, _with_limit(raw)
    message = _parsed(_repaired(raw))
    found = headers.all_of(message)
    content = _content(message)
    # Whoever reads it on the timeline could answer a page that is quoted in it.
    text = without_tokens(content.text.strip())
    if len(raw) < len(whole):
        text += "\n\n[it has too many lines: what follows is left out]"
    sender = _sender(found, envelope)
    mail = Mail(
        sender=sender,
        recipients=_recipients(found, envelope),
        subject=headers.line(found.get("subject", ("",))[0]),
        message_id=next(iter(headers.ids(found.get("message-id", ())[:1])), ""),
        answers=_answers(found),
        date=headers.moment(found["date"][0]) if "date" in found else None,
        text=text,
        attachments=content.attachments,
        message_class=content.message_class,
        return_path=_return_path(found, envelope),
        kind=message.get_content_type(),
        parts=tuple(one.get_content_type() for one in parts_of(message)),
        headers=found,
        is_mail=any(name in found for name in _OF_A_MESSAGE),
    )
    return replace(mail, own_words=clean(own_words(mail)))


def read_beginning(raw: bytes, envelope: Envelope | None, problem: str) -> Mail:
    """As `unread`, with the headers."""
    head = _END_OF_HEADERS.split(raw[:_BEGINNING], maxsplit=1)[0]
    found: dict[str, tuple[str, ...]] = {}
    for name, value in _by_hand(head):
        found[name.lower()] = (*found.get(name.lower(), ()), value[:_LONGEST_VALUE])
    return replace(
        unread(raw, envelope, problem),
        sender=_sender(found, envelope),
        recipients=_recipients(found, envelope),
        subject=headers.line(found.get("subject", ("",))[0]),
        message_id=next(iter(headers.ids(found.get("message-id", ())[:1])), ""),
        answers=_answers(found),
        date=headers.moment(found["date"][0]) if "date" in found else None,
        return_path=_return_path(found, envelope),
        headers=found,
        is_mail=any(name in found for name in _OF_A_MESSAGE),
    )


def unread(raw: bytes, envelope: Envelope | None, problem: str) -> Mail:
    """A message of which only the envelope is known; it is its own attachment, whole.

    problem: why, after "this mail".
    """
    beginning = raw[:_BEGINNING].decode("utf-8", "replace").strip()
    text = f"[this mail {problem}: it is attached whole, and this is how it begins]\n\n{beginning}"
    return Mail(
        sender=envelope.sender if envelope else "",
        recipients=tuple(one.lower() for one in envelope.recipients) if envelope else (),
        text=text,
        own_words=text,
        attachments=(Attachment("message.eml", "message/rfc822", raw),),
        return_path=envelope.sender if envelope else None,
    )


def _with_limit(raw: bytes) -> bytes:
    """The message, up to a number of lines."""
    most = max(_MOST_LINES, len(raw) // _SHORT_LINE)
    for end in (b"\n", b"\r"):
        if raw.count(end) <= most:
            continue
        at = -1
        for _ in range(most):
            at = raw.index(end, at + 1)
        raw = raw[: at + 1]
    return raw


def _parsed(raw: bytes) -> MailPart:
    try:
        return headers.parsed(raw)
    except Exception:  # parts within parts within parts, …
        head = _END_OF_HEADERS.split(raw[:_LONGEST_HEAD], maxsplit=1)[0]
        plain = headers.bare(raw)
        for name, value in _by_hand(head):
            plain.set_raw(name, value)
        return plain


def _by_hand(head: bytes) -> list[tuple[str, str]]:
    """Name and value of each known header, content headers left out."""
    unfolded = re.sub(rb"\r?\n[ \t]+", b" ", head)
    lines = [line for line in unfolded.splitlines() if _KNOWN.match(line)]
    pairs = [line.partition(b":") for line in lines if not line.lower().startswith(b"content-")]
    return [
        (name.decode("ascii").strip(), decoded(value).strip())
        for name, _, value in pairs[: headers.MOST_HEADERS]
    ]


def _repaired(raw: bytes) -> bytes:
    """The message without broken header lines: at the first of them the parser would stop, and
    treat the rest of the headers as text.
    """
    split = _END_OF_HEADERS.search(raw[:_LONGEST_HEAD])
    head, rest = (raw[: split.start()], raw[split.start() :]) if split else (raw, b"")
    if len(head) > _LONGEST_HEAD:
        return raw
    lines = head.splitlines(keepends=True)
    known = [number for number, line in enumerate(lines) if _KNOWN.match(line)]
    if not known:
        return raw
    kept: list[bytes] = []
    for number, line in enumerate(lines):
        header = _HEADER.match(line)
        if header:
            kept.append(header[1] + b":" + line[header.end() :])
        elif line[:1] in b" \t" or number > known[-1] or (number == 0 and line[:5] == b"From "):
            kept.append(line)
    return b"".join(kept) + rest


def _content(message: MailPart) -> Content:
    try:
        return content_of(message)
    except RecursionError:
        return Content("[its parts lie too deep within each other to be read]")


def _sender(found: dict[str, tuple[str, ...]], envelope: Envelope | None) -> str:
    for name in ("from", "sender", "reply-to"):
        for who in headers.addresses(name, found.get(name, ())):
            if who.address or who.name:
                return who.address or who.name
    return envelope.sender if envelope else ""


def _recipients(found: dict[str, tuple[str, ...]], envelope: Envelope | None) -> tuple[str, ...]:
    told = list(envelope.recipients) if envelope else []
    for name in ("to", "cc", "resent-to", *_OUR_OWN_WORD):
        told += [who.address for who in headers.addresses("to", found.get(name, ()))]
    return tuple(dict.fromkeys(one.lower() for one in told if one))


def _answers(found: dict[str, tuple[str, ...]]) -> tuple[str, ...]:
    nearest = headers.ids(found.get("in-reply-to", ()))
    others = reversed(headers.ids(found.get("references", ())))
    return tuple(dict.fromkeys((*nearest, *others)))


def _return_path(found: dict[str, tuple[str, ...]], envelope: Envelope | None) -> str | None:
    if envelope:
        return envelope.sender
    if "return-path" not in found:
        return None
    return found["return-path"][0].strip().strip("<>").strip()
