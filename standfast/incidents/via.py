"""The ways by which somebody acts without the console, the API or the command line."""

from enum import StrEnum

from pydantic import Field

LEFT_OUT_WITHOUT = Field(exclude_if=lambda value: value is None)
"""Of a field that is None nearly always: it is left out then, so that no history pays for it."""


class Via(StrEnum):
    """The way by which an answer to a page came."""

    LINK = "link"
    PUSH = "push"
    MAIL = "mail"
    SMS = "sms"
    PHONE = "phone"
    SLACK = "slack"
    TEAMS = "teams"

    @property
    def words(self) -> str:
        """As people say it: `by SMS`, `in Slack`."""
        return _WORDS[self]


_WORDS = {
    Via.LINK: "by the link",
    Via.PUSH: "by push",
    Via.MAIL: "by mail",
    Via.SMS: "by SMS",
    Via.PHONE: "by phone",
    Via.SLACK: "in Slack",
    Via.TEAMS: "in Teams",
}
