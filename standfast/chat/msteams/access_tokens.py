"""The bot's own access tokens: asked for by its secret, and kept until they are about to expire."""

import asyncio
import time
from collections.abc import Callable
from typing import NamedTuple

import httpx
from pydantic import BaseModel, Field, ValidationError

from standfast.chat.msteams.calls import retry_after, said, why
from standfast.chat.msteams.cloud import Cloud
from standfast.chat.provider import ChatAway

_BEFORE_IT_EXPIRES = 300.0
"""Seconds."""


class _Told(BaseModel):
    """The answer of the token endpoint."""

    access_token: str = Field(min_length=1, max_length=20_000)
    expires_in: int = Field(gt=0)


class _Token(NamedTuple):
    text: str
    until: float


class AccessTokens:
    """The tokens of one app in one tenant, for one event loop."""

    def __init__(
        self,
        http: httpx.AsyncClient,
        cloud: Cloud,
        *,
        tenant: str,
        app: str,
        secret: str,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`clock` counts seconds."""
        self._http = http
        self._url = f"{cloud.addresses.login_endpoint}/{tenant}/oauth2/v2.0/token"
        self._app = app
        self._secret = secret
        self._clock = clock
        self._kept: dict[str, _Token] = {}
        self._one_at_a_time = asyncio.Lock()

    async def token(self, scope: str) -> str:
        """A token for that scope.

        Raises:
            ChatAway: the sign-in service cannot be reached, takes no more now, or does not accept
                the app's id, tenant or secret.
        """
        async with self._one_at_a_time:
            kept = self._kept.get(scope)
            if kept is None or kept.until <= self._clock():
                kept = self._kept[scope] = await self._asked(scope)
            return kept.text

    def forget(self, scope: str) -> None:
        """The token for it is not accepted any more: the next one is asked for."""
        self._kept.pop(scope, None)

    async def _asked(self, scope: str) -> _Token:
        form = {
            "grant_type": "client_credentials",
            "client_id": self._app,
            "client_secret": self._secret,
            "scope": scope,
        }
        try:
            answer = await self._http.post(self._url, data=form)
        except (httpx.HTTPError, OSError) as error:
            # Nothing was asked of the chat yet: whatever happened, it was not done.
            raise ChatAway(f"Microsoft's sign-in cannot be reached: {why(error)}") from error
        if answer.status_code >= 500 or answer.status_code == 429:
            raise ChatAway(
                f"Microsoft's sign-in answered {answer.status_code}", retry_after(answer)
            )
        if answer.status_code != 200:
            raise ChatAway(f"Microsoft's sign-in refuses the app: {said(answer)}")
        try:
            told = _Told.model_validate_json(answer.content)
        except ValidationError:
            raise ChatAway("Microsoft's sign-in answered what is no token") from None
        return _Token(told.access_token, self._clock() + told.expires_in - _BEFORE_IT_EXPIRES)
