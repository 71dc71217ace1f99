"""Which mail opens nothing, by table; and what looks like it and is a person's."""

import pytest

from standfast.mail.filter import IgnoredKind, reason_to_ignore
from standfast.mail.mail import Envelope
from standfast.mail.reading import read
from standfast.policy.mail import MailRules
from tests.mail.messages import HELP, raw

RULES = MailRules.model_validate({"mailboxes": [{"address": HELP}]})

QMAIL = "Hi. This is the qmail-send program at x.example.\nI'm afraid I wasn't able to deliver …"
EXCHANGE = "Your message did not reach some or all of the intended recipients.\n\nSubject: x"


def kind(message: bytes, envelope: Envelope | None = None, rules: MailRules = RULES) -> str:
    judged = reason_to_ignore(read(message, envelope), rules)
    return judged.kind if judged else ""


@pytest.mark.parametrize(
    ("headers", "judged"),
    [
        ({}, ""),
        ({"auto_submitted": "no"}, ""),
        ({"auto_submitted": "auto-replied; owner-email=x"}, IgnoredKind.AUTOMATIC),
        ({"auto_submitted": "Auto-Generated"}, IgnoredKind.AUTOMATIC),
        ({"precedence": "bulk"}, IgnoredKind.AUTOMATIC),
        ({"precedence": "Auto_Reply"}, IgnoredKind.AUTOMATIC),
        ({"precedence": "list"}, IgnoredKind.AUTOMATIC),
        ({"precedence": "first-class"}, ""),
        ({"x_auto_response_suppress": "All"}, IgnoredKind.AUTOMATIC),
        ({"x_auto_response_suppress": "None"}, ""),
        ({"x_autoreply": "yes"}, IgnoredKind.AUTOMATIC),
        ({"subject": "Automatic reply: Wiki"}, IgnoredKind.AUTOMATIC),
        ({"subject": "Automatische Antwort: Wiki"}, IgnoredKind.AUTOMATIC),
        ({"subject": "Automatic replies do not work"}, ""),
        (
            {"subject": "Out of office: back on Monday", "in_reply_to": "<1@x>"},
            IgnoredKind.AUTOMATIC,
        ),
        ({"subject": "Out of office does not switch on"}, ""),
        ({"sender": "MAILER-DAEMON@x.example"}, IgnoredKind.BOUNCE),
        ({"sender": "Postmaster <postmaster@x.example>"}, IgnoredKind.BOUNCE),
        ({"sender": "postmaster.smith@x.example"}, ""),
        ({"return_path": "<>"}, IgnoredKind.BOUNCE),
        ({"return_path": "<rita@x.example>"}, ""),
        ({"x_failed_recipients": "a@x.example"}, IgnoredKind.BOUNCE),
        ({"x_standfast": "INC-AAAAAAAAAA"}, IgnoredKind.OWN_MESSAGE),
        ({"sender": HELP}, IgnoredKind.OWN_MESSAGE),
        ({"sender": "Help <HELP+INC-AAAAAAAAAA@storyville.example>"}, IgnoredKind.OWN_MESSAGE),
        ({"subject": "failure notice", "text": QMAIL}, IgnoredKind.BOUNCE),
        ({"subject": "Undeliverable: x", "text": EXCHANGE}, IgnoredKind.BOUNCE),
        ({"subject": "Fwd: Undeliverable: x", "text": "What does this mean?\n" + EXCHANGE}, ""),
        ({"subject": "failure notice", "text": "The printer prints a failure notice."}, ""),
        ({"subject": "Mail", "text": "I get this:\n" + QMAIL}, ""),
    ],
)
def test_table(headers: dict[str, str], judged: str) -> None:
    assert kind(raw(**headers)) == judged


def test_reports_of_servers() -> None:
    report = b"From: a@x.example\nContent-Type: multipart/report; boundary=b\n\n--b\n\nx\n--b--\n"
    assert kind(report) == IgnoredKind.BOUNCE
    status = report.replace(b"/report", b"/mixed").replace(
        b"--b--", b"--b\nContent-Type: message/delivery-status\n\nAction: failed\n--b--"
    )
    assert kind(status) == IgnoredKind.BOUNCE


def test_an_empty_sender_of_the_envelope_is_a_bounce() -> None:
    assert kind(raw(), Envelope("")) == IgnoredKind.BOUNCE
    assert kind(raw(), Envelope("rita@storyville.example")) == ""


def test_only_the_domains_that_the_policy_names() -> None:
    rules = MailRules(senders=("Storyville.example",))
    assert kind(raw(), rules=rules) == ""
    assert kind(raw(sender="a@desk.storyville.example"), rules=rules) == ""
    for stranger in ("a@evilstoryville.example", "a@storyville.example.evil.example", "nobody"):
        assert kind(raw(sender=stranger), rules=rules) == IgnoredKind.UNKNOWN_SENDER
    assert kind(b"Subject: x\n\nx", rules=rules) == IgnoredKind.UNKNOWN_SENDER
