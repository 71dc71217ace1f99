"""Checks what answers by mail need besides right settings, for `policy check`."""

from collections.abc import Iterator, Mapping

from standfast.outgoing.secrets import NoSuchSecret, resolved
from standfast.policy import Policy
from standfast.policy.channels import mail_recipients
from standfast.policy.runbooks import SECRET


def check_mail(policy: Policy, environment: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """A warning for each person whose replies to pages would not count, as (dotted place, why).

    A secret is checked where it is set here, as for `check_channels`.
    """
    rules = policy.mail
    for key, person in policy.people.items():
        channels = person.channels.values()
        hidden = [url for url in channels if _hides_mail(url, environment)]
        if hidden and not person.mail_addresses and rules.reply_address:
            yield (
                f"people.{key}",
                f"replies of {key} to pages do not count: their mail channel is a secret, so give "
                f"the address that they write from: `people.{key}.addresses`",
            )
        gets_mail = hidden or any(map(mail_recipients, channels))
        strange = [each for each in person.mail_addresses if not rules.accepts(each)]
        if gets_mail and strange and len(strange) == len(person.mail_addresses):
            yield (
                "mail.senders",
                f"replies of {key} to pages are set aside: {', '.join(strange)} is of no domain of "
                "these",
            )


def _hides_mail(url: str, environment: Mapping[str, str]) -> bool:
    try:
        return url.startswith(SECRET) and bool(mail_recipients(resolved(url, environment)))
    except NoSuchSecret:
        return False
