"""Logs in a Loki server, asked by its HTTP API: `GET /loki/api/v1/query_range`, newest first."""

import asyncio
import json
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx

from standfast.incidents.observation import inconclusive, quote
from standfast.logs.analysis import LogEvidence, Question, analyse
from standfast.logs.budget import Budget
from standfast.logs.reading import Entries, Gap, Reading
from standfast.logs.severity import Level, of_name
from standfast.messages.message import words_of
from standfast.outgoing.egress import NotAllowed, read_prefix, request, why_failed
from standfast.outgoing.os_errors import reason_of
from standfast.policy.log_sources import LokiSource

PAGE = 5_000
"""Lines of one answer: as many as a server gives by default."""

MOST_PAGES = 40
WITHIN = timedelta(seconds=20)
"""How long one page may take."""

_LARGEST_ANSWER = 30_000_000
_LEVELS = ("level", "detected_level", "severity")
"""Labels and structured metadata in which Loki keeps a line's level."""


class NoAnswer(Exception):  # noqa: N818
    """The server gives no lines; in words why."""


class _Line(NamedTuple):
    nanoseconds: int
    text: str
    level: Level | None
    moment: datetime


async def search(
    source: LokiSource, question: Question, hosts: Sequence[str], budget: Budget
) -> list[LogEvidence]:
    """Ask for the lines of a query back to the day before the incident, and say what they show."""
    name = f"loki {source.query}"
    try:
        reading = await _read(name, source, question, hosts, budget)
    except NoAnswer as error:
        return [LogEvidence(name, inconclusive(str(error)))]
    if reading.newest is None and not reading.gaps:
        return [LogEvidence(name, inconclusive("holds nothing of the incident's time"))]
    return await asyncio.to_thread(lambda: list(analyse(reading, question)))


async def _read(
    name: str, source: LokiSource, question: Question, hosts: Sequence[str], budget: Budget
) -> Reading:
    incident, reading = question.incident, Reading(name)
    start, end = _nanoseconds(incident.looked_at_from), _nanoseconds(incident.now) + 1
    lines: dict[tuple[int, str], _Line] = {}
    whole = False
    for _ in range(MOST_PAGES):
        page = await _page(source, start, end, hosts)
        lines.update(((line.nanoseconds, line.text), line) for line in page)
        if why := budget.take(sum(len(line.text) for line in page)):
            reading.gaps.append(Gap(name, why, recent=not lines))
            break
        if whole := len(page) < PAGE:
            break
        oldest = min(line.nanoseconds for line in page)
        # Its moment again, for others of the same one may not have fitted on this page; unless
        # that asks for the very same page.
        end = oldest + 1 if oldest + 1 < end else oldest
        if end <= start:
            break
    entries = Entries(reading, question.signature)
    for line in sorted(lines.values()):
        entries.take(line.moment, line.text, line.level)
    if not whole:
        reading.whole_since = reading.oldest
    return reading


async def _page(source: LokiSource, start: int, end: int, hosts: Sequence[str]) -> list[_Line]:
    asked = {
        "query": source.query,
        "start": start,
        "end": end,
        "limit": PAGE,
        "direction": "backward",
    }
    url = f"{source.server}/loki/api/v1/query_range?{urlencode(asked)}"
    headers = {"X-Scope-OrgID": source.tenant} if source.tenant else {}
    try:
        async with request("GET", url, hosts=hosts, within=WITHIN, headers=headers) as response:
            body = await read_prefix(response, _LARGEST_ANSWER)
            status = response.status_code
    except NotAllowed as error:
        raise NoAnswer(error.reason) from error
    except TimeoutError:
        raise NoAnswer(f"no answer within {words_of(WITHIN)}") from None
    except httpx.HTTPError as error:
        raise NoAnswer(f"no answer: {why_failed(error)}") from error
    except httpx.InvalidURL as error:
        raise NoAnswer(f"its address cannot be asked: {quote(str(error))}") from error
    except OSError as error:
        raise NoAnswer(f"no answer: {reason_of(error)}") from error
    if status != httpx.codes.OK:
        raise NoAnswer(f"answered {status}: {quote(body[:2_000].decode(errors='replace'))}")
    if len(body) >= _LARGEST_ANSWER:
        raise NoAnswer(f"answered with more than {_LARGEST_ANSWER // 1_000_000} MB")
    return await asyncio.to_thread(_lines_of, body)


def _lines_of(body: bytes) -> list[_Line]:
    try:
        answer = json.loads(body)
        kind = answer["data"]["resultType"]
        if kind != "streams":
            raise NoAnswer(f"the query gives a {quote(str(kind))}, not lines")
        return list(_of_streams(answer["data"]["result"]))
    except (ArithmeticError, AttributeError, LookupError, OSError, RecursionError) as error:
        raise NoAnswer("answered what is not Loki's") from error
    except (TypeError, ValueError) as error:
        raise NoAnswer("answered what is not Loki's") from error


def _of_streams(streams: list[dict[str, Any]]) -> Iterator[_Line]:
    for stream in streams:
        labels = stream.get("stream", {})
        for value in stream["values"]:
            of_line = value[2] if len(value) > 2 else {}
            about = labels | of_line | of_line.get("structuredMetadata", {})
            level = next((about[name] for name in _LEVELS if name in about), None)
            known = of_name(str(level)) if level is not None else None
            moment = datetime.fromtimestamp(int(value[0]) / 1_000_000_000, UTC)
            yield _Line(int(value[0]), str(value[1]), known, moment)


def _nanoseconds(moment: datetime) -> int:
    return int(moment.timestamp() * 1_000_000) * 1_000
