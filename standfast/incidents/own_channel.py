"""A person's own channels beside those of the policy, and their rules: which channel when."""

import re
from datetime import time, timedelta
from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from standfast.messages.message import (
    InboundMessage,
    InUtc,
    Line,
    Message,
    OptionalLine,
    at_most,
    parse_duration,
)
from standfast.time.wall_clock import WEEKDAYS, TimeOfDay, TimeZone
from standfast.time.working_time import Hours

MOST_OWN_CHANNELS = 6
MOST_RULES = 8
"""Of one urgency."""

LONGEST_AFTER = timedelta(hours=1)
"""Until a rule pages: who has not answered by then is not the one to wait for."""

LONGEST_QUIET = timedelta(hours=12)

CHANNEL_NAME = r"^[a-z0-9][a-z0-9_-]{0,39}$"

ChannelName = Annotated[Line, Field(pattern=CHANNEL_NAME)]
"""The name of a person's channel, as the policy writes those of its own."""


class Urgency(StrEnum):
    """How urgent a message is: `low` are the priorities that the policy's quiet hours let wait."""

    HIGH = "high"
    LOW = "low"


class OwnChannelAction(StrEnum):
    """What a person does with a channel by its id alone."""

    CODE = "code"
    TEST = "test"
    REMOVE = "remove"


class NewOwnChannel(InboundMessage):
    """A request to add a channel of one's own.

    method: one of the policy's `contact_methods`. address: what that method asks for.
    name: how rules name it; else the method's name, with a number where it is taken.
    """

    method: Annotated[Line, at_most(200)]
    address: Annotated[Line, at_most(254)]
    name: Annotated[OptionalLine, Field(pattern=rf"^$|{CHANNEL_NAME}")] = ""


class ChannelCode(InboundMessage):
    """The code that came through a new channel; blanks between its digits do not count."""

    code: Annotated[Line, at_most(20)]


class OwnChannel(Message):
    """A channel that a person has added. It is used once it is verified.

    address: where it leads, for that person's eyes only.
    """

    id: str
    person: str
    method: str
    name: str
    address: str
    added_at: InUtc
    verified_at: InUtc | None = None


def _after(value: Any) -> Any:
    return timedelta() if value in ("0", "0s", "now", "") else parse_duration(value)


def _within_an_hour(value: timedelta) -> timedelta:
    if not timedelta() <= value <= LONGEST_AFTER:
        raise ValueError("must be between now and 1h")
    return value


class PagingRule(InboundMessage):
    """Page through this channel, so long `after` the person is paged for the first time."""

    through: ChannelName
    after: Annotated[timedelta, BeforeValidator(_after), AfterValidator(_within_an_hour)] = (
        timedelta()
    )


class QuietTime(InboundMessage):
    """The time of day in which what is not urgent does not page a person, in their time zone."""

    begins: TimeOfDay
    ends: TimeOfDay
    time_zone: TimeZone

    @model_validator(mode="after")
    def _is_a_night(self) -> "QuietTime":
        lasts = (_minutes(self.ends) - _minutes(self.begins)) % (24 * 60)
        if not 0 < lasts <= LONGEST_QUIET.total_seconds() / 60:
            raise ValueError("must last at most 12 hours, such as from 22:00 to 07:00")
        return self

    @property
    def day(self) -> Hours:
        """All other time."""
        return Hours(days=WEEKDAYS, opens=self.ends, closes=self.begins, time_zone=self.time_zone)


def _in_order(rules: tuple[PagingRule, ...]) -> tuple[PagingRule, ...]:
    rules = tuple(sorted(rules, key=lambda rule: rule.after))
    if rules and rules[0].after:
        raise ValueError(
            "the first channel must page now: whoever waits for an answer has waited already"
        )
    if len({(rule.through, rule.after) for rule in rules}) < len(rules):
        raise ValueError("the same channel stands twice at the same time")
    return rules


Rules = Annotated[tuple[PagingRule, ...], Field(max_length=MOST_RULES), AfterValidator(_in_order)]
"""In the order of time; none: the policy's channels, in its order."""


class PagingRules(InboundMessage):
    """By which channels a person is paged, the next where they have not answered by then.

    quiet: when what has low urgency waits, besides the policy's `day` of that person.
    """

    high: Rules = ()
    low: Rules = ()
    quiet: QuietTime | None = None

    def for_(self, urgency: Urgency) -> tuple[PagingRule, ...]:
        """Those for that urgency."""
        return self.high if urgency is Urgency.HIGH else self.low


NO_RULES = PagingRules()
"""Those of somebody who has set none."""


class OwnSettings(Message):
    """What a person has set: their channels in the order of adding, verified or not, and rules."""

    channels: tuple[OwnChannel, ...] = ()
    rules: PagingRules = NO_RULES


NOTHING_SET = OwnSettings()


class UsedChannel(Message):
    """A channel as its owner sees it; `problem` says why it is not used, empty where it is."""

    channel: OwnChannel
    problem: str = ""


class MyChannels(Message):
    """Everything that a person sees of their channels.

    methods: what may be added, with what each asks for, in words.
    of_policy: the names of the channels that the policy gives them.
    problems: what the policy demands of them and is not met, in words.
    """

    person: str
    methods: dict[str, str]
    of_policy: tuple[str, ...]
    own: tuple[UsedChannel, ...]
    rules: PagingRules
    problems: tuple[str, ...] = ()


_RULE = re.compile(r"(\S+?)(?:\s+(?:after\s+)?(now|\d+[hms](?:\d+[ms])?))?")


def read_rules(text: str) -> list[dict[str, str]]:
    """Rules as people type them: `push now, sms after 2m, call 5m`; nothing for none.

    ValueError: a part is none.
    """
    rules = []
    for part in filter(None, (each.strip() for each in text.split(","))):
        found = _RULE.fullmatch(part)
        if found is None:
            raise ValueError(f"{part!r} is no rule; write them like: push now, sms after 2m")
        rules.append({"through": found[1], "after": found[2] or "now"})
    return rules


def rules_in_words(rules: tuple[PagingRule, ...]) -> str:
    """The same the other way round."""
    return ", ".join(f"{rule.through} {_in_words(rule.after)}" for rule in rules)


def _in_words(after: timedelta) -> str:
    if not after:
        return "now"
    minutes, seconds = divmod(int(after.total_seconds()), 60)
    return f"after {f'{minutes}m' if minutes else ''}{f'{seconds}s' if seconds else ''}"


def _minutes(moment: time) -> int:
    return moment.hour * 60 + moment.minute
