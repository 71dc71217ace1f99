"""What somebody fills in for an action: a field of the console's form, an option of the command."""

from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

from standfast.incidents.roles import Role


class FromPolicy(StrEnum):
    """What of the policy a choice offers."""

    TEAMS = "teams"
    PEOPLE = "people"


@dataclass(frozen=True)
class Field:
    """One field of the payload.

    `name` is its name there, `label` and `hint` are what the form says. The command has an option
    of that name, or of `option`; its `--help` says `help`, or else the label. `required_option`:
    the command insists on it although the payload does not. `role`: the lowest to whom the form
    offers it.
    """

    kind: ClassVar[str]

    name: str
    label: str
    hint: str = ""
    help: str = ""
    option: str = ""
    metavar: str | None = None
    required_option: bool = False
    role: Role = Role.REPORTER


@dataclass(frozen=True)
class Line(Field):
    """A text of one line."""

    kind = "line"


@dataclass(frozen=True)
class TextArea(Field):
    """A text of several lines."""

    kind = "area"

    rows: int = 3


@dataclass(frozen=True)
class TextList(Field):
    """Several texts: one a line in the form, the option once for each."""

    kind = "list"

    rows: int = 2


@dataclass(frozen=True)
class Checkbox(Field):
    """Yes where it is ticked or given."""

    kind = "checkbox"


@dataclass(frozen=True)
class Select(Field):
    """One of several values, each with the words that the form shows for it.

    Those of the policy come after `values`. `current` names what is chosen at first: an attribute
    of the incident.
    """

    kind = "select"

    values: tuple[tuple[str, str], ...] = ()
    from_policy: FromPolicy | None = None
    current: str = ""


@dataclass(frozen=True)
class Choice:
    """One value of several: its words in the form, and its option and help for the command."""

    value: str
    label: str
    option: str
    help: str


@dataclass(frozen=True)
class Radio(Field):
    """One of a few values, which all stand open; the command has an option for each."""

    kind = "radio"

    choices: tuple[Choice, ...] = ()


REASON = TextArea("reason", "Reason", help="Why.", rows=2)
"""Why somebody does it: the same in many actions."""
