"""The severity of an alert: the label `severity` of a monitor's report."""

from enum import StrEnum

SEVERITY = "severity"
"""The label."""


class Severity(StrEnum):
    """How bad an alert is: the values of the label `severity` that a policy can count on.

    The worst comes first.
    """

    CRITICAL = "critical"
    ERROR = "error"
    WARNING = "warning"
    INFO = "info"


_ORDER = [str(each) for each in Severity]


def rank(severity: str) -> int:
    """The worse, the higher; 0 for information, for one that is not known, and for none."""
    return len(_ORDER) - 1 - _ORDER.index(severity) if severity in _ORDER else 0


def worst(*severities: str) -> str:
    """The worst of them; of those that are no worse than information the first that is there."""
    known = max(severities, key=rank, default="")
    return known if rank(known) else next(filter(None, severities), "")
