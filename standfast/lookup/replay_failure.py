"""Why a history does not replay, in one line."""

import re

_MESSAGES = re.compile(r'message: "((?:[^"\\]|\\.)*)"')
_DIFFERS = "Nondeterminism error: "


def difference(failure: Exception) -> str:
    r"""Why a replay failed, from the SDK's nested error: the first and the last cause.

    >>> difference(RuntimeError('4: failed: Failure { message: "Failed decoding arguments", cause: '
    ...     'Some(Failure { message: "1 validation error for Case\\nreport", cause: None }) }'))
    'Failed decoding arguments: 1 validation error for Case'
    """
    told = _MESSAGES.findall(str(failure)) or [str(failure)]
    causes = [
        each.replace("\\n", "\n").replace('\\"', '"').splitlines()[0] for each in told if each
    ]
    if not causes:
        return type(failure).__name__
    return in_short(": ".join(dict.fromkeys((causes[0], causes[-1]))))


def in_short(reason: str) -> str:
    """An error's message without the SDK's prefix for nondeterminism."""
    return reason.partition(_DIFFERS)[2] or reason
