"""Which kind of channel a URL is of. A new kind is one line here, and one file."""

from collections.abc import Callable
from functools import cache

from standfast.incidents.via import Via
from standfast.notification.kinds.kind import ChannelKind, scheme_of
from standfast.phone.providers import CALL, SMS, provider_names

# Each is loaded when a URL of it is used first: some bring a large library.


def _outbox() -> ChannelKind:
    from standfast.notification.kinds.outbox import Outbox

    return Outbox()


def _ntfy() -> ChannelKind:
    from standfast.notification.kinds.ntfy import Ntfy

    return Ntfy()


def _phone(provider: str, sort: str) -> Callable[[], ChannelKind]:
    def load() -> ChannelKind:
        from standfast.notification.kinds.phone import PhoneKind
        from standfast.phone.providers import provider_named

        return PhoneKind(provider_named(provider), sort)

    return load


def _webpush() -> ChannelKind:
    from standfast.notification.kinds.webpush import WebPush

    return WebPush()


def _apprise() -> ChannelKind:
    from standfast.notification.kinds.apprise import AppriseService

    return AppriseService()


_KINDS: dict[str, Callable[[], ChannelKind]] = {
    "outbox": _outbox,
    "ntfy": _ntfy,
    "ntfys": _ntfy,
    "webpush": _webpush,
    **{f"{name}-{sort}": _phone(name, sort) for name in provider_names() for sort in (SMS, CALL)},
}
"""By the scheme of the URL."""

_EVERY_OTHER = _apprise


def get_ready() -> None:
    """Load what most channels need, so that no message waits for it."""
    _loaded(_EVERY_OTHER)


def kind_of(url: str) -> ChannelKind:
    """The kind of a URL. What no kind knows is left to Apprise, which may not know it either."""
    return _loaded(_KINDS.get(scheme_of(url), _EVERY_OTHER))


def providers_answered(via: Via) -> frozenset[str]:
    """Whose messages may have been answered by push, or by mail; empty where it may be any."""
    if via is Via.MAIL:
        return frozenset({_loaded(_EVERY_OTHER).provider})
    if via is not Via.PUSH:
        return frozenset()
    kinds = map(_loaded, _KINDS.values())
    return frozenset(kind.provider for kind in kinds if kind.has_button)


@cache
def _loaded(load: Callable[[], ChannelKind]) -> ChannelKind:
    return load()
