"""Calls to Microsoft Graph in the app's own name, for what the Bot Connector cannot do."""

from typing import Any

import httpx

from standfast.chat.msteams.access_tokens import AccessTokens
from standfast.chat.msteams.calls import TokenNotAccepted, called
from standfast.chat.msteams.cloud import Cloud
from standfast.chat.provider import ChatRefused


class GraphCalls:
    """Calls about one team. Each raises ChatAway, ChatUnsure, ChatRefused and Gone."""

    def __init__(
        self, http: httpx.AsyncClient, cloud: Cloud, tokens: AccessTokens, team: str
    ) -> None:
        self._http = http
        self._tokens = tokens
        self._scope = cloud.addresses.graph_scope
        self.address = cloud.graph
        self.team = f"{cloud.graph}/v1.0/teams/{team}"

    async def get(self, what: str, url: str) -> bytes:
        """The answer to a question."""
        return await self._call(what, "GET", url, None, makes=False)

    async def make(self, what: str, url: str, body: Any) -> bytes:
        """Make something, which would be there twice if it were asked for twice; the answer."""
        return await self._call(what, "POST", url, body, makes=True)

    async def change(self, what: str, method: str, url: str, body: Any) -> None:
        """Change something, which may be asked for again."""
        await self._call(what, method, url, body, makes=False)

    async def _call(self, what: str, method: str, url: str, body: Any, *, makes: bool) -> bytes:
        for _ in range(2):
            token = await self._tokens.token(self._scope)
            try:
                return await called(what, self._sent(method, url, body, token), makes=makes)
            except TokenNotAccepted:
                self._tokens.forget(self._scope)
        raise ChatRefused(f"{what}: Graph does not accept the app")

    async def _sent(self, method: str, url: str, body: Any, token: str) -> bytes:
        headers = {"Authorization": f"Bearer {token}"}
        answer = await self._http.request(method, url, headers=headers, json=body)
        return answer.raise_for_status().content
