"""Which mail opens nothing, by table; and what looks like it and is a person's."""

import pytest

from standfast.mail.filter import Kind, nothing
from standfast.mail.mail import Envelope
from standfast.mail.reading import read
from standfast.policy.mail import MailRules
from tests.mail.messages import HELP, raw

RULES = MailRules.model_validate({"mailboxes": [{"address": HELP}]})

QMAIL = "Hi. This is the qmail-send program at x.example.\nI'm afraid I wasn't able to deliver …"
EXCHANGE = "Your message did not reach some or all of the intended recipients.\n\nSubject: x"


def kind(message: bytes, envelope: Envelope | None = None, rules: MailRules = RULES) -> str:
    judged = nothing(read(message, envelope), rules)
    return judged.kind if judged else ""


@pytest.mark.parametrize(
    ("headers", "judged"),
    [
        ({}, ""),
        ({"auto_submitted": "no"}, ""),
        ({"auto_submitted": "auto-replied; owner-email=x"}, Kind.AUTOMATIC),
        ({"auto_submitted": "Auto-Generated"}, Kind.AUTOMATIC),
        ({"precedence": "bulk"}, Kind.AUTOMATIC),
        ({"precedence": "Auto_Reply"}, Kind.AUTOMATIC),
        ({"precedence": "list"}, Kind.AUTOMATIC),
        ({"precedence": "first-class"}, ""),
        ({"x_auto_response_suppress": "All"}, Kind.AUTOMATIC),
        ({"x_auto_response_suppress": "None"}, ""),
        ({"x_autoreply": "yes"}, Kind.AUTOMATIC),
        ({"subject": "Automatic reply: Wiki"}, Kind.AUTOMATIC),
        ({"subject": "Automatische Antwort: Wiki"}, Kind.AUTOMATIC),
        ({"subject": "Automatic replies do not work"}, ""),
        ({"subject": "Out of office: back on Monday", "in_reply_to": "<1@x>"}, Kind.AUTOMATIC),
        ({"subject": "Out of office does not switch on"}, ""),
        ({"sender": "MAILER-DAEMON@x.example"}, Kind.BOUNCE),
        ({"sender": "Postmaster <postmaster@x.example>"}, Kind.BOUNCE),
        ({"sender": "postmaster.smith@x.example"}, ""),
        ({"return_path": "<>"}, Kind.BOUNCE),
        ({"return_path": "<rita@x.example>"}, ""),
        ({"x_failed_recipients": "a@x.example"}, Kind.BOUNCE),
        ({"x_standfast": "INC-AAAAAAAAAA"}, Kind.OURS),
        ({"sender": HELP}, Kind.OURS),
        ({"sender": "Help <HELP+INC-AAAAAAAAAA@storyville.example>"}, Kind.OURS),
        ({"subject": "failure notice", "text": QMAIL}, Kind.BOUNCE),
        ({"subject": "Undeliverable: x", "text": EXCHANGE}, Kind.BOUNCE),
        ({"subject": "Fwd: Undeliverable: x", "text": "What does this mean?\n" + EXCHANGE}, ""),
        ({"subject": "failure notice", "text": "The printer prints a failure notice."}, ""),
        ({"subject": "Mail", "text": "I get this:\n" + QMAIL}, ""),
    ],
)
def test_table(headers: dict[str, str], judged: str) -> None:
    assert kind(raw(**headers)) == judged


def test_reports_of_servers() -> None:
    report = b"From: a@x.example\nContent-Type: multipart/report; boundary=b\n\n--b\n\nx\n--b--\n"
    assert kind(report) == Kind.BOUNCE
    status = report.replace(b"/report", b"/mixed").replace(
        b"--b--", b"--b\nContent-Type: message/delivery-status\n\nAction: failed\n--b--"
    )
    assert kind(status) == Kind.BOUNCE


def test_an_empty_sender_of_the_envelope_is_a_bounce() -> None:
    assert kind(raw(), Envelope("")) == Kind.BOUNCE
    assert kind(raw(), Envelope("rita@storyville.example")) == ""


def test_only_the_domains_that_the_policy_names() -> None:
    rules = MailRules(senders=("Storyville.example",))
    assert kind(raw(), rules=rules) == ""
    assert kind(raw(sender="a@desk.storyville.example"), rules=rules) == ""
    for stranger in ("a@evilstoryville.example", "a@storyville.example.evil.example", "nobody"):
        assert kind(raw(sender=stranger), rules=rules) == Kind.STRANGER
    assert kind(b"Subject: x\n\nx", rules=rules) == Kind.STRANGER
