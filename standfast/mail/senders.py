"""Whose mail it is: our own addresses, and the person behind a mail that names one of ours."""

import re

from standfast.mail import headers
from standfast.mail.mail import Mail
from standfast.policy.mail import MailRules

_BEHIND = ("reply-to", "x-original-from", "x-original-sender", "sender")
"""Where contact forms, Google groups and shared mailboxes name the person, the surest first."""

_NOREPLY = re.compile(
    r"no[-_.]?(?:reply|response|responder|respond[aei]r?)\b|do[-_.]?not[-_.]?(?:reply|respond)"
    r"|nao[-_.]?respond(?:a|er)|ne[-_.]?pas[-_.]?repondre|non[-_.]?rispondere|keine[-_.]?antwort"
    r"|nicht[-_.]?antworten|niet[-_.]?(?:be)?antwoorden|nie[-_.]?odpowiada[cj]",
    re.I,
)
_WEB_SERVER = re.compile(
    r"(?:wordpress|www-data|www|apache|httpd|nginx|nobody|wwwrun|web-?forms?|contact-?forms?"
    r"|kontakt-?formular|form-?mail(?:er)?|mail-?form)@",
    re.I,
)
"""From whom a web server sends what somebody wrote into a form."""


def base_address(address: str) -> str:
    """An address in lower case, without `+` and the part after it."""
    local, _, domain = address.lower().rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def is_ours(address: str, rules: MailRules) -> bool:
    """Whether an address is one of our mailboxes, with or without `+INC-…`.

    Without any mailboxes in the policy, every address is.
    """
    return not rules.mailboxes or is_own_mailbox(address, rules)


def is_own_mailbox(address: str, rules: MailRules) -> bool:
    """Whether the policy names that address among its mailboxes."""
    return base_address(address) in {mailbox.address for mailbox in rules.mailboxes}


def takes_no_answers(address: str) -> bool:
    """Whether an address is one such as noreply@, in some languages."""
    return _NOREPLY.search(address) is not None


def _is_nobodys(address: str) -> bool:
    return takes_no_answers(address) or _WEB_SERVER.match(address) is not None


def author_of(mail: Mail, rules: MailRules) -> str:
    """The address of whoever wrote it: that in From, unless it is nobody's and another is named.

    A contact form sends from our own address, from noreply@ or from wordpress@, with the person in
    Reply-To.
    """
    from_us = is_own_mailbox(mail.sender, rules)
    if not from_us and not _is_nobodys(mail.sender):
        return mail.sender
    for name in _BEHIND if from_us else _BEHIND[:1]:
        for who in headers.addresses("reply-to", mail.headers.get(name, ())):
            is_nobody = is_own_mailbox(who.address, rules) or _is_nobodys(who.address)
            if who.address and not is_nobody:
                return who.address
    return mail.sender
