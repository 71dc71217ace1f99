"""The renamed keys of the policy: an old one is refused, and the error names the new one."""

from collections.abc import Sequence

RENAMED_KEYS: dict[str, str] = {
    "quiet": "quiet_hours",
    "triage.usual_impact": "default_impact",
    "triage.usual_urgency": "default_urgency",
    "classification.least_weight": "min_weight",
    "classification.least_confidence": "min_confidence",
    "high_impact.signs": "conditions",
    "verification.silence_means": "no_answer_means",
    "verification.silence_needs": "no_answer_needs",
    "mail.largest": "max_bytes",
    "mail.attachments.most": "max_count",
    "mail.attachments.largest": "max_bytes",
    "mail.attachments.together": "max_bytes_per_message",
    "mail.attachments.per_incident": "max_bytes_per_incident",
    "guards.at_once": "max_concurrent",
    "guards.successes_that_did_not_last": "flapping_limit",
    "guards.should_last": "flapping_window",
    "sources.*.most_per_minute": "max_per_minute",
    "sources.*.mappings.*.nothing": "empty_values",
    "sources.*.mappings.*.fresh_key": "generate_key",
    "sources.*.mappings.*.left_out": "truncated",
    "sources.*.mappings.*.requires.*.of": "actions",
}
"""The dotted place of the old key → the new key, in the same place. `*` stands for any one name."""


def new_name(place: Sequence[object]) -> str | None:
    """The new name of the key at `place`; None where it is not an old one."""
    names = [str(part) for part in place]
    for old, new in RENAMED_KEYS.items():
        pattern = old.split(".")
        if len(pattern) == len(names) and all(
            wanted in ("*", name) for wanted, name in zip(pattern, names, strict=True)
        ):
            return new
    return None
