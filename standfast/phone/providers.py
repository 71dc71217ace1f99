"""The providers of SMS and calls. A new one is one line here, and one file."""

from collections.abc import Callable
from functools import cache

from standfast.phone.provider import PhoneProvider

SMS, CALL = "-sms", "-call"
"""What follows a provider's name in the scheme of its channels."""


def _twilio() -> PhoneProvider:
    from standfast.phone.twilio import Twilio

    return Twilio()


_PROVIDERS: dict[str, Callable[[], PhoneProvider]] = {"twilio": _twilio}
"""By name; each is loaded when it is used first."""


def provider_names() -> tuple[str, ...]:
    """The names of all providers."""
    return tuple(_PROVIDERS)


@cache
def provider_called(name: str) -> PhoneProvider | None:
    """The provider of that name; None where there is none."""
    made = _PROVIDERS.get(name)
    return made() if made else None


def provider_of(url: str) -> PhoneProvider | None:
    """The provider that a channel's URL is of; None where it is of another kind."""
    scheme, separator, _ = url.strip().lower().partition("://")
    for ending in (SMS, CALL):
        if separator and scheme.endswith(ending):
            return provider_called(scheme.removesuffix(ending))
    return None
