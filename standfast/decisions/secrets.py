"""Hides what looks like a secret in a text that a monitor sent, before people see it."""

import re

_HIDDEN = "(hidden)"

_NAMES = (
    *("password", "passwd", "passphrase", "pwd", "secret", "token", "api.?key", "access.?key"),
    *("authori[sz]ation", "credentials?", "routing.?key", "service.?key", "integration.?key"),
    *("private.?key", "cookie", "session.?id", "signature"),
)
"""What the name of a secret holds, as parts of a regular expression."""

_SECRETS = re.compile(
    rf"(?P<name>(?:{'|'.join(_NAMES)})\w{{0,20}}[\"']?[ \t]{{0,5}}[:=][ \t]{{0,5}})"
    r"(?:(?:bearer|basic)[ \t]{1,5})?"
    r"(?:\"[^\"\n]{1,500}\"?|'[^'\n]{1,500}'?|[^\s\"',;&}]{1,500})"
    r"|(?P<scheme>(?:bearer|basic)[ \t]{1,5})[\w.~+/=-]{8,500}"
    r"|(?P<url>://)[^\s/@]{1,200}(?=@)"
    r"|(?P<parameter>[?&](?:key|sig|code)=)[^\s&\"']{1,500}",
    re.IGNORECASE,
)


def without_secrets(text: str) -> str:
    """`text` with what stands behind the name of a secret hidden; passwords in URLs likewise.

    >>> without_secrets("api_key: 12345, host: db1")
    'api_key: (hidden), host: db1'
    """
    return _SECRETS.sub(_shown, text)


def _shown(secret: re.Match[str]) -> str:
    return "".join(filter(None, secret.groups())) + _HIDDEN
