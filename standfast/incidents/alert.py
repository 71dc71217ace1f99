"""An alert of a monitor, in one form for all sources."""

from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import Annotated, NamedTuple

from pydantic import Field

from standfast.incidents.dedup_keys import LONGEST_KEY
from standfast.incidents.report import Report
from standfast.messages.message import Instant, Line, Message, OptionalLine, at_most


class AlertAction(StrEnum):
    """What an alert asks for."""

    TRIGGER = "trigger"
    ACKNOWLEDGE = "acknowledge"
    RESOLVE = "resolve"
    IGNORE = "ignore"


class Alert(Message):
    """One alert of a body that a source sent.

    dedup_key: the source's own key; empty only where the alert is ignored.
    group_key: the source's own group, such as Alertmanager's `groupKey`; empty without one.
    report: always there for a trigger; for an acknowledgement or a resolution where the body has
        enough.
    by: who acknowledged or resolved, where the body has it; else the source's name.
    detail: the source's text, in one line.
    state: the source's name of its state.
    reason: why it is ignored, or what was unclear.
    starts_at: when it began to fire, where the source says that in all messages of this firing,
        and another time when it fires anew.
    left_out: how many more alerts the source left out of the body.
    key_is_new: the source gave no key, so one was generated.
    about_the_source: it says what could not be read of the source's bodies, so it joins no group.
    delivery: the same each time it is sent again, where its source says so by a `webhook-id`; else
        empty.
    """

    action: AlertAction
    dedup_key: Annotated[OptionalLine, at_most(LONGEST_KEY)] = ""
    group_key: Annotated[OptionalLine, at_most(LONGEST_KEY)] = ""
    report: Report | None = None
    by: Annotated[Line, at_most(200)]
    detail: Annotated[OptionalLine, at_most(500)] = ""
    state: Annotated[OptionalLine, at_most(100)] = ""
    reason: Annotated[OptionalLine, at_most(500)] = ""
    starts_at: Instant | None = None
    left_out: int = Field(default=0, ge=0)
    key_is_new: bool = False
    about_the_source: bool = False
    delivery: Annotated[OptionalLine, at_most(64)] = ""


class AlertRecovery(NamedTuple):
    """An alert is over by the word of its source.

    began: when the firing that is over began. first_at: when the source first said so. fired: when
    a later firing began, if one was heard of.
    """

    began: datetime
    first_at: datetime
    fired: datetime | None = None


class StaleAlert(Message):
    """An alert that fires though its source has said that it is over.

    incident_id: where it was. source: its source's name in the policy.
    """

    source: str
    incident_id: str
    alert: Alert


class CannotMap(Exception):  # noqa: N818
    """No mapping of the source fits the body. `errors` lists each problem in words."""

    def __init__(self, reason: str, errors: Sequence[str] = ()) -> None:
        super().__init__(reason)
        self.errors = tuple(errors) or (reason,)
