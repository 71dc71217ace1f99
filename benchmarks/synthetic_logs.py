"""Logs of services that break and are mended, or not, with the truth known: styles and stories.

A story is a day of a service's log in one style, rotated and partly compressed, with noise, bursts
and clocks that are a little off, then an incident and a fix; `Truth` says what is so since the fix.
"""

import gzip
import json
import lzma
import os
import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from standfast.logs.windows import Incident


@dataclass(frozen=True)
class Truth:
    """What is so since the fix: the error itself, more errors than before, a new kind of error."""

    came_back: bool
    more_errors: bool
    new_message: bool


TRUTHS = {
    "mended": Truth(came_back=False, more_errors=False, new_message=False),
    "not mended": Truth(came_back=True, more_errors=True, new_message=True),
    "mended, another broken": Truth(came_back=False, more_errors=True, new_message=True),
    "comes back at times": Truth(came_back=True, more_errors=False, new_message=True),
    "something rare is new": Truth(came_back=False, more_errors=False, new_message=True),
    "an old trouble grows": Truth(came_back=False, more_errors=True, new_message=False),
}


@dataclass(frozen=True)
class Event:
    """One record of a log before it is written in a style."""

    moment: datetime
    level: str
    text: str
    trace: bool = False


Style = Callable[[Event, random.Random], str]

_NAMES = ("mia", "dan", "ana", "rita", "ralf", "george", "olga", "wen", "tariq", "bea")
_TABLES = ("orders", "customers", "invoices", "stock", "carriers")
_CALM = (
    "request {n} of user {name} took {ms} ms",
    "order {n} stored in table '{table}'",
    "session {hex} of {name} began",
    "0 errors in batch {n}",
    "error_log rotated, no errors since {n}",
    "cache refreshed: hits={n} failed=0",
    "heartbeat from {ip} ok",
    "retry policy: fail after {n} attempts",
)
_USUAL_ERRORS = (
    "mail to {name}@fernhill.example was rejected: mailbox full",
    "request {n} from {ip} timed out after {ms} ms",
    "order {n} refused: table '{table}' is locked by {hex}",
    "thumbnail /srv/pictures/{name}/{n}.png could not be read",
)
_BROKEN = (
    ("connection {n} to database {ip} lost", "ConnectionError"),
    ("no space left on device /var/lib/data/{hex}", "OSError"),
    ("certificate of payment-{n}.example has expired", "CertificateError"),
    ("too many open files in worker {n}", "IOException"),
    ("deadlock found while writing row {hex}", "DeadlockException"),
)
_OTHERWISE_BROKEN = (
    ("unknown column in field list of query {hex}", "ProgrammingError"),
    ("index out of range: {n}", "IndexError"),
    ("permission for bucket {hex} denied", "AccessError"),
    ("queue {n} overflows, message dropped", "OverflowException"),
    ("unsupported protocol version {n} of client {ip}", "ProtocolException"),
)


def _filled(text: str, chance: random.Random) -> str:
    return text.format(
        n=chance.randint(1, 999_999),
        ms=chance.randint(2, 30_000),
        name=chance.choice(_NAMES),
        table=chance.choice(_TABLES),
        hex=f"{chance.getrandbits(48):012x}",
        ip=f"10.{chance.randint(0, 9)}.{chance.randint(0, 255)}.{chance.randint(1, 254)}",
    )


def _syslog(event: Event, chance: random.Random) -> str:
    # Syslog states no level: only the words tell.
    return f"{event.moment:%b %d %H:%M:%S} web-{chance.randint(1, 3)} shop[{4711}]: {event.text}"


def _json_lines(event: Event, chance: random.Random) -> str:
    entry: dict[str, object] = {
        "ts": f"{event.moment:%Y-%m-%dT%H:%M:%S}.{chance.randint(0, 999):03}Z",
        "level": event.level.lower(),
        "msg": event.text,
        "request_id": f"{chance.getrandbits(64):016x}",
    }
    if event.trace:
        entry["stack"] = f"shop.{event.text.split()[0]}\n\tat shop.Order.pay(Order.java:17)"
    return json.dumps(entry)


def _java(event: Event, chance: random.Random) -> str:
    head = (
        f"{event.moment:%Y-%m-%d %H:%M:%S},{chance.randint(0, 999):03} {event.level:5} "
        f"[exec-{chance.randint(1, 40)}] c.f.shop.Orders - "
    )
    if not event.trace:
        return head + event.text
    kind, _, said = event.text.partition(": ")
    return (
        f"{head}{said}\n{kind}: {said}\n\tat com.fernhill.Shop.pay(Shop.java:{len(said)})"
        f"\n\t... {chance.randint(2, 40)} more\nCaused by: {kind}: {said}"
    )


def _nginx(event: Event, chance: random.Random) -> str:
    level = {"ERROR": "error", "INFO": "notice", "WARN": "warn"}[event.level]
    return (
        f"{event.moment:%Y/%m/%d %H:%M:%S} [{level}] 31#31: *{chance.randint(1, 99_999)} "
        f"{event.text}, client: 10.0.0.{chance.randint(1, 254)}, server: shop.fernhill.example"
    )


def _python(event: Event, chance: random.Random) -> str:
    head = (
        f"{event.moment:%Y-%m-%d %H:%M:%S},{chance.randint(0, 999):03} {event.level} shop.orders: "
    )
    if not event.trace:
        return head + event.text
    kind, _, said = event.text.partition(": ")
    return (
        f"{head}request failed\nTraceback (most recent call last):\n"
        f'  File "/srv/shop/app.py", line {chance.randint(1, 400)}, in pay\n    charge(card)\n'
        f"shop.errors.{kind}: {said}"
    )


STYLES: dict[str, Style] = {
    "syslog": _syslog,
    "JSON lines": _json_lines,
    "Java": _java,
    "nginx": _nginx,
    "Python": _python,
}


@dataclass(frozen=True)
class Story:
    """One log with its incident: what a person would have reported, and the truth."""

    style: str
    truth: Truth
    incident: Incident
    error_message: str
    path: Path


def write_story(style: str, kind: str, seed: int, now: datetime, directory: Path) -> Story:
    """Write the log of one story; the same seed gives the same story."""
    chance = random.Random(f"{style} {kind} {seed}")
    fixed = now - timedelta(minutes=chance.randint(20, 120))
    began = fixed - timedelta(minutes=chance.randint(15, 180))
    incident, truth = Incident(began, fixed, now), TRUTHS[kind]
    broken = chance.choice(_BROKEN)
    skew = timedelta(seconds=chance.randint(-2, 2))
    events = sorted(_events(kind, incident, broken, chance), key=lambda event: event.moment)
    lines = [
        (event.moment, STYLES[style](_shifted(event, skew), chance))
        for event in events
        if event.moment < now - timedelta(seconds=5)
    ]
    path = directory / f"{seed}.log"
    _rotate(path, lines, chance)
    message = _filled(f"{broken[1]}: {broken[0]}", chance)
    return Story(style, truth, incident, message, path)


def _shifted(event: Event, skew: timedelta) -> Event:
    return Event(event.moment + skew, event.level, event.text, event.trace)


def _events(
    kind: str, incident: Incident, broken: tuple[str, str], chance: random.Random
) -> Iterator[Event]:
    start = incident.began - timedelta(hours=chance.randint(10, 30))
    every, now = chance.uniform(10, 40), incident.now
    yield from _stream(start, now, every, chance, lambda: ("INFO", chance.choice(_CALM), False))
    usual = chance.sample(_USUAL_ERRORS, k=chance.randint(1, 4))

    def usual_error() -> tuple[str, str, bool]:
        return "ERROR", chance.choice(usual), False

    rarely = chance.uniform(240, 1_800)
    yield from _stream(start, now, rarely, chance, usual_error)
    for _ in range(chance.randint(0, 3)):  # bursts, at any time
        burst = start + (now - start) * chance.random()
        text = chance.choice(usual)
        for n in range(chance.randint(5, 40)):
            yield Event(burst + timedelta(seconds=0.1 * n), "ERROR", _filled(text, chance))

    def error(what: tuple[str, str]) -> Callable[[], tuple[str, str, bool]]:
        return lambda: ("ERROR", f"{what[1]}: {what[0]}", True)

    often = chance.uniform(3, 30)
    # It begins before it is reported, and ends before somebody says so.
    unnoticed = timedelta(minutes=chance.uniform(0, 10))
    stopped = incident.fixed - timedelta(seconds=chance.uniform(5, 60))
    yield from _stream(incident.began - unnoticed, stopped, often, chance, error(broken))
    if kind == "not mended":
        yield from _stream(incident.fixed, now, often, chance, error(broken))
    elif kind == "mended, another broken":
        other = error(chance.choice(_OTHERWISE_BROKEN))
        yield from _stream(incident.fixed, now, chance.uniform(3, 30), chance, other)
    elif kind in ("comes back at times", "something rare is new"):
        rare = broken if kind == "comes back at times" else chance.choice(_OTHERWISE_BROKEN)
        yield _one(incident.fixed + (now - incident.fixed) * 0.4, rare, chance)
        yield _one(incident.fixed + (now - incident.fixed) * 0.7, rare, chance)
    elif kind == "an old trouble grows":
        yield from _stream(incident.fixed, now, rarely / 20, chance, usual_error)


def _one(moment: datetime, what: tuple[str, str], chance: random.Random) -> Event:
    return Event(moment, "ERROR", _filled(f"{what[1]}: {what[0]}", chance), trace=True)


def _stream(
    start: datetime,
    end: datetime,
    every: float,
    chance: random.Random,
    what: Callable[[], tuple[str, str, bool]],
) -> Iterator[Event]:
    """A Poisson process: one about every so many seconds."""
    moment = start + timedelta(seconds=chance.expovariate(1 / every))
    while moment < end:
        level, text, trace = what()
        yield Event(moment, level, _filled(text, chance), trace)
        moment += timedelta(seconds=chance.expovariate(1 / every))


def _rotate(path: Path, lines: list[tuple[datetime, str]], chance: random.Random) -> None:
    """In up to four files, of which the older ones are compressed, as logrotate leaves them."""
    cuts = sorted(chance.sample(range(1, len(lines)), k=chance.randint(0, 3)))
    parts = [lines[a:b] for a, b in zip([0, *cuts], [*cuts, len(lines)], strict=True)]
    for age, part in enumerate(reversed(parts)):
        text = "".join(f"{line}\n" for _, line in part).encode()
        file = path if age == 0 else path.with_name(f"{path.name}.{age}")
        if age > 1:
            ending, pack = chance.choice(((".gz", gzip.compress), (".xz", lzma.compress)))
            file, text = file.with_name(file.name + ending), pack(text)
        file.write_bytes(text)
        last = part[-1][0].timestamp()
        os.utime(file, (last, last))
