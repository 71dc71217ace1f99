"""Reporters who are asked by a message with links, and press the buttons behind them."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx

from standfast.hosting.settings import Settings
from standfast.hosting.signing import signing_keys
from standfast.incidents.flowchart import Box
from standfast.incidents.resolution import Verdict
from standfast.intake.confirmation_links import ReporterLinks
from tests.api.conftest import Api
from tests.http_sink import HttpSink
from tests.stories.desk import Desk, Ticket

PUBLIC = "https://standfast.example"
RITA = "rita@storyville.example"
TITLE = "Wiki <crashed> & gone"


def links_of(place: Path) -> ReporterLinks:
    """As the worker and the API with this data directory make and read them."""
    return ReporterLinks(signing_keys(Settings(data_dir=place)), PUBLIC)


async def resolved(desk: Desk, **fields: Any) -> Ticket:
    """An incident that somebody says is resolved; the reporter has been asked."""
    ticket = await desk.report(**({"title": TITLE, "service": "wiki"} | fields))
    await ticket.reaches_resolve()
    await resolve(ticket)
    return ticket


async def resolve(ticket: Ticket, asked: int = 1) -> None:
    await ticket.act("resolve", by="ana", summary="secret summary")
    await ticket.reaches(Box.ISSUE_RESOLVED)
    await ticket.told("confirm_sent", asked)


def asked(sink: HttpSink) -> list[tuple[str, str]]:
    """The links, fixed and not fixed, of each question that has reached the reporter."""
    bodies = [str(request.json["message"]) for request in sink.taken if request.path == "/reporter"]
    pairs = [re.findall(r"(?:Fixed|Not fixed): (https://\S+)", body) for body in bodies]
    return [(pair[0], pair[1]) for pair in pairs if pair]


def path_of(link: str) -> str:
    parts = urlsplit(link)
    assert f"{parts.scheme}://{parts.netloc}" == PUBLIC
    return parts.path


async def heard(ticket: Ticket) -> list[Verdict | None]:
    view = await ticket.view()
    return [piece.says for piece in view.evidence if piece.source == RITA]


async def press(api: Api, link: str, answer: str) -> httpx.Response:
    return await api.http.post(path_of(link), data={"answer": answer})
