"""The push services that browsers use: no message goes to any other address.

A browser says where its messages go, and so could anybody who is signed in. Without this list they
could have a worker call addresses that only the worker can reach.
"""

import re
from collections.abc import Iterable
from urllib.parse import urlsplit

_KNOWN = re.compile(
    r"fcm\.googleapis\.com"
    r"|updates\.push\.services\.mozilla\.com"
    r"|[a-z0-9-]+\.push\.apple\.com"
    r"|(?:[a-z0-9-]+\.)+notify\.windows\.com",
    re.ASCII,
)
"""The hosts of Chrome, Firefox, Safari and Edge."""

LONGEST = 1_000
"""Characters of an endpoint; those of browsers have some 200."""

_VISIBLE = re.compile(r"[!-~]+", re.ASCII)


class PushServices:
    """Where messages to browsers may go."""

    def __init__(self, further: Iterable[str] = ()) -> None:
        """`further` are origins of services of one's own, such as `https://push.example`."""
        self._further = frozenset(each.lower() for each in further)

    def know(self, endpoint: str) -> bool:
        """Whether an endpoint is at one of them."""
        if len(endpoint) > LONGEST or not _VISIBLE.fullmatch(endpoint) or "\\" in endpoint:
            return False
        try:
            parts = urlsplit(endpoint)
            port = parts.port
        except ValueError:
            return False
        if parts.username is not None or parts.password is not None or parts.fragment:
            return False
        if f"{parts.scheme}://{parts.netloc}".lower() in self._further:
            return True
        host = parts.hostname or ""
        return parts.scheme == "https" and port in (None, 443) and bool(_KNOWN.fullmatch(host))
