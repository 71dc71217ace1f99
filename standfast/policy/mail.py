"""Mail: our addresses, whose mail is accepted, size limits, and which words are an answer."""

import re
from collections import Counter
from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from standfast.messages.message import Line, at_most
from standfast.messages.phrases import Phrases
from standfast.policy.section import Key, Section

LONGEST_REPLY_BOX = 19
"""Characters before the `@` of a reply address: 64 without `+` and `intake.answer_tags.LONGEST`."""


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _an_address(text: str) -> str:
    local, at, domain = text.rpartition("@")
    if not at or not local or not domain or any(character in text for character in ' <>",;'):
        raise ValueError("must be an address such as help@fernhill.example")
    if "+" in local:
        raise ValueError("must be without `+`: what follows it names the incident of a reply")
    return text


def _a_domain(text: str) -> str:
    if "@" in text or " " in text or text.startswith("."):
        raise ValueError("must be a domain such as fernhill.example")
    return text


Address = Annotated[Line, at_most(254), BeforeValidator(_lower), AfterValidator(_an_address)]
Domain = Annotated[Line, at_most(253), BeforeValidator(_lower), AfterValidator(_a_domain)]


def _with_room_for_a_tag(address: str) -> str:
    if len(address.partition("@")[0]) > LONGEST_REPLY_BOX:
        raise ValueError(
            f"must have at most {LONGEST_REPLY_BOX} characters before the `@`: what tells whose "
            "answer it is comes after them, and mail allows 64 together"
        )
    return address


def _a_server_name(name: str) -> str:
    if re.search(r"[\s/:@;]", name):
        raise ValueError(
            "must be the name alone that your mail server writes at the beginning of "
            "`Authentication-Results`, such as mx.fernhill.example"
        )
    return name


ServerName = Annotated[Line, at_most(253), BeforeValidator(_lower), AfterValidator(_a_server_name)]
ReplyAddress = Annotated[Address, AfterValidator(_with_room_for_a_tag)]


class Mailbox(Section):
    """An address of ours. Mail to it is about `service`, where it names one."""

    address: Address
    service: Key | None = None


MOST_KEPT = 20
"""Attachments of a message: a text has room for the names of so many."""


class AttachmentLimits(Section):
    """What is kept of a message's attachments; sizes are in bytes.

    max_count: how many. max_bytes: of each. max_bytes_per_message, max_bytes_per_incident: of all
    attachments of a message, of an incident.
    """

    max_count: int = Field(default=MOST_KEPT, ge=0, le=MOST_KEPT)
    max_bytes: int = Field(default=10_000_000, ge=0)
    max_bytes_per_message: int = Field(default=20_000_000, ge=0)
    max_bytes_per_incident: int = Field(default=100_000_000, ge=0)


class MailRules(Section):
    """Whose mail is accepted, and what a reporter's reply means.

    mailboxes: our addresses; mail from them is our own. With none, every recipient is accepted.
    senders: domains, subdomains included, whose mail is accepted; with none, everybody's.
    max_bytes: the largest message that is accepted.
    reply_address: where reporters answer our questions, with `+` and what tells whose answer it is
        after its name; one of the mailboxes, if there are any. None: replies go to the sender that
        the channel names.
    trusted_server: the name (authserv-id) by which the mail server in front of us signs its
        Authentication-Results. None: no such header is believed, and none is needed.
    fixed, not_fixed: a first line that says one of these, and nothing else, is the answer to the
        question whether it is resolved.
    """

    mailboxes: tuple[Mailbox, ...] = ()
    senders: tuple[Domain, ...] = ()
    max_bytes: int = Field(default=20_000_000, ge=10_000, le=100_000_000)
    reply_address: ReplyAddress | None = None
    trusted_server: ServerName | None = None
    attachments: AttachmentLimits = AttachmentLimits()
    fixed: Phrases = (
        *("fixed", "it is fixed", "it's fixed", "is fixed", "yes", "yes it is", "yes fixed"),
        *("yes it works", "yes resolved", "resolved", "it is resolved", "solved", "it works"),
        *("works", "works again", "it works again", "working", "it is working", "working again"),
        *("works for me", "confirmed", "all good", "problem solved", "issue resolved"),
    )
    not_fixed: Phrases = (
        *("not fixed", "it is not fixed", "it's not fixed", "not fixed yet", "no", "no it is not"),
        *(
            "no it's not",
            "no it's not fixed",
            "no it is not fixed",
            "not resolved",
            "unresolved",
            "not solved",
            "still broken",
            "nope",
        ),
        *("it is still broken", "it's still broken", "no still broken", "no not fixed"),
        *("still not working", "still not fixed", "not working", "it does not work"),
        *("it doesn't work", "does not work", "doesn't work", "still down", "broken again"),
        *("it is broken again", "still the same", "same problem", "same problem again"),
    )

    def accepts(self, address: str) -> bool:
        """Whether mail from this address is accepted, by `senders`."""
        domain = address.rpartition("@")[2].lower()
        known = self.senders
        return not known or any(domain == each or domain.endswith(f".{each}") for each in known)

    def reply_to(self, tag: str) -> str:
        """The address for the answer to a question with that tag; "" where replies have none."""
        if self.reply_address is None:
            return ""
        box, _, domain = self.reply_address.partition("@")
        return f"{box}+{tag}@{domain}"


def broken_mailboxes(mail: MailRules, services: Collection[str]) -> Iterator[tuple[str, str]]:
    """Every mailbox that is not valid, as (dotted place, what is wrong)."""
    times = Counter(mailbox.address for mailbox in mail.mailboxes)
    for index, mailbox in enumerate(mail.mailboxes):
        place = f"mail.mailboxes.{index}"
        if times[mailbox.address] > 1:
            yield f"{place}.address", f"{mailbox.address!r} is there more than once"
        if mailbox.service and mailbox.service not in services:
            known = ", ".join(sorted(services))
            yield f"{place}.service", f"no service {mailbox.service!r}; there are: {known}"
    if mail.reply_address and mail.mailboxes and mail.reply_address not in times:
        yield "mail.reply_address", f"{mail.reply_address!r} is not one of `mail.mailboxes`"
