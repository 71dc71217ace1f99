"""The keys of a phone by which a call is answered."""

from collections.abc import Mapping
from types import MappingProxyType

from standfast.incidents.actions import Action

KEYS: Mapping[str, Action] = MappingProxyType(
    {"1": Action.ACKNOWLEDGE, "2": Action.ESCALATE, "3": Action.DECLINE}
)
"""What the keys of a call mean."""

REPEAT = "9"
"""The key that has a call say it again."""

KEY_OF: Mapping[str, str] = MappingProxyType(
    {**{action.value: key for key, action in KEYS.items()}, "repeat": REPEAT}
)
"""The key of each meaning, by the names of the placeholders in the policy's `pages.replies`."""
