"""Marks that settle it alone, whatever a person's marks say: no mail, our own, not accepted."""

from standfast.incidents.notification import OUR_HEADER
from standfast.mail.marks.evidence import Evidence
from standfast.mail.marks.mark import Mark, SetAsideKind
from standfast.mail.senders import author_of, is_own_mailbox

_SETTLES = 1_000


def _not_mail(mail: Evidence) -> str:
    return "" if mail.mail.is_mail else "it has no header lines"


def _own_message(mail: Evidence) -> str:
    is_ours = OUR_HEADER.lower() in mail.mail.headers
    return f"it has the header {OUR_HEADER}" if is_ours else ""


def _own_address(mail: Evidence) -> str:
    who = author_of(mail.mail, mail.rules)
    is_ours = who and is_own_mailbox(who, mail.rules)
    return f"it comes from {who}, an address of our own, and names nobody else" if is_ours else ""


def _unknown_sender(mail: Evidence) -> str:
    who = author_of(mail.mail, mail.rules)
    if mail.rules.accepts(who):
        return ""
    return f"mail from {who or 'nobody named'} is not accepted: see `mail.senders`"


MARKS = (
    Mark("no header lines", SetAsideKind.NOT_MAIL, _SETTLES, _not_mail),
    Mark(f"the header {OUR_HEADER}", SetAsideKind.OWN_MESSAGE, _SETTLES, _own_message),
    Mark("our own address, and nobody else", SetAsideKind.OWN_ADDRESS, _SETTLES, _own_address),
    Mark("nobody of `senders`", SetAsideKind.UNKNOWN_SENDER, _SETTLES, _unknown_sender),
)
