"""A keeper on a record store of its own, and incidents made by hand: no workflow is needed."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from standfast.chat.incident_channel import IncidentChannel
from standfast.chat.incident_chat import IncidentChat
from standfast.chat.journal import Journal
from standfast.chat.keeper import Keeper
from standfast.chat.people import ChatPeople
from standfast.chat.provider import CannotLook
from standfast.chat.slack.provider import SlackProvider
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView
from standfast.policy import Policy
from standfast.policy.chat import ChatRules, SlackChat
from standfast.records.projections import projection_of
from standfast.records.store import RecordStore
from tests.chat.slack_server import GENERAL, TEAM, Slack
from tests.console.views import a_view

LINK = "https://standfast.example/incidents/{incident}"


class Killed(BaseException):
    """The process dies here."""


class Mortal(SlackProvider):
    """Slack, for a process that dies before or after its next call of a method.

    blind: it cannot look for what was made.
    """

    dies: tuple[str, str] = ("", "")
    blind = False

    async def post(self, *given: Any, **named: Any) -> str:
        return await self._mortally("post", super().post, *given, **named)

    async def reply(self, *given: Any, **named: Any) -> str:
        return await self._mortally("reply", super().reply, *given, **named)

    async def open_channel(self, *given: Any, **named: Any) -> str:
        return await self._mortally("open_channel", super().open_channel, *given, **named)

    async def find(self, *given: Any, **named: Any) -> str | None:
        if self.blind:
            raise CannotLook("this chat tells nobody")
        return await super().find(*given, **named)

    async def _mortally(
        self, what: str, call: Callable[..., Awaitable[str]], *given: Any, **named: Any
    ) -> str:
        method, when = self.dies
        if method != what:
            return await call(*given, **named)
        self.dies = ("", "")
        if when == "after":
            await call(*given, **named)
        raise Killed


class Room:
    """One chat with its keeper, and the record store that both know incidents from."""

    def __init__(self, slack: Slack, records: RecordStore, policy: Policy, **rules: Any) -> None:
        chosen = {"workspace": TEAM, "bot_token": "secret:BOT", "app_token": "secret:APP"}
        chat = SlackChat.model_validate({**chosen, "channel": GENERAL, "api": slack.api, **rules})
        self.slack = slack
        self.records = records
        self.policy = policy.model_copy(update={"chat": ChatRules(slack=chat)})
        self.provider = Mortal(chat, "xoxb-1", "xapp-1")
        self._tasks = 0
        self._holder = 0
        self.keeper = self._keeper()

    def _keeper(self) -> Keeper:
        self._holder += 1
        journal = Journal(self.records, "slack", f"process {self._holder}")
        people = ChatPeople(self.provider, lambda: self.policy)
        channels = IncidentChannel(self.provider, journal, people)
        chat = IncidentChat(self.provider, journal, channels, lambda: self.policy, LINK)
        return Keeper("slack", f"process {self._holder}", self.records, chat)

    def another_process(self) -> None:
        """The one that was is gone, and its lease has run out."""
        self.records.chat_keepers.release("slack", f"process {self._holder}")
        self.keeper = self._keeper()

    def stands(self, *path: Box, **fields: Any) -> IncidentView:
        """An incident now stands so."""
        view = a_view(*path, **{"priority": "P2", "team": "desk", **fields})
        self._tasks += 1
        moment = datetime.now(UTC) + timedelta(microseconds=self._tasks)
        self.records.projections.keep([projection_of(view, "run", self._tasks, moment)])
        return view

    def ends(self, view: IncidentView) -> None:
        """An incident is closed and on record."""
        self.records.incidents.save(
            view.model_copy(
                update={"status": "closed", "stage": Box.CLOSE, "closed_at": datetime.now(UTC)}
            )
        )

    async def is_killed(self, method: str, when: str) -> None:
        """The process dies at its next call of a method, and another takes over."""
        self.provider.dies = (method, when)
        try:
            await self.keeper.step()
        except Killed:
            self.another_process()
        else:
            raise AssertionError(f"{method} was not called")
