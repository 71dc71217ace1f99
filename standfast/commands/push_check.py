"""Checks what pushes to browsers need besides a right URL, for `policy check`."""

from collections.abc import Iterator
from urllib.parse import urlsplit

from standfast.hosting.errors import BadSetting
from standfast.hosting.push_key import given_push_key
from standfast.hosting.settings import Settings
from standfast.notification.kinds.kind import scheme_of
from standfast.policy import Policy

SCHEME = "webpush"


def check_pushes(policy: Policy, settings: Settings) -> Iterator[tuple[str, str]]:
    """A warning for each reason why pushes to browsers would reach nobody, as (dotted place, why);
    without a place where it is no setting of the policy.
    """
    schemes = {
        key: {scheme_of(url) for url in person.channels.values()}
        for key, person in policy.people.items()
    }
    if not any(SCHEME in each for each in schemes.values()):
        return
    try:
        given_push_key(settings)
    except BadSetting as bad:
        yield "", str(bad)
    public_url = settings.public_url
    if urlsplit(public_url or "").scheme != "https":
        said = f"is {public_url}" if public_url else "is not set here"
        yield (
            "",
            f"nobody can add a device for webpush://, but on this machine: STANDFAST_PUBLIC_URL "
            f"{said}, and browsers take pushes from https addresses only",
        )
    for key, each in schemes.items():
        if each == {SCHEME}:
            yield (
                f"people.{key}.channels",
                f"{key} has no channel but webpush://: until they have added a device, and once it "
                "is gone, no page reaches them",
            )
