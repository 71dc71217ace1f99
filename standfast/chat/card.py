"""What the one message of an incident says, without regard to which chat shows it."""

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Fact:
    """A line of the message: `label: text`, and the moment behind it where there is one.

    at: the chat shows it in the time zone of each reader, where it can.
    """

    label: str
    text: str
    at: datetime | None = None

    @property
    def line(self) -> str:
        """Its text in one line: what looks like another fact below it would be taken for one."""
        return " ".join(self.text.split())


@dataclass(frozen=True)
class Button:
    """A button of the message.

    action: what comes back in `ButtonPressed.action`. asks: the question to which its text is the
    answer; empty where pressing is enough. main: the likeliest one.
    """

    action: str
    label: str
    asks: str = ""
    main: bool = False


@dataclass(frozen=True)
class Card:
    """The message. All of it is plain text: what a reporter wrote may look like markup.

    title: priority, what is broken, the incident's id. status: who has it, or what is asked, and
    since when. link: the incident's page; empty where none is known. buttons: those that make sense
    now; none once it is over.
    """

    incident_id: str
    episode: int
    title: str
    status: Fact
    facts: tuple[Fact, ...] = ()
    buttons: tuple[Button, ...] = ()
    link: str = ""
    over: bool = False

    @property
    def summary(self) -> str:
        """In one line: for the lock screen, and where the chat shows no card."""
        return f"{self.title}. {self.status.label}: {self.status.line}"
