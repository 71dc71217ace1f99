"""People whose mail looks like a machine's, and machines whose mail looks like a person's."""

import pytest

from standfast.mail.filter import judge
from standfast.mail.mail import Envelope
from standfast.mail.reading import read
from tests.mail.judging import AUTOMATIC, BOUNCE, MEETING, NEWSLETTER, RULES, kind
from tests.mail.messages import HELP, RITA, raw

ANSWERS = {"in_reply_to": "<1@x>", "references": "<1@x>"}
GENERATED = {"auto_submitted": "auto-generated"}
ALL_WAYS = {**GENERATED, "precedence": "bulk", "x_auto_response_suppress": "All"}
NEWS = {"list_unsubscribe": "<https://x.example/u>"}
CLICK = {**NEWS, "list_unsubscribe_post": "List-Unsubscribe=One-Click"}
ASKED = "Is it resolved? Wiki crashed (INC-7F3K2QXWM4)"

PEOPLE: dict[str, dict[str, str]] = {
    # Monitors, forms and gateways say in all ways that a program sent it.
    "zabbix": {"sender": "no-reply@mon.example", "subject": "Problem: High CPU", **ALL_WAYS},
    "statuscake": {"sender": "noreply@statuscake.example", "subject": "Site is slow", **ALL_WAYS},
    "uptimerobot": {
        "sender": "noreply@uptimerobot.example",
        "subject": "Monitor is DOWN: shop",
        "precedence": "bulk",
        **CLICK,
    },
    "mdadm": {
        "subject": "Fail event on /dev/md0:web-1",
        "text": "This is an automatically generated mail message from mdadm\nrunning on web-1",
        **GENERATED,
    },
    "ilo": {
        "sender": "noreply@ilo.example",
        "subject": "Power supply failed",
        "text": "This is an automated email. Do not reply to this message.",
        **ALL_WAYS,
    },
    "ups": {"subject": "UPS: on battery", "return_path": "<>", **GENERATED},
    "voicemail": {"sender": "noreply@pbx.example", "subject": "New voicemail", **ALL_WAYS},
    "sms": {"sender": "noreply@sms.example", "subject": "New SMS from +49 170", **ALL_WAYS},
    "zendesk": {
        "subject": "[Partner] Re: your API is down",
        "text": "##- Please type your reply above this line -##\n\nIt answers 500.",
        **ALL_WAYS,
        **ANSWERS,
    },
    # osTicket/osTicket#6380: ServiceNow calls auto-generated what people write, too.
    "servicenow": {
        "subject": "INC0012345 - comments added",
        "text": "Your feed is still empty.",
        **ALL_WAYS,
        **ANSWERS,
    },
    # Groups without List-Post: zammad/zammad#4742, zammad/zammad#3667
    "google-group": {
        "precedence": "list",
        "list_id": "<it.elsewhere.example>",
        "x_spam_checked_in_group": "it@elsewhere.example",
        **NEWS,
    },
    "group-at-home": {"precedence": "list", "list_id": "<it.storyville.example>", **NEWS},
    "group-in-outlook": {"list_id": "IT <it.elsewhere.example>", "thread_index": "AdN", **NEWS},
    "answers-a-list": {"list_id": "<it.x.example>", "subject": "AW: VPN", **NEWS, **ANSWERS},
    # Words of mail servers in what people write.
    "bread": {"subject": "Delivery failed", "text": "We were unable to deliver the bread."},
    "driver": {"subject": "Failed delivery", "text": "Your driver failed to deliver to shop 12."},
    "sms-app": {"subject": "Message not delivered", "text": "Message not delivered, it says."},
    "system": {
        "subject": "Mail failure",
        "text": "The mail system rejects all.\n\nJan, jan@x.example",
    },
    "night-shift": {"text": "Hi. This is the night shift at plant 3.", "return_path": "<>"},
    "your-message": {"text": "Your message to all staff has a dead link.", "return_path": "<>"},
    "votre-message": {"text": "Votre message à tous mène à une erreur.", "return_path": "<>"},
    "addresses": {"text": "The following addresses had no network: 10.0.0.1", "return_path": "<>"},
    "sv-bread": {"subject": "Kan inte levereras", "text": "Det gick inte att leverera brödet."},
    "shows-a-report": {
        "subject": "Undeliverable: cannot mail our partner",
        "text": "Hello,\nwhenever we write to them, this comes:\n\n"
        "Delivery has failed to these recipients or groups:\n\n550 5.7.1",
    },
    "mail-administrator": {"sender": f"Mail Administrator Jan <{RITA}>", "precedence": "list"},
    "postmaster-by-list": {"sender": "postmaster@x.example", "precedence": "list"},
    # Words of absence in what people report (osTicket/osTicket#1744).
    "cannot-switch-on": {
        "subject": "Automatic reply: cannot be switched on",
        "text": "I am going on leave, and the automatic reply cannot be switched on.",
    },
    "abwesenheitsnotiz": {
        "subject": "Abwesenheitsnotiz: geht nicht",
        "text": "Ich bin ab dem 1.12. im Urlaub und kann sie nicht einschalten.",
    },
    "away-and-still-broken": {
        "subject": "Re: Is it resolved?",
        "text": "I'm on vacation until Monday, but it is still broken.",
        "precedence": "list",
        "x_auto_response_suppress": "All",
        **ANSWERS,
    },
    "automatically-ru": {
        "subject": "Re: Счета",
        "text": "Счета больше не создаются автоматически.",
        "precedence": "list",
        **ANSWERS,
    },
    "automatically-tr": {
        "subject": "Ynt: Fatura",
        "text": "Faturalar otomatik olarak oluşturulmuyor.",
        "precedence": "list",
        **ANSWERS,
    },
    "answers-a-tagged-one": {"subject": "Re: [Auto-Reply] Wiki", "text": "No.", **ANSWERS},
    "quotes-do-not-reply": {
        "subject": "Re: Wiki",
        "text": "It says 'do not reply to this message', but the wiki is still down.",
        **ANSWERS,
    },
    "passes-on-in-french": {"subject": "TR : Absence du bureau", "text": "Je suis absent."},
    "is-on-holiday": {"subject": "On holiday", "text": "I am on holiday; the server room is hot."},
    "urlaub": {"subject": "Urlaub", "text": "Bin ab Montag im Urlaub. Wer sperrt mein Konto?"},
    "banner": {
        "text": "CAUTION: from outside. Do not reply to this email.\n\nVPN is down.",
        **GENERATED,
        **ANSWERS,
    },
    "away-and-broken-pt": {
        "subject": "RES: Wiki",
        "text": "Estou de férias, mas não funciona.",
        **GENERATED,
        **ANSWERS,
    },
    "network-abuse": {"subject": "Abuse report", "text": "Your host scans us.", **ALL_WAYS},
    "newsletter-is-broken": {"sender": "newsletter@shop.example", "subject": "Newsletter: error"},
    "marketing": {"sender": "marketing@shop.example", **NEWS},
    "accepted-but": {"subject": "Accepted: my order, but it never came"},
    "ticket-created": {
        "subject": "Ticket created in the wrong queue",
        "text": "A ticket has been created in the wrong queue.",
    },
}


@pytest.mark.parametrize("headers", PEOPLE.values(), ids=PEOPLE)
def test_people_who_look_like_machines_are_taken(headers: dict[str, str]) -> None:
    assert kind(raw(**headers)) == ""


MACHINES: dict[str, tuple[dict[str, str], str]] = {
    # Where a program says in the subject what it is.
    "groupwise": (
        {"subject": "Wiki (Out of Office)", "text": "I'm out of the office.", **ANSWERS},
        AUTOMATIC,
    ),
    "mdaemon": ({"subject": "[Auto-Reply] Wiki", **ANSWERS}, AUTOMATIC),
    "naver": ({"subject": "[부재중 자동응답] Wiki", "text": "휴가 중입니다", **ANSWERS}, AUTOMATIC),
    "domino": (
        {
            "subject": "Nora Berg is out of the office.",
            "text": "I am out of the office.",
            **ANSWERS,
        },
        AUTOMATIC,
    ),
    "domino-de": (
        {"subject": "Nora Berg ist außer Haus", "text": "Ich bin abwesend.", **ANSWERS},
        AUTOMATIC,
    ),
    "gmx": (
        {"subject": "Abwesenheitsbenachrichtigung", "text": "Ich bin nicht da.", **ANSWERS},
        AUTOMATIC,
    ),
    "vacation": (
        {"subject": "Re: Wiki", "text": "I am on leave.", "precedence": "junk", **ANSWERS},
        AUTOMATIC,
    ),
    "in-irish": ({"subject": f"Freagra uathoibríoch: {ASKED}", **ANSWERS}, AUTOMATIC),
    # What acknowledges our mail (Nine-Minds/alga-psa#2705, PostHog/posthog#92017).
    "zendesk": (
        {
            "subject": "[Request received] Wiki",
            "text": "Your request (4711) has been received and is being reviewed.",
            **ANSWERS,
        },
        AUTOMATIC,
    ),
    "freshdesk": (
        {"subject": "Ticket Received - Wiki", "text": "A ticket has been created.", **ANSWERS},
        AUTOMATIC,
    ),
    "de": (
        {"subject": "Ihre Anfrage ist eingegangen", "text": "Wir haben Ihre Anfrage erhalten."},
        "",
    ),
    "de-answers": (
        {
            "subject": "Ihre Anfrage ist eingegangen",
            "text": "Wir haben Ihre Anfrage erhalten.",
            **ANSWERS,
        },
        AUTOMATIC,
    ),
    "fr": (
        {
            "subject": "Accusé de réception : Wiki",
            "text": "Ceci est un message automatique.",
            **ANSWERS,
        },
        AUTOMATIC,
    ),
    "ja": (
        {"subject": "【自動返信】Wiki", "text": "本メールは自動返信です。", **ANSWERS},
        AUTOMATIC,
    ),
    "logged": (
        {"subject": "We've got your email", "text": "Your enquiry was logged.", **ANSWERS},
        AUTOMATIC,
    ),
    "from-nora": (
        {"subject": "Auto reply from Nora Berg: Wiki", "text": "Back on Monday.", **ANSWERS},
        AUTOMATIC,
    ),
    "challenge": (
        {
            "subject": "Re: Wiki [Verify]",
            "text": "This is an automatic reply to your email: please confirm you are human.",
            **ANSWERS,
        },
        AUTOMATIC,
    ),
    # Servers without headers of their own (sisimai lhost-*).
    "postfix-by-a-pipe": (
        {"return_path": "<MAILER-DAEMON>", "subject": "Undelivered Mail"},
        BOUNCE,
    ),
    "sendmail-warns": (
        {
            "subject": "Warning: could not send message for past 4 hours",
            "text": "    ******************\n    **  THIS IS A WARNING MESSAGE ONLY  **\n",
        },
        BOUNCE,
    ),
    "barracuda": (
        {
            "subject": "**Message you sent blocked by our bulk email filter**",
            "text": "Your message to: a@x.example\nwas blocked by our Spam Firewall.",
        },
        BOUNCE,
    ),
    "gmail-fr": (
        {
            "subject": "Notification d'état de remise (échec)",
            "text": "** Adresse introuvable **\n\nVotre message n'est pas parvenu à a@x.example",
        },
        BOUNCE,
    ),
    "office365-de": (
        {
            "subject": "Unzustellbar: Wiki",
            "text": "Ihre Nachricht an a@x.example konnte nicht zugestellt werden.",
        },
        BOUNCE,
    ),
    "any-server": (
        {"subject": "Delivery report", "text": "Hello, this is the mail server on mx.x.example."},
        BOUNCE,
    ),
    "ses-opened": ({"text": '{"eventType":"Open","mail":{"messageId":"1"}}'}, BOUNCE),
    "ses-long": (
        {"text": '{"bounce":{"x":"' + 6_000 * "a" + '"},"notificationType":"Bounce"}'},
        BOUNCE,
    ),
    "ses-subscribed": ({"text": '{"notificationType":"AmazonSnsSubscriptionSucceeded"}'}, BOUNCE),
    "dmarc": (
        {"subject": "Dmarc Aggregate Report Domain: {x.example} Submitter: {Amazon SES}"},
        BOUNCE,
    ),
    "read-de": (
        {"subject": "Gelesen: Wiki", "text": "Ihre Nachricht\n\n  An: Nora\n\nwurde gelesen."},
        BOUNCE,
    ),
    "recalled": (
        {"subject": "Recall: Wiki", "text": "Nora would like to recall the message."},
        BOUNCE,
    ),
    # Newsletters and notifications.
    "substack": (
        {"list_id": "<ops.substack.com>", "list_post": "<https://ops.substack.com/p/1>", **CLICK},
        NEWSLETTER,
    ),
    "github": (
        {
            "list_id": "a/b <b.a.github.com>",
            "list_post": "<mailto:reply+1@reply.github.com>",
            "x_github_reason": "subscribed",
            **NEWS,
        },
        NEWSLETTER,
    ),
    "newsletter": ({"sender": "newsletter@shop.example", **NEWS}, NEWSLETTER),
    "newsletter-by-name": ({"sender": "Shop Newsletter <info@shop.example>", **NEWS}, NEWSLETTER),
    "accepted": (
        {"subject": "Accepted: Weekly @ Tue", "text": "Nora has accepted this invitation."},
        MEETING,
    ),
    "accepted-fr": (
        {"subject": "Accepté : Hebdo", "text": "Nora a accepté cette invitation."},
        MEETING,
    ),
    "in-a-browser": ({"text": "View this email in your browser\n\nOur news", **CLICK}, NEWSLETTER),
    "moderator": (
        {
            "sender": "ops-owner@lists.example",
            "subject": "1 Ops moderator request(s) waiting",
            "text": "The list has 1 request(s) waiting for your consideration.",
        },
        AUTOMATIC,
    ),
}


@pytest.mark.parametrize(("headers", "judged"), MACHINES.values(), ids=MACHINES)
def test_machines_that_look_like_people(headers: dict[str, str], judged: str) -> None:
    assert kind(raw(**headers)) == judged


GATEWAYS = ("[EXT] ", "[External]: ", "EXTERNAL: ", "(EXT) ", "{Spam?} ", "*EXTERN* ", "SPAM: ")


@pytest.mark.parametrize("tag", GATEWAYS)
def test_what_gateways_write_before_a_subject(tag: str) -> None:
    """sublime-security/sublime-rules#1677: neither the label of a program nor a Re: is lost."""
    assert kind(raw("Away.", subject=f"{tag}Automatic reply: Wiki", **ANSWERS)) == AUTOMATIC
    for before in ("Re: ", "RE[2]: ", "Re(2): ", "Odg: ", "Fwd: ", "TR : "):
        of_person = raw("Away.", subject=f"{tag}{before}Automatic reply: Wiki", **ANSWERS)
        assert kind(of_person) == ""


def test_postfix_hands_an_empty_sender_on_as_mailer_daemon() -> None:
    """What a rule forwards comes with it, too, so it settles nothing alone."""
    assert kind(raw(), Envelope("MAILER-DAEMON")) == ""
    assert kind(raw(return_path="<MAILER-DAEMON@mx.x.example>")) == ""


def attached(name: str, of_kind: str, content: str, **headers: str) -> bytes:
    head = "".join(f"{name_.replace('_', '-')}: {value}\n" for name_, value in headers.items())
    return (
        f"From: {RITA}\nTo: {HELP}\n{head}Content-Type: multipart/mixed; boundary=b\n\n--b\n"
        f"Content-Type: text/plain\n\nSee the file, please.\n--b\nContent-Type: {of_kind}; "
        f'name="{name}"\n\n{content}\n--b--\n'
    ).encode()


def test_what_is_attached() -> None:
    report = "mail.x.example!storyville.example!1700000000!1700086400.xml.gz"
    assert kind(attached(report, "application/gzip", "x")) == BOUNCE
    calendar = "BEGIN:VCALENDAR\nMETHOD:{}\nEND:VCALENDAR"
    reply, request = calendar.format("REPLY"), calendar.format("REQUEST")
    assert kind(attached("a.ics", "text/calendar", reply)) == MEETING
    # A person shows what does not open.
    assert kind(attached("a.ics", "application/octet-stream", reply)) == ""
    returned = "Subject: x\n\nx"
    shown = attached("x.eml", "message/rfc822", returned, Subject="Mail delivery failed?")
    assert kind(shown) == ""
    google = {"Sender": "calendar-notification@google.com", "Auto_Submitted": "auto-generated"}
    assert kind(attached("a.ics", "text/calendar", request, **google)) == ""


def test_what_says_the_same_counts_once() -> None:
    judged = judge(read(raw(sender="noreply@x.example", **ALL_WAYS)), RULES)
    assert judged.weight == 5
    assert [found.mark.name for found in judged.marks] == ["another value of Auto-Submitted"]


def test_the_type_of_a_message_that_is_one_part() -> None:
    mail = read(
        b"From: a@x.example\nContent-Type: text/calendar; method=REPLY\n\nBEGIN:VCALENDAR\n"
    )
    assert mail.kind == "text/calendar"
