"""HTTP probe: a GET request that must be answered with a status, a text, and soon enough."""

import time
from datetime import timedelta

import httpx

from standfast.incidents.observation import Observation, failed, inconclusive, passed, quote
from standfast.messages.message import words_of
from standfast.outgoing.egress import (
    NotAllowed,
    RedirectNotAllowed,
    read_prefix,
    request,
    why_failed,
)
from standfast.policy.system_tests import HttpTest
from standfast.probes.context import ProbeContext

MOST_REDIRECTS = 5
LARGEST_BODY = 1_000_000
"""Bytes of an answer that are looked at."""


async def probe(test: HttpTest, context: ProbeContext) -> Observation:
    """Ask once. Redirects are followed, unless a redirect is what the test expects."""
    redirects = 0 if any(300 <= status < 400 for status in test.status) else MOST_REDIRECTS
    within, started = context.within, time.monotonic()
    try:
        async with request(
            "GET", test.url, hosts=context.hosts, within=within, redirects=redirects
        ) as answer:
            took = timedelta(seconds=time.monotonic() - started)
            return await _judge(test, answer, took)
    except RedirectNotAllowed as error:
        return failed(error.reason)
    except NotAllowed as error:
        return inconclusive(error.reason)
    except httpx.ConnectTimeout:
        return failed(f"no connection within {words_of(within / 2)}")
    except TimeoutError:
        return failed(f"no answer within {words_of(within)}")
    except httpx.TooManyRedirects as error:
        return failed(str(error))
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
        return inconclusive(f"its URL cannot be asked: {quote(str(error))}")
    except httpx.HTTPError as error:
        return failed(f"no answer: {why_failed(error)}")


async def _judge(test: HttpTest, answer: httpx.Response, took: timedelta) -> Observation:
    answered = f"answered {answer.status_code}"
    if answer.status_code not in test.status:
        return failed(f"{answered}, expected {' or '.join(map(str, test.status))}")
    if test.faster_than is not None:
        answered += f" after {_milliseconds(took)}"
        if took >= test.faster_than:
            return failed(f"{answered}, expected before {_milliseconds(test.faster_than)}")
    if not (test.contains or test.absent):
        return passed(answered)
    body = await read_prefix(answer, LARGEST_BODY)
    text = body.decode(answer.encoding or "utf-8", errors="replace")
    where = f" in its first {LARGEST_BODY} bytes" if len(body) == LARGEST_BODY else ""
    if test.absent and test.absent in text:
        return failed(f"{answered} with {quote(test.absent)!r}")
    if test.contains not in text:
        return failed(f"{answered} without {quote(test.contains)!r}{where}")
    if not test.contains:
        return passed(f"{answered} without {quote(test.absent)!r}{where}")
    return passed(f"{answered} with {quote(test.contains)!r}")


def _milliseconds(duration: timedelta) -> str:
    return f"{duration // timedelta(milliseconds=1)} ms"
