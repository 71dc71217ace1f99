"""Problems through the API."""

from standfast.commands.remote.api_client import ApiClient, named
from standfast.commands.remote.incidents import INCIDENTS
from standfast.incidents.problem import (
    Problem,
    ProblemList,
    ProblemResult,
    ProblemStanding,
)
from standfast.incidents.record import IncidentView
from standfast.messages.message import Message

PROBLEMS = "/api/problems"


class _Standing(Message):
    """How an episode stands in its problem, as the API shows it."""

    problem: ProblemStanding | None = None


class RemoteProblems:
    """As `session.Problems`."""

    def __init__(self, api: ApiClient) -> None:
        self._api = api

    async def list(self, since: str, team: str, service: str) -> ProblemList:
        """Ask for them."""
        return await self._api.get(PROBLEMS, ProblemList, since=since, team=team, service=service)

    async def show(self, incident_id: str) -> Problem:
        """Ask for it."""
        return await self._api.get(f"{PROBLEMS}/{incident_id}", Problem)

    async def standing(self, view: IncidentView) -> ProblemStanding | None:
        """Ask for it."""
        path = f"{INCIDENTS}/{view.incident_id}/problem"
        return (await self._api.get(path, _Standing, episode=view.episode)).problem

    async def link(self, incident_id: str, other: str, by: str) -> ProblemResult:
        """Ask for it."""
        body = named({"to": other, "by": by})
        return await self._api.post(f"{PROBLEMS}/{incident_id}/link", ProblemResult, body)

    async def unlink(self, incident_id: str, other: str, by: str) -> ProblemResult:
        """Ask for it."""
        body = named({"to": other, "by": by})
        return await self._api.post(f"{PROBLEMS}/{incident_id}/unlink", ProblemResult, body)

    async def name(
        self, incident_id: str, title: str | None, owner: str | None, by: str
    ) -> ProblemResult:
        """Ask for it."""
        said = {key: text for key, text in (("title", title), ("owner", owner)) if text is not None}
        body = named({**said, "by": by})
        return await self._api.post(f"{PROBLEMS}/{incident_id}/name", ProblemResult, body)
