"""What a probe may use beside its test."""

from datetime import timedelta
from pathlib import Path
from typing import NamedTuple


class ProbeContext(NamedTuple):
    """What every kind of probe is given.

    within: how long it may take.
    hosts: the policy's list of what may be connected to.
    directory: where a program runs.
    """

    within: timedelta
    hosts: tuple[str, ...] = ()
    directory: Path = Path()
