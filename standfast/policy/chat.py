"""Chat: in which channels incidents are shown, and by which app of ours."""

import re
from collections.abc import Collection, Iterator
from enum import StrEnum
from typing import Annotated, ClassVar
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, model_validator

from standfast.incidents.assessment import Priority
from standfast.messages.message import Line, at_most
from standfast.policy.runbooks import NamedSecret
from standfast.policy.section import Key, Section

_WORKSPACE, _CHANNEL = re.compile(r"[TE][A-Z0-9]{2,20}"), re.compile(r"[CG][A-Z0-9]{2,20}")
_TEAMS_CHANNEL = re.compile(r"19:[A-Za-z0-9_-]{1,200}@thread\.(tacv2|skype)")
GUID = re.compile(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_LOOPBACK = ("127.0.0.1", "localhost", "::1")

ChannelId = Annotated[Line, at_most(400)]
"""A channel, by the id that the chat gives it."""


class ConfidentialInChat(StrEnum):
    """Where confidential incidents are shown."""

    NOWHERE = "nowhere"
    OWN_CHANNEL = "own_channel"


class Chat(Section):
    """What every chat has.

    channel: where incidents are shown. team_channels: where those of a team are, instead.
    priorities: which are shown. own_channel: which get a channel of their own besides, with the
    people who have to do with it; it is archived when the incident closes.
    confidential: `own_channel` shows them in a private channel to those who find them;
    `nowhere` leaves them out. They are never shown in the other channels.
    """

    title: ClassVar[str]

    channel: ChannelId | None = None
    team_channels: dict[Key, ChannelId] = Field(default_factory=dict)
    priorities: tuple[Priority, ...] = tuple(Priority)
    own_channel: tuple[Priority, ...] = ()
    confidential: ConfidentialInChat = ConfidentialInChat.NOWHERE

    def channel_of(self, team: str | None) -> str | None:
        """Where the incidents of a team are shown; None for nowhere."""
        return self.team_channels.get(team or "", self.channel)

    @model_validator(mode="after")
    def _shows_something(self) -> "Chat":
        if not self.channel and not self.team_channels:
            raise ValueError("needs a `channel`, or `team_channels`: where to show incidents")
        return self


def _workspace(value: str) -> str:
    if not _WORKSPACE.fullmatch(value):
        raise ValueError("must be the workspace's id, such as T024BE7LD: it stands in its address")
    return value


def _slack_channels(chat: "SlackChat") -> Iterator[str]:
    yield from (each for each in (chat.channel, *chat.team_channels.values()) if each)


def _api(url: str) -> str:
    parts = urlsplit(url)
    safe = parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in _LOOPBACK)
    if not parts.hostname or not safe or parts.query or parts.username:
        raise ValueError("must be an https address such as https://slack.com/api/")
    return url.rstrip("/") + "/"


class SlackChat(Chat):
    """Slack. With an `app_token` by Socket Mode, with a `signing_secret` by HTTP.

    workspace: its id; whoever is not of it can do nothing.
    """

    title: ClassVar[str] = "Slack"

    workspace: Annotated[Line, AfterValidator(_workspace)]
    bot_token: NamedSecret
    app_token: NamedSecret | None = None
    signing_secret: NamedSecret | None = None
    api: Annotated[Line, at_most(200), AfterValidator(_api)] = "https://slack.com/api/"

    @model_validator(mode="after")
    def _hears_what_people_do(self) -> "SlackChat":
        if bool(self.app_token) == bool(self.signing_secret):
            raise ValueError(
                "needs an `app_token` (Socket Mode: no public address needed) or a "
                "`signing_secret` (Slack calls a public address), one of the two"
            )
        for channel in _slack_channels(self):
            if not _CHANNEL.fullmatch(channel):
                raise ValueError(
                    f"{channel!r} is no channel's id: one looks like C024BE91L, and stands at the "
                    "end of the channel's details"
                )
        return self


class TeamsCloud(StrEnum):
    """Microsoft's clouds, as people who are in one call it."""

    PUBLIC = "public"
    GCC = "gcc"
    GCC_HIGH = "gcc_high"
    DOD = "dod"


class TeamsAddress(StrEnum):
    """Which of a member's addresses says who they are here."""

    USER_PRINCIPAL_NAME = "user_principal_name"
    MAIL = "mail"


def _guid(value: str) -> str:
    if not GUID.fullmatch(value):
        raise ValueError("must be an id such as 3f2504e0-4f89-41d3-9a0c-0305e82c3301")
    return value.lower()


Guid = Annotated[Line, AfterValidator(_guid)]


def _server(url: str) -> str:
    parts = urlsplit(url)
    if parts.scheme != "http" or parts.hostname not in _LOOPBACK or parts.path.strip("/"):
        raise ValueError("must be on this machine, such as http://127.0.0.1:3978: it is for tests")
    return url.rstrip("/")


class TeamsChat(Chat):
    """Microsoft Teams. Its requests come to `/chat/teams/messages`.

    app, secret: of the Azure bot. tenant: the organisation; whoever is not of it can do nothing.
    team: the Teams team that the channels are in, by its group's id: by it Graph is asked for a
    message of ours whose fate is unknown, and for channels of single incidents.
    people_by: which address of a member says who they are.
    server: stands in for Microsoft, in tests.
    """

    title: ClassVar[str] = "Microsoft Teams"

    app: Guid
    tenant: Guid
    secret: NamedSecret
    team: Guid | None = None
    cloud: TeamsCloud = TeamsCloud.PUBLIC
    people_by: TeamsAddress = TeamsAddress.USER_PRINCIPAL_NAME
    server: Annotated[Line, at_most(200), AfterValidator(_server)] | None = None

    @model_validator(mode="after")
    def _fits_teams(self) -> "TeamsChat":
        ids = [each for each in (self.app, self.tenant, self.team) if each]
        if len({*ids}) < len(ids):
            raise ValueError("`app`, `tenant` and `team` are different ids, and two are the same")
        if self.own_channel and not self.team:
            raise ValueError("`own_channel` needs the `team` in which such channels are opened")
        if self.confidential is ConfidentialInChat.OWN_CHANNEL:
            raise ValueError(
                "`confidential` must be `nowhere`: Teams has no private channel that an app opens "
                "without a person as its owner"
            )
        for channel in (self.channel, *self.team_channels.values()):
            if channel and not _TEAMS_CHANNEL.fullmatch(channel):
                raise ValueError(
                    f"{channel!r} is no channel's id: one looks like 19:4d1f…@thread.tacv2, and "
                    "stands, with %3A for `:` and %40 for `@`, in its link (*Get link to channel*)"
                )
        return self


class ChatRules(Section):
    """The chats in which incidents are shown. A further kind of chat is a field here, and a line in
    `standfast.chat.kinds`.
    """

    slack: SlackChat | None = None
    teams: TeamsChat | None = None

    @property
    def named(self) -> dict[str, Chat]:
        """Those that there are, by name."""
        given = ((name, getattr(self, name)) for name in type(self).model_fields)
        return {name: chat for name, chat in given if chat is not None}


def broken_chats(
    rules: ChatRules, teams: Collection[str], *, by_team: bool
) -> Iterator[tuple[str, str]]:
    """Everything in them that does not fit the rest of a policy, as (dotted place, what is wrong).

    by_team: whether responders find the incidents of their own teams only.
    """
    for name, chat in rules.named.items():
        for team in chat.team_channels:
            if team not in teams:
                known = ", ".join(sorted(teams))
                yield f"chat.{name}.team_channels", f"no team {team!r}; there are: {known}"
        if by_team and chat.channel:
            yield (
                f"chat.{name}.channel",
                "would show everybody in it the incidents of all teams, and `access` has "
                "responders see those of their own only: use `team_channels`",
            )
        if by_team and chat.own_channel:
            yield (
                f"chat.{name}.own_channel",
                "would be open to everybody in the chat, and `access` has responders see the "
                "incidents of their own teams only: leave it out",
            )
