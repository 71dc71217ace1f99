"""Sources: the systems that send alerts, how their bodies are read, and their rate limits.

A source has mappings, tried in order, for the forms in which its bodies come. A mapping is written
in the language of `standfast.policy.templates`.
"""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from standfast.incidents.alert import AlertAction
from standfast.incidents.dedup_keys import MAIL
from standfast.incidents.severity import Severity
from standfast.messages.message import Duration, Line, Name, OptionalLine, at_most
from standfast.messages.phrases import one_or_many
from standfast.policy.runbooks import NamedSecret
from standfast.policy.section import Key, Section
from standfast.policy.templates import parse_path, parse_template

METRICS = "metrics"
NOT_SOURCES = {MAIL: "mail", METRICS: "the metrics of the API"}
"""What keys are for besides sources, by the name of the key: they open no webhook."""


class UnknownBodies(StrEnum):
    """What a body means that no mapping of its source fits: an incident, or a refusal."""

    OPEN = "open"
    REFUSE = "refuse"


class Grouping(StrEnum):
    """Which alerts become one incident: none, those the source or the policy groups."""

    NONE = "none"
    SOURCE = "source"
    POLICY = "policy"


def _a_path(text: str) -> str:
    parse_path(text)
    return text


def _a_template(text: str) -> str:
    parse_template(text)
    return text


PathText = Annotated[str, at_most(300), AfterValidator(_a_path)]
"""A path into a body, as `standfast.policy.templates` reads it."""

Text = Annotated[str, at_most(1_000), AfterValidator(_a_template)]
"""A text with paths in braces, as `standfast.policy.templates` reads it."""

Texts = Annotated[tuple[Text, ...], BeforeValidator(one_or_many)]
"""One text, or several of which the first counts whose places can all be filled."""

Patterns = Annotated[
    tuple[Annotated[Line, at_most(200)], ...],
    Field(min_length=1),
    BeforeValidator(one_or_many),
]
"""Values, upper and lower case alike; `*` stands for anything, at the ends or once within."""

_DEFAULT_STATES: dict[AlertAction, tuple[str, ...]] = {action: (action,) for action in AlertAction}

DEFAULT_SEVERITIES: dict[Severity, tuple[str, ...]] = {
    Severity.CRITICAL: (
        *("critical", "crit", "fatal", "emergency", "emerg", "disaster", "blocker", "page"),
        *("sev0", "sev1", "p0", "p1"),
    ),
    Severity.ERROR: ("error", "err", "high", "major", "sev2", "p2"),
    Severity.WARNING: ("warning", "warn", "average", "medium", "moderate", "minor", "sev3", "p3"),
    Severity.INFO: (
        *("info", "information", "informational", "notice", "low", "debug", "none"),
        *("sev4", "sev5", "p4", "p5"),
    ),
}
"""The values of each severity, unless a mapping names its own."""


class Requirement(Section):
    """What must be true of one value, or the body is refused.

    actions: the actions for which it must be there. Where it is there: one_of, the only values.
    """

    actions: tuple[AlertAction, ...] = tuple(AlertAction)
    one_of: tuple[Line, ...] = ()


class Envelope(Section):
    """A layer around the bodies, such as SNS puts around an alarm.

    each: the list whose entries are one body each.
    keep: names whose values an entry of `each` gets from around the list where it has none.
    plain_names: names are read in small letters, without `_`, `-`, dots, slashes and spaces, so
        that `alertname` finds `Alert_Name` and `alertName`; also in what is lifted.
    lift: names of mappings whose fields take their place, beside the body's own, which go before.
    look_into: names of mappings likewise, which also stay where they are.
    open: what stands in place of a body: a mapping or list, or a text that holds one as JSON. A
        body that has none stays as it is.
    """

    each: PathText | None = None
    keep: tuple[Line, ...] = ()
    plain_names: bool = False
    lift: tuple[Line, ...] = ()
    look_into: tuple[Line, ...] = ()
    open: PathText | None = None

    @model_validator(mode="after")
    def _does_something(self) -> "Envelope":
        if not (self.each or self.plain_names or self.lift or self.look_into or self.open):
            raise ValueError("needs `each`, `plain_names`, `lift`, `look_into` or `open`")
        return self


class AlertMapping(Section):
    """What one form of a source's bodies means.

    when: which values the body must have; `*` that there is any that is not blank. All must hold.
    items: the list whose entries are one alert each; without it the body is one alert.
    requires: see `Requirement`; everything that is wrong is told at once.
    empty_values: values that count as empty, such as placeholders that the sender did not fill.
    state, states: what the source says, and which action that is; without `state` all trigger.
    ends_at: a moment from which on the alert is over, whatever its state.
    starts_at: the start of this firing, where every message of it has the same and the next firing
        has a later one. By it a late repeat of what has recovered is known.
    key, generate_key: what identifies the problem; whether a trigger without one gets a new one.
    no_services: names that are no service, such as the exporter that only measures one.
    truncated: how many alerts the sender left out of the body.
    """

    when: dict[PathText, Patterns] = Field(default_factory=dict)
    items: PathText | None = None
    requires: dict[PathText, Requirement] = Field(default_factory=dict)
    empty_values: Patterns | None = None
    state: Texts = (AlertAction.TRIGGER.value,)
    states: dict[AlertAction, Patterns] = Field(default_factory=lambda: dict(_DEFAULT_STATES))
    starts_at: Texts = ()
    ends_at: Texts = ()
    key: Texts = ()
    generate_key: bool = False
    group_key: Texts = ()
    title: Annotated[Texts, Field(min_length=1)]
    description: Texts = ()
    details: Annotated[tuple[PathText, ...], BeforeValidator(one_or_many)] = ()
    error_message: Texts = ()
    service: Texts = ()
    no_services: Patterns | None = None
    severity: Texts = ()
    severities: dict[Severity, Patterns] = Field(default_factory=lambda: dict(DEFAULT_SEVERITIES))
    users_affected: Texts = ()
    occurred_at: Texts = ()
    link: Texts = ()
    labels: dict[Annotated[Line, at_most(100)], Texts] = Field(default_factory=dict)
    labels_from: Annotated[tuple[PathText, ...], BeforeValidator(one_or_many)] = ()
    by: Texts = ()
    detail: Texts = ()
    reason: Texts = ()
    truncated: Texts = ()

    @model_validator(mode="after")
    def _has_keys(self) -> "AlertMapping":
        opens = set(self.states) - {AlertAction.IGNORE}
        if opens and not self.key and not self.generate_key:
            raise ValueError("needs a `key`: what is the same in all alerts of one problem")
        return self


class Signature(Section):
    """How a source signs: the style, and the secrets that are good, several during a rotation."""

    style: Literal["standard_webhooks", "pagerduty"]
    secrets: Annotated[tuple[NamedSecret, ...], Field(min_length=1)]


class Source(Section):
    """A system that sends alerts.

    envelopes: layers around its bodies, opened one after the other.
    mappings: the forms of its bodies; of those whose `when` holds the first counts.
    services: its own names of services → the catalogue's names.
    resolves: its resolution resolves the incident too; else it counts as system evidence.
    group, window: which alerts become one incident, and for how long after the first.
    max_per_minute, busy_status: how many alerts it may send, and the HTTP status of more. Of a body
        with more than that, or more than 500, what is over becomes one incident.
    signature: how it signs; without one it needs a key.
    unknown_bodies: what is done with a body that no mapping fits. `open`: one incident tells it,
        for all of them until it is closed. `refuse`: its sender alone is told.
    hint: what to set in the sender; it is told with every body that no mapping fits.
    """

    title: Name
    envelopes: tuple[Envelope, ...] = ()
    mappings: Annotated[dict[Key, AlertMapping], Field(min_length=1)]
    services: dict[Annotated[OptionalLine, at_most(100)], Key] = Field(default_factory=dict)
    resolves: bool = False
    group: Grouping = Grouping.NONE
    window: Duration = timedelta(minutes=5)
    max_per_minute: int = Field(default=30_000, ge=1)
    busy_status: Literal[429, 503] = 429
    signature: Signature | None = None
    unknown_bodies: UnknownBodies = UnknownBodies.OPEN
    hint: Annotated[OptionalLine, at_most(300)] = ""


def removed_source(name: str) -> Source:
    """What stands for a source that still has a key, and that the policy has no more."""
    nothing = AlertMapping(title=("{title}",), generate_key=True)
    return Source(title=name, mappings={"nothing": nothing})
