"""Checks what SMS and calls need besides a right URL, for `policy check`."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from ipaddress import ip_address
from urllib.parse import urlsplit

from standfast.intake.phone_accounts import accounts_of
from standfast.phone.providers import provider_named
from standfast.policy import Policy


def check_phones(
    policy: Policy, environment: Mapping[str, str], public_url: str | None
) -> Iterator[tuple[str, str]]:
    """A warning for each reason why an SMS or a call could not be answered as it should, as (dotted
    place, what is wrong); without a place where it is no setting of the policy.

    A secret is checked where it is set here, as for `check_channels`.
    """
    secrets = defaultdict(set)
    for account in accounts_of(policy, environment):
        secrets[account.provider, account.name].add(account.secret)
    if not secrets:
        return
    names = sorted({provider for provider, _ in secrets})
    who = " and ".join(provider_named(name).title for name in names)
    if not public_url:
        yield (
            "",
            "SMS and calls go out, but nobody can answer them: STANDFAST_PUBLIC_URL is not set "
            "here",
        )
    elif not _can_be_reached(public_url):
        yield (
            "",
            f"nobody can answer SMS and calls: STANDFAST_PUBLIC_URL is {public_url}, and {who} "
            "sends to an https address that the world reaches",
        )
    for (provider, name), given in sorted(secrets.items()):
        if len(given) > 1:
            yield (
                "people",
                f"the account …{name[-4:]} of {provider_named(provider).title} stands in the "
                f"channels with {len(given)} secrets: only one can be right, unless it is being "
                "changed",
            )
    for phone in map(provider_named, names):
        for action, phrases in policy.answers.by_action.items():
            for index, phrase in enumerate(phrases):
                if phrase.casefold() in phone.opt_out_words:
                    yield (
                        f"answers.{action}.{index}",
                        f"whoever sends {phrase!r} alone by SMS gets no more of "
                        f"them, because {phone.title} takes it for STOP: choose another word",
                    )


def _can_be_reached(url: str) -> bool:
    parts = urlsplit(url)
    host = parts.hostname or ""
    try:
        return parts.scheme == "https" and ip_address(host).is_global
    except ValueError:
        return parts.scheme == "https" and "." in host
