"""Who somebody in Slack is: a confirmed address, of somebody of the workspace."""

import time
from typing import Any

from slack_sdk.web.async_client import AsyncWebClient

from standfast.chat.provider import ChatPerson, ChatRefused
from standfast.chat.slack.calls import call

_KEPT = 300.0
"""Seconds for which an answer is believed."""

_MOST = 5_000


class SlackPeople:
    """The people of a workspace."""

    def __init__(self, client: AsyncWebClient, workspace: str) -> None:
        self._client = client
        self._workspace = workspace
        self._known: dict[str, tuple[float, ChatPerson]] = {}

    async def person(self, user: str) -> ChatPerson | None:
        """As `ChatProvider.person`."""
        if kept := self._known.get(user):
            if time.monotonic() - kept[0] < _KEPT:
                return kept[1]
            del self._known[user]
        try:
            answer = await call(self._client.users_info, user=user)
        except ChatRefused as refused:
            if "user_not_found" in refused.reason or "user_not_visible" in refused.reason:
                return None
            raise
        return self._keep(answer.get("user"))

    async def user_of(self, address: str) -> str | None:
        """As `ChatProvider.user_of`."""
        try:
            answer = await call(self._client.users_lookupByEmail, email=address)
        except ChatRefused as refused:
            if "users_not_found" in refused.reason:
                return None
            raise
        found = self._keep(answer.get("user"))
        return found.user if found and found.address == address.lower() else None

    def _keep(self, user: Any) -> ChatPerson | None:
        if not isinstance(user, dict) or not self._vouched_for(user):
            return None
        address = str((user.get("profile") or {}).get("email") or "").strip().lower()
        if "@" not in address:
            return None
        if len(self._known) >= _MOST:
            self._known.clear()
        person = ChatPerson(str(user["id"]), address)
        self._known[person.user] = (time.monotonic(), person)
        return person

    def _vouched_for(self, user: dict[str, Any]) -> bool:
        """Whether it is a member of the workspace who has confirmed their address."""
        of_grid = (user.get("enterprise_user") or {}).get("teams") or ()
        return (
            self._workspace in (user.get("team_id"), *of_grid)
            and user.get("is_email_confirmed") is True
            and not any(user.get(each) for each in _NOT_MEMBERS)
        )


_NOT_MEMBERS = (
    "deleted",
    "is_bot",
    "is_app_user",
    "is_restricted",
    "is_ultra_restricted",
    "is_stranger",
)
