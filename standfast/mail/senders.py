"""Whose mail it is: our own addresses, and the person behind a mail that names one of ours."""

import re

from standfast.mail import headers
from standfast.mail.mail import Mail
from standfast.policy.mail import MailRules

_BEHIND = ("reply-to", "x-original-from", "x-original-sender", "sender")
"""Where contact forms, Google groups and shared mailboxes name the person, the surest first."""

_NOREPLY = re.compile(r"(?:no[-_.]?(?:reply|response)|do[-_.]?not[-_.]?(?:reply|respond))", re.I)


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
    """Whether an address is one such as noreply@."""
    return _NOREPLY.search(address) is not None


def author_of(mail: Mail, rules: MailRules) -> str:
    """The address of whoever wrote it: that in From, unless it is nobody's and another is named.

    A contact form sends from our own address, or from noreply@, with the person in Reply-To.
    """
    from_us = is_own_mailbox(mail.sender, rules)
    if not from_us and not takes_no_answers(mail.sender):
        return mail.sender
    for name in _BEHIND if from_us else _BEHIND[:1]:
        for who in headers.addresses("reply-to", mail.headers.get(name, ())):
            is_nobody = is_own_mailbox(who.address, rules) or takes_no_answers(who.address)
            if who.address and not is_nobody:
                return who.address
    return mail.sender
