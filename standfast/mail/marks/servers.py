"""Marks of mail servers: delivery reports, read receipts, complaints about our mail."""

import re

from standfast.mail.marks.evidence import Evidence
from standfast.mail.marks.mark import ENOUGH, Mark, SetAsideKind, Statement
from standfast.mail.marks.plain import Phrases
from standfast.mail.marks.words_of_servers import (
    FAILURE_SUBJECT,
    RECEIPT_SUBJECT,
    RECEIPT_TEXT,
    SERVER_TEXT,
    SERVER_TEXT_BEFORE_AN_ADDRESS,
)

_FAILURE_SUBJECT = Phrases(one for words in FAILURE_SUBJECT.values() for one in words)
_SERVER_TEXT = Phrases(one for words in SERVER_TEXT.values() for one in words)
_BEFORE_AN_ADDRESS = Phrases(
    one for words in SERVER_TEXT_BEFORE_AN_ADDRESS.values() for one in words
)
_AN_ADDRESS_WITHIN = 30
_SAYS_WHO = re.compile(
    r"(?:h[ea]llo|hi|hey)?[.,!]? ?(?:this is|i am|i'm) the .{0,40}?"
    r"(?:mail ?server|mailer|mail system|mta|smtp|qmail|postfix|program|daemon|agent)\b"
    r".{0,20}? (?:at|on|for) (?:host )?[a-z0-9-]{1,63}\.[a-z0-9]"
)
"""A server says who it is: "Hi. This is the qmail-send program at mx.fernhill.example."."""

_RECEIPT_SUBJECT = Phrases(one for words in RECEIPT_SUBJECT.values() for one in words)
_RECEIPT_TEXT = Phrases(RECEIPT_TEXT)

_FIRST, _LATER = 40, 600
"""Characters within which a server says what it is, and within which its words count a little.

A person who writes about a report has said something of their own before them.
"""

_BARE = 20
"""Characters below which a text says nothing."""

_DAEMON = re.compile(
    r"(?:mailer[-_.]?daemon|mdaemon|microsoftexchange[0-9a-f]{32})"
    r"(?:@.*|\s.*|)$"
)
_DAEMON_NAME = re.compile(
    r"(?:mailer[-_. ]?daemon|mail deliver[y]? (?:sub)?system|mail delivery service"
    r"|courier mail server|interscan (?:mss|notification)"
    r"|(?:delivery notification|mail administrator|mail delivery)$)(?!\w)"
)
_POSTMASTER = re.compile(
    r"(?:post[-_.]?master|fbl|feedback-?loop|abuse-?reports?|scomp)(?:@.*|\s.*|)$|staff@hotmail\.com$"
)

_REPORT_PARTS = (
    *("message/delivery-status", "message/global-delivery-status", "message/feedback-report"),
    *("message/disposition-notification", "message/tracking-status"),
)
_RETURNED_PARTS = ("message/rfc822", "text/rfc822-headers", "message/global", "message/partial")
_BOUNCE_HEADERS = (
    *("x-failed-recipients", "x-bounced-address", "x-ms-exchange-message-is-ndr"),
    *("x-mailer-daemon-recipients", "x-mx-bounce", "x-mxl-notehash", "x-hmxmroriginalrecipient"),
)
_SES = re.compile(
    r"\"notificationtype\\?\"\s{0,9}:\s{0,9}\\?\"(?:bounce|complaint|delivery|amazonsns)"
    r"|\"eventtype\\?\"\s{0,9}:\s{0,9}\\?\""
    r"(?:bounce|complaint|reject|delivery ?delay|rendering ?failure)\b"
)
_SES_EVENT = re.compile(
    r"\"eventtype\\?\"\s{0,9}:\s{0,9}\\?\"(?:send|delivery|open|click|subscription)\b"
)
_OF_A_MAIL = re.compile(r"\"mail\\?\"\s{0,9}:\s{0,9}\{")
"""Amazon SES tells of a mail in JSON; other programs have events of these names, too."""

_SES_READ = 20_000
_AGGREGATE = re.compile(
    r"[^!\s]{1,100}![^!\s]{1,100}!\d{6,12}!\d{6,12}(?:![^!]{1,60})?\.[a-z.]{2,12}$", re.I
)
"""Receiver, domain, begin and end (RFC 7489, section 7.2.1.1)."""


def _is_report(mail: Evidence) -> str:
    is_report = mail.mail.header("content-type").startswith("multipart/report")
    return "it is a multipart/report" if is_report else ""


def _has_report(mail: Evidence) -> str:
    found = next((one for one in _REPORT_PARTS if one in mail.parts), "")
    return f"it has a part {found}" if found else ""


def _bounce_header(mail: Evidence) -> str:
    found = mail.has(*_BOUNCE_HEADERS)
    return f"it has the header {found}" if found else ""


def _daemon(mail: Evidence) -> str:
    found = next((one for one in mail.senders if _DAEMON.match(one)), "")
    return f"it comes from a mail server: {found[:80]}" if found else ""


def _daemon_name(mail: Evidence) -> str:
    found = _DAEMON_NAME.match(mail.sender_name)
    return f"the name of its sender is {found[0]!r}" if found else ""


def _postmaster(mail: Evidence) -> str:
    return f"it comes from {mail.sender[:80]}" if _POSTMASTER.match(mail.sender) else ""


def _empty_return_path(mail: Evidence) -> str:
    return "its return path is empty" if mail.has_empty_return_path else ""


def _failure_subject(mail: Evidence) -> str:
    found = _FAILURE_SUBJECT.beginning(mail.subject)
    return f"its subject begins as that of a mail server: {found!r}" if found else ""


def _server_text(mail: Evidence) -> str:
    found = _SERVER_TEXT.inside(mail.beginning, _FIRST) or _says_who(mail) or _names_address(mail)
    return f"its text begins as that of a mail server: {found!r}" if found else ""


def _says_who(mail: Evidence) -> str:
    found = _SAYS_WHO.match(mail.beginning)
    return found[0] if found else ""


def _names_address(mail: Evidence) -> str:
    found = _BEFORE_AN_ADDRESS.inside(mail.beginning, _FIRST)
    after = mail.beginning.partition(found)[2][:_AN_ADDRESS_WITHIN] if found else ""
    return f"{found}{after}" if "@" in after else ""


def _server_text_later(mail: Evidence) -> str:
    if _server_text(mail):
        return ""
    found = _SERVER_TEXT.inside(mail.text[:_LATER])
    return f"its text has words of a mail server: {found!r}" if found else ""


def _returned(mail: Evidence) -> str:
    # A person who shows such a message writes something beside it.
    is_bare = _failure_subject(mail) and len(mail.text) < _BARE
    if not (is_bare or _server_text(mail)):
        return ""
    found = next((one for one in _RETURNED_PARTS if one in mail.parts), "")
    return "it brings a message back" if found else ""


def _receipt(mail: Evidence) -> str:
    found = _RECEIPT_SUBJECT.label(mail.subject) if _RECEIPT_TEXT.inside(mail.text) else ""
    return f"it is a read receipt: {found!r}" if found else ""


def _dmarc(mail: Evidence) -> str:
    is_one = "report domain:" in mail.subject and "submitter:" in mail.subject
    return "it is a DMARC or TLS report" if is_one else ""


def _dmarc_file(mail: Evidence) -> str:
    names = (one.name[:300] for one in mail.mail.attachments)
    found = next((name for name in names if _AGGREGATE.match(name)), "")
    return f"it has the file of a DMARC or TLS report: {found[:80]}" if found else ""


def _of_ses(mail: Evidence) -> str:
    text = mail.mail.text[:_SES_READ].lstrip().lower()
    if not text.startswith("{"):
        return ""
    found = _SES.search(text) or (_OF_A_MAIL.search(text) and _SES_EVENT.search(text))
    return "Amazon SES tells what became of a mail" if found else ""


_BOUNCE = SetAsideKind.BOUNCE

MARKS = (
    Mark("multipart/report", _BOUNCE, 2 * ENOUGH, _is_report),
    Mark("a delivery status, receipt or complaint among its parts", _BOUNCE, 12, _has_report),
    Mark("a header such as X-Failed-Recipients", _BOUNCE, ENOUGH, _bounce_header),
    Mark("the sender MAILER-DAEMON or the like", _BOUNCE, ENOUGH, _daemon),
    Mark("a sender named Mail Delivery System or the like", _BOUNCE, 8, _daemon_name),
    Mark("the sender postmaster", _BOUNCE, 7, _postmaster),
    Mark("an empty return path", _BOUNCE, 5, _empty_return_path, Statement.BY_A_PROGRAM),
    Mark("the subject of a mail server", _BOUNCE, 6, _failure_subject),
    Mark("a text that begins as a mail server's", _BOUNCE, 6, _server_text),
    Mark("words of a mail server later in the text", _BOUNCE, 3, _server_text_later),
    Mark("such a mail that brings a message back", _BOUNCE, 4, _returned),
    Mark("subject and text of a read receipt", _BOUNCE, ENOUGH, _receipt),
    Mark("the subject of a DMARC report", _BOUNCE, ENOUGH, _dmarc),
    Mark("a file named as that of a DMARC report", _BOUNCE, ENOUGH, _dmarc_file),
    Mark("a notice of Amazon SES", _BOUNCE, ENOUGH, _of_ses),
)
