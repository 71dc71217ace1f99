"""A mail that costs too much to read: nothing stands still, and it is not lost."""

import pytest

from standfast.mail import reading_apart
from standfast.mail.mail import Envelope
from standfast.mail.reading_apart import read_apart, text_of
from standfast.policy.mail import MailRules
from standfast.programs.parsers import Limits

RULES = MailRules()
HEAD = (
    b"From: Rita <rita@storyville.example>\r\nTo: help@storyville.example\r\n"
    b"Subject: =?utf-8?q?Wiki_st=C3=BCrzt_ab?=\r\nMessage-ID: <1@storyville.example>\r\n"
    b"In-Reply-To: <0@standfast.example>\r\n"
)
NESTED = (
    HEAD
    + b"Content-Type: multipart/mixed; boundary=b0\r\n\r\n"
    + b"".join(
        b"--b%d\r\nContent-Type: multipart/mixed; boundary=b%d\r\n\r\n" % (at, at + 1)
        for at in range(5_800)
    )
)


async def test_a_mail_that_is_too_costly_keeps_its_headers_and_its_bytes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(reading_apart, "LIMITS", Limits(cpu_seconds=20, seconds=0.0))
    mail, kind, *_ = await read_apart(NESTED, Envelope("rita@storyville.example"), RULES)
    assert kind is None
    assert (mail.sender, mail.subject) == ("rita@storyville.example", "Wiki stürzt ab")
    assert (mail.message_id, mail.answers) == ("1@storyville.example", ("0@standfast.example",))
    assert mail.text.startswith(
        "[this mail takes longer than 0 s to read: it is attached whole, and this is how it begins]"
    )
    assert [(one.name, one.content) for one in mail.attachments] == [("message.eml", NESTED)]
    assert text_of(NESTED, None) == mail.text


async def test_an_ordinary_mail_is_read_as_always() -> None:
    raw = HEAD + b"\r\nNothing opens.\r\n\r\nOn Monday Ana wrote:\r\n> Is it resolved?\r\n"
    mail, kind, *_ = await read_apart(raw, None, RULES)
    assert kind is None
    assert mail.own_words == "Nothing opens."
    assert text_of(raw, None) == mail.text
