"""The providers of SMS and calls. A new one is one line here, and one file."""

from collections.abc import Callable
from functools import cache

from standfast.phone.provider import PhoneProvider

SMS, CALL = "sms", "call"
"""What a provider makes, and what follows its name in the scheme of the channels: `NAME-sms://`."""


def _twilio() -> PhoneProvider:
    from standfast.phone.twilio import Twilio

    return Twilio()


_PROVIDERS: dict[str, Callable[[], PhoneProvider]] = {"twilio": _twilio}
"""By name; each is loaded when it is used first."""


def provider_names() -> tuple[str, ...]:
    """The names of all providers."""
    return tuple(_PROVIDERS)


@cache
def provider_named(name: str) -> PhoneProvider:
    """The provider of that name. KeyError where there is none."""
    return _PROVIDERS[name]()


def provider_of(url: str) -> PhoneProvider | None:
    """The provider that a channel's URL is of; None where it is of another kind."""
    scheme, separator, _ = url.strip().lower().partition("://")
    name, _, sort = scheme.rpartition("-")
    is_one = separator and sort in (SMS, CALL) and name in _PROVIDERS
    return provider_named(name) if is_one else None
