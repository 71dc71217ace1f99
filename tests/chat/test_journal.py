"""The process of the chats dies before and after each call that does something outside.

Another goes on: afterwards all is as if nothing had died, each thing there once. A case is a task
that is cancelled at that call; in `make nightly` it is also a process that is killed by SIGKILL.
"""

from collections.abc import AsyncIterator
from inspect import iscoroutinefunction
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from standfast.chat.provider import ChatProvider
from standfast.policy import Policy
from standfast.policy.chat import ChatRules
from standfast.records.chat_steps import StepKind, StepState
from standfast.records.store import RecordStore
from tests.chat.kill import STEPS
from tests.chat.msteams.conftest import rules, teams_of
from tests.chat.msteams.messages import CHANNEL
from tests.chat.msteams.microsoft import Microsoft
from tests.chat.room import Keeping, Room, Server
from tests.chat.slack_server import GENERAL, Slack, running, says
from tests.console.views import NOW, TO_RESOLVE

COMMENT = {"number": 1, "at": NOW, "box": "resolve", "event": "comment", "actor": "anna"}
STANDS: dict[str, Any] = {
    "acknowledged_by": "anna",
    "timeline": ({**COMMENT, "detail": "Restarted it"},),
}
OTHER_IN_SLACK, OTHER_IN_TEAMS = "C0OTHER", "19:other@thread.tacv2"


class Shown(NamedTuple):
    """What is in a chat: of messages, whether they say how the incident ended."""

    of_the_desk: list[bool]
    of_the_other: list[bool]
    replies: list[int]
    topics: list[str]
    archived: list[bool]
    called: list[str]


AT_THE_END = Shown(
    of_the_desk=[False],  # it moved to the other team, and says no more
    of_the_other=[True],
    replies=[0, 1],
    topics=["P1 Wiki crashed"],
    archived=[True],
    called=["anna"],
)


class InSlack:
    """Slack, with what is shown there."""

    def __init__(self, slack: Slack, records: RecordStore, policy: Policy) -> None:
        slack.channel(OTHER_IN_SLACK, "other")
        slack.user("U0ANNA", "anna@tiny.example")
        self.server: Server = slack
        self.slack = slack
        more = {"own_channel": ["P2", "P1"], "team_channels": {"other": OTHER_IN_SLACK}}
        self.keeping: Keeping = Room(slack, records, policy, **more)

    def shown(self) -> Shown:
        own = [each for each in self.slack.channels.values() if each["name"].startswith("inc-")]
        desk, other = (self.slack.top(each) for each in (GENERAL, OTHER_IN_SLACK))
        called = {user for each in own for user in each["members"]} - {"U0BOT"}
        return Shown(
            of_the_desk=["Over" in says(each) for each in desk],
            of_the_other=["Over" in says(each) for each in other],
            replies=[len(self.slack.replies(each)) for each in desk + other],
            topics=[each["topic"] for each in own],
            archived=[each["is_archived"] for each in own],
            called=[each.removeprefix("U0").lower() for each in called],
        )


class InTeams:
    """Microsoft Teams, with what is shown there."""

    def __init__(self, microsoft: Microsoft, records: RecordStore, policy: Policy) -> None:
        microsoft.add("anna", "anna@tiny.example")
        self.server: Server = microsoft
        self.microsoft = microsoft
        more = {"own_channel": ["P2", "P1"], "team_channels": {"other": OTHER_IN_TEAMS}}
        chat = ChatRules(teams=rules(microsoft, **more))
        self.teams = teams_of(microsoft, **more)
        self.keeping = Keeping(records, policy, chat, self.teams)

    def shown(self) -> Shown:
        own = self.microsoft.channels.values()
        desk, other = (self.microsoft.posts(each) for each in (CHANNEL, OTHER_IN_TEAMS))
        called = [post.text for each in own for post in self.microsoft.posts(each["id"])]
        return Shown(
            of_the_desk=["Over" in each.text for each in desk],
            of_the_other=["Over" in each.text for each in other],
            replies=[
                *(len(self.microsoft.replies(each.id)) for each in desk),
                *(len(self.microsoft.replies(each.id, OTHER_IN_TEAMS)) for each in other),
            ],
            topics=[each.get("description", "") for each in own],
            archived=[each["isArchived"] for each in own],
            called=[each.removeprefix("<at>").removesuffix("</at>").lower() for each in called],
        )


@pytest.fixture(params=["slack", "teams"])
async def chat(
    request: pytest.FixtureRequest, records: RecordStore, small_policy: Policy
) -> AsyncIterator[InSlack | InTeams]:
    if request.param == "slack":
        async with running() as slack:
            yield InSlack(slack, records, small_policy)
        return
    with Microsoft() as microsoft:
        in_teams = InTeams(microsoft, records, small_policy)
        yield in_teams
        await in_teams.teams.close()


class Die(NamedTuple):
    """How the process dies: really, with what another needs to go on."""

    really: bool
    url: str
    policy: Path

    async def at(self, chat: InSlack | InTeams, step: str, when: str) -> None:
        if self.really:
            await chat.keeping.is_really_killed(
                chat.server, step, when, url=self.url, policy=self.policy
            )
        else:
            await chat.keeping.is_killed(chat.server, step, when)


@pytest.fixture(params=["cancelled", pytest.param("killed", marks=pytest.mark.nightly)])
def die(request: pytest.FixtureRequest, url: str, policy_file: Path) -> Die:
    return Die(request.param == "killed", url, policy_file)


PHASES = {
    **dict.fromkeys(("open_channel", "post", "reply", "describe", "invite"), "opens"),
    "edit": "worsens",
    "delete_reply": "moves",
    "archive": "ends",
}


CASES = [(step, when) for step in STEPS for when in ("before", "after")]
TWICE_WOULD_SHOW = [(step, "after") for step in ("open_channel", "post", "reply", "invite")]


LOOKS = {"find", "find_channel", "thread", "is_invited", "person", "user_of"}
"""Calls that do nothing outside."""


def test_the_process_dies_at_each_call_of_the_interface_that_does_something() -> None:
    calls = {name for name, call in vars(ChatProvider).items() if iscoroutinefunction(call)}
    assert calls - LOOKS - {"listen", "close"} == {*STEPS}


@pytest.mark.parametrize(
    ("step", "when"),
    [
        pytest.param(*case, marks=[] if case in TWICE_WOULD_SHOW else pytest.mark.nightly)
        for case in CASES
    ],
)
async def test_wherever_the_process_dies_each_thing_is_there_once(
    chat: InSlack | InTeams, die: Die, step: str, when: str
) -> None:
    room = chat.keeping
    view = room.stands()
    for phase in ("opens", "worsens", "moves", "ends"):
        if phase == "opens":
            view = room.stands(**STANDS)
        elif phase == "worsens":
            view = room.stands(priority="P1", **STANDS)
        elif phase == "moves":
            view = room.stands(*TO_RESOLVE, priority="P1", **(STANDS | {"team": "other"}))
        else:
            room.ends(view)
        if PHASES[step] == phase:
            await die.at(chat, step, when)
        await room.keeper.step()

    assert chat.shown() == AT_THE_END
    steps = room.records.chat_steps.of(view.incident_id, view.episode)
    left = [each.state for each in steps if each.state not in (StepState.DONE, StepState.GONE)]
    assert left == []
    assert all(each.over for each in steps if each.kind in (StepKind.MESSAGE, StepKind.CHANNEL))
