"""Checks whether phones can open the links in pages, for `policy check`."""

from collections.abc import Iterator
from ipaddress import ip_address
from urllib.parse import urlsplit

from standfast.notification.kinds.kind import scheme_of
from standfast.policy import Policy

_WITHOUT_LINKS = ("outbox", "webpush")
"""A file on this machine, and what `push_check` speaks of."""


def check_links(policy: Policy, public_url: str | None) -> Iterator[tuple[str, str]]:
    """A warning where pages go to phones, and their links lead to this machine alone."""
    schemes = {scheme_of(url) for each in policy.people.values() for url in each.channels.values()}
    if schemes.issubset(_WITHOUT_LINKS) and not policy.chat.named:
        return
    if public_url and not _is_here(public_url):
        if urlsplit(public_url).scheme == "http":
            yield (
                "",
                "whoever is on the way of a page's link can read it, and answer in that person's "
                f"name: STANDFAST_PUBLIC_URL is {public_url}, and should begin with https://",
            )
        return
    said = f"is {public_url}" if public_url else "is not set here"
    yield (
        "",
        "nobody can answer a page by its link, or by a button of a push, but on this machine: "
        f"STANDFAST_PUBLIC_URL {said}",
    )


def _is_here(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
