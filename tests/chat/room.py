"""A keeper on a record store of its own, and incidents made by hand: no workflow is needed."""

import asyncio
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Protocol

from standfast.chat.incident_channel import IncidentChannel
from standfast.chat.incident_chat import IncidentChat
from standfast.chat.journal import Journal
from standfast.chat.keeper import Keeper
from standfast.chat.kinds import providers
from standfast.chat.people import ChatPeople
from standfast.chat.provider import CannotLook, ChatProvider
from standfast.chat.slack.provider import SlackProvider
from standfast.incidents.flowchart import Box
from standfast.incidents.record import IncidentView
from standfast.policy import Policy
from standfast.policy.chat import ChatRules, SlackChat
from standfast.policy_file.loading import load_policy
from standfast.records.projections import projection_of
from standfast.records.store import RecordStore
from tests.chat.kill import Kill
from tests.chat.slack_server import GENERAL, TEAM, Slack
from tests.console.views import a_view

LINK = "https://standfast.example/incidents/{incident}"

SECRETS = {f"STANDFAST_SECRET_{name}": "very~secret" for name in ("BOT", "APP", "TEAMS_BOT")}


class Server(Protocol):
    """What a chat's process calls."""

    kill: Kill | None


class Keeping:
    """One chat with its keeper, and the record store that both know incidents from."""

    def __init__(
        self, records: RecordStore, policy: Policy, rules: ChatRules, provider: ChatProvider
    ) -> None:
        self.records = records
        self.policy = policy.model_copy(update={"chat": rules})
        self.provider = provider
        self._tasks = 0
        self._holder = 0
        self.keeper = self.new_keeper()

    def new_keeper(self) -> Keeper:
        """That of a process that starts now."""
        self._holder += 1
        name = self.provider.name
        journal = Journal(self.records, name, f"process {self._holder}")
        people = ChatPeople(self.provider, lambda: self.policy)
        channels = IncidentChannel(self.provider, journal, people)
        chat = IncidentChat(self.provider, journal, channels, lambda: self.policy, LINK)
        return Keeper(name, f"process {self._holder}", self.records, chat)

    def another_process(self) -> None:
        """The one that was is gone, and its lease has run out."""
        self.records.chat_keepers.release(self.provider.name, f"process {self._holder}")
        self.keeper = self.new_keeper()

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

    async def is_killed(self, server: Server, step: str, when: str) -> None:
        """The process dies at its next call for that step, and another takes over.

        Here it is a task that is cancelled at that moment; `is_really_killed` has a process.
        """
        loop, dead = asyncio.get_running_loop(), asyncio.Event()
        task = asyncio.create_task(self.keeper.step())
        task.add_done_callback(lambda _: dead.set())

        def strike() -> None:
            if asyncio._get_running_loop() is loop:
                task.cancel()
                return
            loop.call_soon_threadsafe(task.cancel)
            asyncio.run_coroutine_threadsafe(dead.wait(), loop).result(30)

        server.kill = Kill(step, when, strike)
        await asyncio.wait([task])
        assert task.cancelled(), f"{step} was not called"
        self.another_process()

    async def is_really_killed(
        self, server: Server, step: str, when: str, *, url: str, policy: Path
    ) -> None:
        """The same for a process of its own, by SIGKILL: `url` and `policy` are for that."""
        self.records.chat_keepers.release(self.provider.name, f"process {self._holder}")
        given = (url, str(policy), self.policy.chat.model_dump_json(exclude_none=True))
        child = await asyncio.create_subprocess_exec(sys.executable, "-m", __name__, *given)
        server.kill = Kill(step, when, child.kill)
        assert await asyncio.wait_for(child.wait(), 120) == -9, f"{step} was not called"
        self.another_process()


class Blind(SlackProvider):
    """Slack, which may not tell what was made."""

    blind = False

    async def find(self, channel: str, key: str, since: datetime) -> str | None:
        if self.blind:
            raise CannotLook("this chat tells nobody")
        return await super().find(channel, key, since)


class Room(Keeping):
    """Incidents in a workspace of Slack."""

    provider: Blind

    def __init__(self, slack: Slack, records: RecordStore, policy: Policy, **rules: Any) -> None:
        chosen = {"workspace": TEAM, "bot_token": "secret:BOT", "app_token": "secret:APP"}
        chat = SlackChat.model_validate({**chosen, "channel": GENERAL, "api": slack.api, **rules})
        self.slack = slack
        super().__init__(records, policy, ChatRules(slack=chat), Blind(chat, "xoxb-1", "xapp-1"))


async def _keep_once(url: str, policy: str, rules: str) -> None:
    chat = ChatRules.model_validate_json(rules)
    (provider,) = providers(chat, environment=SECRETS)
    await Keeping(RecordStore(url), load_policy(Path(policy)), chat, provider).keeper.step()


if __name__ == "__main__":
    asyncio.run(_keep_once(*sys.argv[1:]))
