"""Mail: our addresses, whose mail is accepted, size limits, and which words are an answer."""

from collections import Counter
from collections.abc import Collection, Iterator
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from standfast.messages.message import Line, at_most
from standfast.messages.phrases import Phrases
from standfast.policy.section import Key, Section


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


class Mailbox(Section):
    """An address of ours. Mail to it is about `service`, where it names one."""

    address: Address
    service: Key | None = None


class AttachmentLimits(Section):
    """What is kept of a message's attachments; sizes are in bytes.

    max_count: how many. max_bytes: of each. max_bytes_per_message, max_bytes_per_incident: of all
    attachments of a message, of an incident.
    """

    max_count: int = Field(default=20, ge=0, le=1_000)
    max_bytes: int = Field(default=10_000_000, ge=0)
    max_bytes_per_message: int = Field(default=20_000_000, ge=0)
    max_bytes_per_incident: int = Field(default=100_000_000, ge=0)


class MailRules(Section):
    """Whose mail is accepted, and what a reporter's reply means.

    mailboxes: our addresses; mail from them is our own. With none, every recipient is accepted.
    senders: domains, subdomains included, whose mail is accepted; with none, everybody's.
    max_bytes: the largest message that is accepted.
    fixed, not_fixed: a first line that says one of these, and nothing else, is the answer to the
        question whether it is resolved.
    """

    mailboxes: tuple[Mailbox, ...] = ()
    senders: tuple[Domain, ...] = ()
    max_bytes: int = Field(default=20_000_000, ge=10_000, le=100_000_000)
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
