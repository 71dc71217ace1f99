"""The API of the service desk: the application on the story's server, and whoever calls it."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from fastapi import FastAPI

from standfast.api.backend import Backend
from standfast.hosting.settings import Settings
from standfast.incidents.roles import Role
from standfast.lookup.lookup import Lookup
from standfast.records.tokens import NewToken
from standfast.web.app import build_app
from tests.patience import PATIENCE
from tests.stories.desk import Desk

HERE = "http://127.0.0.1"


@dataclass
class Api:
    """The application in this process, and a client for each who calls it."""

    app: FastAPI
    desk: Desk
    http: httpx.AsyncClient
    """Without a token."""
    tokens: dict[str, str] = field(default_factory=dict)

    @property
    def backend(self) -> Backend:
        backend = self.app.state.backend
        assert isinstance(backend, Backend)
        return backend

    def token(self, role: Role, name: str = "") -> str:
        """The token of somebody of that role, who is called like it unless told otherwise."""
        who = name or role.value
        known = f"{role}/{who}"
        if known not in self.tokens:
            asked = NewToken(name=who, role=role)
            self.tokens[known] = self.desk.records.tokens.create(asked).secret
        return self.tokens[known]

    def source_key(self, source: str) -> str:
        """A new key of a source."""
        return self.desk.records.tokens.create(NewToken(name=source, source=source)).secret

    def headers(self, role: Role, name: str = "") -> dict[str, str]:
        """What somebody of that role sends along."""
        return {"Authorization": f"Bearer {self.token(role, name)}"}

    async def get(self, path: str, role: Role = Role.OPERATOR, **more: Any) -> httpx.Response:
        """GET as somebody of that role."""
        return await self.call("GET", path, role, **more)

    async def post(
        self, path: str, body: Any = None, role: Role = Role.OPERATOR, **more: Any
    ) -> httpx.Response:
        """POST a JSON body as somebody of that role."""
        return await self.call("POST", path, role, json=body, **more)

    async def call(
        self, method: str, path: str, role: Role, *, name: str = "", **more: Any
    ) -> httpx.Response:
        """Any request, as somebody of that role and name."""
        headers = self.headers(role, name) | more.pop("headers", {})
        return await self.http.request(method, path, headers=headers, **more)


@asynccontextmanager
async def open_api(desk: Desk, **settings: Any) -> AsyncIterator[Api]:
    """The application on a desk's server and records; opened again it knows what was kept."""
    set_ = Settings(data_dir=desk.place, task_queue=desk.task_queue, **settings)
    backend = Backend(
        set_, desk.client, desk.records, desk.policy, Lookup(desk.client, desk.records)
    )
    app = build_app(backend)
    transport = httpx.ASGITransport(app)
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=transport, base_url=HERE, timeout=PATIENCE) as http,
    ):
        yield Api(app, desk, http)


@pytest.fixture
async def api(desk: Desk) -> AsyncIterator[Api]:
    """The API of the service desk of Storyville."""
    async with open_api(desk) as api:
        yield api
