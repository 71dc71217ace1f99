"""Mail of machines is set aside, as what it is."""

import pytest

from tests.mail.judging import (
    AUTOMATIC,
    AWAY,
    BOUNCE,
    EXCHANGE,
    NEWSLETTER,
    OURS,
    OURS_AGAIN,
    OWN,
    QMAIL,
    TAKEN,
    kind,
)
from tests.mail.messages import HELP, raw

Row = tuple[str, dict[str, str], str]

MACHINES: list[Row] = [
    ("auto-replied", {"auto_submitted": "auto-replied; owner-email=x"}, AUTOMATIC),
    ("Auto_Reply", {"precedence": "Auto_Reply"}, AUTOMATIC),
    ("x-autoreply", {"x_autoreply": "yes"}, AUTOMATIC),
    ("apple", {"x_apple_action": "VACATION"}, AUTOMATIC),
    ("answers", {"subject": "Automatic reply: Wiki", "in_reply_to": "<1@x>"}, AUTOMATIC),
    ("away-text", {"subject": "Automatic reply: Wiki", "text": AWAY}, AUTOMATIC),
    ("our-subject", {"subject": f"Automatische Antwort: {OURS_AGAIN}"}, AUTOMATIC),
    # Gateways write before the subject (sublime-security/sublime-rules#1677).
    (
        "tagged",
        {"subject": "[External] Automatic reply: Partner Billing", "in_reply_to": "<1@x>"},
        AUTOMATIC,
    ),
    (
        "answers-away",
        {"subject": "Out of office: back on Monday", "in_reply_to": "<1@x>"},
        AUTOMATIC,
    ),
    (
        "says-so",
        {
            "subject": "Re: Is it resolved?",
            "text": "This is an automated response. I am on annual leave.",
            "in_reply_to": "<1@x>",
        },
        AUTOMATIC,
    ),
    # freescout-help-desk/freescout#4226
    ("opensrs", {"x_autoresponder": "Will not send another autoreply"}, AUTOMATIC),
    # freescout-help-desk/freescout#513
    (
        "exchange-de",
        {"subject": "Automatische Antwort: Hi!", "in_reply_to": "<1@x>"},
        AUTOMATIC,
    ),
    # freescout-help-desk/freescout#4250: of one that looped already.
    (
        "looped",
        {"sender": "postmaster@x.example", "subject": "[#7254] Undeliverable: [#7253] Spam"},
        BOUNCE,
    ),
    # freescout-help-desk/freescout#634
    (
        "haraka",
        {"sender": "MAILER-DAEMON@x.example", "subject": "Message delivery failure notice"},
        BOUNCE,
    ),
    # An Exchange reply in a language that we do not know.
    (
        "unknown-language",
        {
            "subject": "Svar sjálfkrafa: Wiki",
            "auto_submitted": "auto-generated",
            "x_auto_response_suppress": "All",
            "in_reply_to": "<1@x>",
        },
        AUTOMATIC,
    ),
    (
        "jira",
        {
            "sender": "jira@noreply.example",
            "auto_submitted": "auto-generated",
            "precedence": "bulk",
            "x_jira_fingerprint": "abc",
        },
        AUTOMATIC,
    ),
    (
        "github",
        {
            "sender": "notifications@github.com",
            "precedence": "list",
            "list_id": "storyville/wiki <wiki.storyville.github.com>",
            "list_unsubscribe": "<https://github.com/notifications/unsubscribe/1>",
            "x_github_reason": "subscribed",
            "x_auto_response_suppress": "All",
        },
        NEWSLETTER,
    ),
    ("daemon", {"sender": "MAILER-DAEMON@x.example"}, BOUNCE),
    ("daemon-name", {"sender": "Mail Delivery System <a@x.example>", "return_path": "<>"}, BOUNCE),
    (
        "postmaster",
        {"sender": "Postmaster <postmaster@x.example>", "subject": "Undeliverable: x"},
        BOUNCE,
    ),
    ("exchange-sender", {"sender": f"MicrosoftExchange{'0a' * 16}@x.example"}, BOUNCE),
    ("failed-recipients", {"x_failed_recipients": "a@x.example"}, BOUNCE),
    ("ndr", {"x_ms_exchange_message_is_ndr": ""}, TAKEN),
    ("ndr-yes", {"x_ms_exchange_message_is_ndr": "1"}, BOUNCE),
    ("qmail", {"subject": "failure notice", "text": QMAIL}, BOUNCE),
    ("exchange", {"subject": "Undeliverable: x", "text": EXCHANGE}, BOUNCE),
    # freescout-help-desk/freescout#4806
    (
        "postfix",
        {
            "subject": "Undelivered Mail Returned to Sender",
            "text": "This is the mail system at host relay.example.",
        },
        BOUNCE,
    ),
    (
        "exim",
        {
            "subject": "Mail delivery failed: returning message to sender",
            "text": "This message was created automatically by mail delivery software.",
        },
        BOUNCE,
    ),
    # Apache James (sisimai lhost-apachejames)
    (
        "james",
        {
            "sender": "postmaster@james.example",
            "subject": "[BOUNCE]",
            "text": "Hi. This is the James mail server at james.example.\nI'm afraid I wasn't able",
        },
        BOUNCE,
    ),
    (
        "vtext",
        {
            "sender": "post_master@vtext.example",
            "subject": "Re:Test message",
            "text": "Error: Invalid user address\n\n550 - Requested action not taken",
        },
        BOUNCE,
    ),
    (
        "read-receipt",
        {
            "subject": "Read: Is it resolved?",
            "text": "Your message\n\n  To: Rita\n  Subject: x\n\nwas read on Monday.",
        },
        BOUNCE,
    ),
    (
        "ses-by-sns",  # sisimai lhost-amazonses-09
        {
            "sender": "SES <no-reply@sns.amazonaws.com>",
            "subject": "AWS Notification Message",
            "text": '{"notificationType":"Bounce","bounce":{"bounceType":"Permanent"}}\n\n--',
        },
        BOUNCE,
    ),
    (
        "ses-by-sns-wrapped",
        {"text": '{"Type": "Notification", "Message": "{\\"eventType\\":\\"Complaint\\"}"}'},
        BOUNCE,
    ),
    (
        "dmarc",
        {
            "sender": "noreply-dmarc-support@google.com",
            "subject": "Report domain: storyville.example Submitter: google.com Report-ID: 1",
            "text": "",
        },
        BOUNCE,
    ),
    # What these say of themselves has no structure (sisimai lhost-*).
    (
        "exchange-2003",
        {
            "sender": "System Administrator <postmaster@x.example>",
            "subject": "E",
            "text": "Your message\n\n  To:      a@x.example\n  Subject: Message\n"
            "  Sent:    Thu, 29 Apr 2009 23:00:00 -0400\n\n"
            "did not reach the following recipient(s):",
        },
        BOUNCE,
    ),
    (
        "imail",
        {
            "sender": '"Postmaster" <postmaster@x.example>',
            "subject": "Undeliverable Mail",
            "text": "Unknown user: a@x.example",
        },
        BOUNCE,
    ),
    (
        "ezweb",
        {
            "sender": "Postmaster@ezweb.example",
            "subject": "Mail System Error - Returned Mail",
            "text": "次のあて先へのメッセージはエラーのため送信できませんでした。",
        },
        BOUNCE,
    ),
    (
        "mimecast",
        {
            "sender": '"postmaster" <postmaster@x.example>',
            "subject": "[Postmaster] Email Delivery Failure",
            "text": "This is an automated alert notification. Please do not reply.",
        },
        BOUNCE,
    ),
    (
        "domino",
        {
            "sender": "Mail Router <mail@notes.example>",
            "subject": "DELIVERY FAILURE: User a (a@x.example) not listed in Domino Directory",
            "text": "Your message to a@x.example could not be delivered because:",
        },
        BOUNCE,
    ),
    # List servers (sisimai lhost-fml)
    (
        "fml",
        {
            "sender": "ops-admin@lists.example",
            "subject": "You rita@storyville.example are not member (ops ML)",
            "x_mlserver": "fml [fml 4.0.3 release (20011202/4.0.3)]",
            "mailing_list": "contact ops-help@lists.example; run by ezmlm",
            "list_subscribe": "<mailto:ops-ctl@lists.example?body=subscribe>",
            "text": "You are not a member of this mailing list <ops@lists.example>.",
        },
        AUTOMATIC,
    ),
    (
        "fml-status",
        {
            "sender": "ops-admin@lists.example",
            "subject": "fml Command Status report (ops ML)",
            "x_mlserver": "fml [fml 4.0.3]",
        },
        AUTOMATIC,
    ),
    (
        "majordomo",
        {"sender": "Majordomo@lists.example", "subject": "Majordomo results: Re: Help"},
        AUTOMATIC,
    ),
    (
        "mailman",
        {
            "sender": "ops-owner@lists.example",
            "subject": "Your message to Ops awaits moderator approval",
            "text": "Is being held until the list moderator can review it for approval.",
        },
        AUTOMATIC,
    ),
    ("mailman-says", {"x_list_administrivia": "yes"}, AUTOMATIC),
    # Newsletters
    (
        "newsletter",
        {
            "sender": "News <hello@shop.example>",
            "list_id": "<news.shop.example>",
            "list_unsubscribe": "<https://shop.example/u>",
        },
        NEWSLETTER,
    ),
    (
        "announcements",
        {
            "list_id": "<announce.lists.example>",
            "list_post": "NO",
            "list_unsubscribe": "<mailto:x@lists.example>",
        },
        NEWSLETTER,
    ),
    (
        "campaign",
        {
            "sender": "newsletter@shop.example",
            "list_unsubscribe": "<https://shop.example/u>",
            "list_unsubscribe_post": "List-Unsubscribe=One-Click",
        },
        NEWSLETTER,
    ),
    ("own", {"x_standfast": "INC-AAAAAAAAAA"}, OWN),
    ("own-address", {"sender": HELP}, OURS),
    ("own-tagged", {"sender": "Help <HELP+INC-AAAAAAAAAA@storyville.example>"}, OURS),
    ("own-both", {"sender": HELP, "reply_to": HELP}, OURS),
]


@pytest.mark.parametrize(
    ("headers", "judged"),
    [(headers, judged) for _, headers, judged in MACHINES],
    ids=[name for name, _, _ in MACHINES],
)
def test_mail_of_machines_is_set_aside(headers: dict[str, str], judged: str) -> None:
    assert kind(raw(**headers)) == judged
