"""A console with nothing behind it but the record store, and the browsers that come to it."""

import functools
import html
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import httpx
from fastapi import Depends, FastAPI, Request

from standfast.api.access import Caller
from standfast.api.backend import Backend
from standfast.console import csrf
from standfast.console.session import SignedIn, needs_role
from standfast.hosting.connection import connect_lazily
from standfast.hosting.settings import Settings
from standfast.incidents.roles import Role
from standfast.lookup.lookup import Lookup
from standfast.policy_file.shipped import SHIPPED_POLICY
from standfast.policy_file.source import PolicySource
from standfast.records.store import RecordStore
from standfast.records.tokens import Created, NewToken
from standfast.web.app import build_app
from tests.empty_records import empty_records

HERE = "http://127.0.0.1"
PUBLIC = "https://standfast.example"


class Browser:
    """Keeps cookies, follows no redirect by itself, and fills in forms as a person would."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(path, **more)

    async def send(self, page: httpx.Response, action: str = "", **fields: str) -> httpx.Response:
        """Send the form on a page that goes to `action`, with these fields filled in."""
        form = next(
            form
            for form in re.findall(r"<form.*?</form>", page.text, re.S)
            if f'action="{action}"' in form or not action
        )
        found = re.findall(r'type="hidden" name="([^"]+)" value="([^"]*)"', form)
        hidden = {name: html.unescape(value) for name, value in found}
        to = re.search(r'action="([^"]+)"', form)
        assert to
        return await self.http.post(
            to.group(1),
            data=hidden | fields,
            headers={"Origin": str(self.http.base_url).rstrip("/")},
        )

    async def sign_in(self, secret: str, **query: str) -> httpx.Response:
        page = await self.get("/sign-in", params=query)
        return await self.send(page, "/sign-in", token=secret)

    @property
    def cookies(self) -> dict[str, str]:
        return {name: value for name, value in self.http.cookies.items() if value}


@dataclass
class House:
    """The console; `/inside` is for whoever is signed in, `/inside/form` takes a form."""

    app: FastAPI
    records: RecordStore
    address: str

    def token(self, role: Role = Role.RESPONDER, name: str = "ana") -> Created:
        return self.records.tokens.create(NewToken(name=name, role=role))

    def source_key(self, source: str) -> str:
        return self.records.tokens.create(NewToken(name=source, source=source)).secret

    @asynccontextmanager
    async def browser(self, place: str = "127.0.0.1") -> AsyncIterator[Browser]:
        transport = httpx.ASGITransport(self.app, client=(place, 4711))
        async with httpx.AsyncClient(transport=transport, base_url=self.address) as http:
            yield Browser(http)


@asynccontextmanager
async def open_house(
    place: Path, *, knows: Lookup | None = None, **settings: Any
) -> AsyncIterator[House]:
    set_ = Settings(**{"policy": SHIPPED_POLICY, **settings}, data_dir=place, temporal_port=1)
    if set_.database_url is None:
        empty_records(place / "records.db")
    records = RecordStore(set_.records_url)
    client = await connect_lazily(set_, lambda: records)
    policy = _shipped() if set_.policy == SHIPPED_POLICY else PolicySource(set_.policy)
    app = build_app(Backend(set_, client, records, policy, knows or Lookup(client, records)))
    _add_rooms(app)
    try:
        yield House(app, records, set_.public_url or HERE)
    finally:
        records.close()


@functools.cache
def _shipped() -> PolicySource:
    """Read once: most houses have this one, and none changes it."""
    return PolicySource(SHIPPED_POLICY)


def _add_rooms(app: FastAPI) -> None:
    @app.get("/inside")
    async def inside(caller: SignedIn) -> str:
        return f"{caller.name} is a {caller.role}"

    @app.get("/inside/form")
    async def form(request: Request, caller: SignedIn) -> dict[str, str]:
        return {"field": csrf.csrf_field(request), "token": csrf.csrf_token(request)}

    @app.post("/inside/form", dependencies=[Depends(csrf.checked)])
    async def sent(caller: Annotated[Caller, Depends(needs_role(Role.OPERATOR))]) -> str:
        return "done"
