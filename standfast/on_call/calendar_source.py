"""Where calendars come from: a file beside the policy, or a URL on the policy's list of hosts."""

import stat
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import httpx

from standfast.messages.message import words_of
from standfast.on_call.ical import LARGEST
from standfast.outgoing.egress import NotAllowed, read_prefix, request, why_failed
from standfast.outgoing.os_errors import reason_of
from standfast.outgoing.secrets import NoSuchSecret, resolved
from standfast.policy.hosts import web_address
from standfast.policy.runbooks import SECRET
from standfast.policy.schedules import is_url

WITHIN = timedelta(seconds=20)
"""How long a server may take in all."""

_MOST_REDIRECTS = 5
_LARGEST_MB = LARGEST // 1_000_000


class Unreadable(Exception):  # noqa: N818 - a state of the world
    """A calendar cannot be read. Says why, and never shows its URL."""


async def fetch(
    source: str, beside: Path, hosts: Sequence[str], environment: Mapping[str, str]
) -> bytes:
    """Read a calendar from its source.

    beside: the directory of the policy. environment: where secrets are.

    Raises:
        Unreadable: it cannot be had, or is too large.
    """
    if not source.startswith(SECRET) and not is_url(source):
        return _content(beside / source)
    try:
        url = web_address(resolved(source, environment))
    except NoSuchSecret as missing:
        raise Unreadable(str(missing)) from missing
    except ValueError as error:
        raise Unreadable("its secret is no URL of http or https") from error
    return await _send(url, hosts)


def file_of(source: str, beside: Path) -> Path | None:
    """The file that a source names; None for a URL."""
    return None if source.startswith(SECRET) or is_url(source) else beside / source


def _content(path: Path) -> bytes:
    try:
        # A pipe or device could keep us waiting for ever, so it is not even opened.
        if not stat.S_ISREG(path.stat().st_mode):
            raise Unreadable("it is not a file")
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise Unreadable(reason_of(error)) from error
    except ValueError as error:
        raise Unreadable("it is no path") from error
    return _not_too_large(content)


async def _send(url: str, hosts: Sequence[str]) -> bytes:
    headers = {"Accept": "text/calendar, */*;q=0.1"}
    try:
        async with request(
            "GET", url, hosts=hosts, within=WITHIN, headers=headers, redirects=_MOST_REDIRECTS
        ) as response:
            if response.status_code != httpx.codes.OK:
                raise Unreadable(f"answered {response.status_code}")
            return _not_too_large(await read_prefix(response, LARGEST + 1))
    except NotAllowed as error:
        raise Unreadable(error.reason) from error
    except TimeoutError:
        raise Unreadable(f"no answer within {words_of(WITHIN)}") from None
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        raise Unreadable("its URL cannot be asked") from error
    except httpx.HTTPError as error:
        raise Unreadable(f"no answer: {why_failed(error)}") from error
    except OSError as error:
        raise Unreadable(f"no answer: {reason_of(error)}") from error


def _not_too_large(content: bytes) -> bytes:
    if len(content) > LARGEST:
        raise Unreadable(f"it is larger than {_LARGEST_MB} MB")
    return content
