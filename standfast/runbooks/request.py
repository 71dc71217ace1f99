"""A request of a runbook: one HTTP call to a host on the policy's list."""

import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from datetime import timedelta
from http import HTTPStatus

import httpx
from pydantic import TypeAdapter

from standfast.incidents.observation import quote
from standfast.incidents.resolution import StepOutcome
from standfast.messages.message import MultilineText, words_of
from standfast.outgoing.egress import NotAllowed, read_prefix, request, why_failed
from standfast.policy.runbooks import HttpCall
from standfast.runbooks.work_result import CheckResult, WorkResult

OUTPUT_LIMIT = 2_000
"""Bytes of an answer's body that are kept."""

KEY_HEADER = "Idempotency-Key"

_NOT_LET_LOOK = (401, 403, 407, 408, 425, 429)
"""Answers that say nothing of the thing that was asked about, only that nobody looked."""

_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")
"""A line break in a secret would end its header and begin another."""

_PROSE: TypeAdapter[str] = TypeAdapter(MultilineText)


async def send_request(
    call: HttpCall,
    *,
    within: timedelta,
    hosts: Sequence[str],
    key: str,
    secrets: Mapping[str, str],
) -> WorkResult:
    """Make the request. It succeeds when it is answered as the policy expects.

    As a check, another answer says no when the server looked: a 2xx or 4xx, but not one that only
    lets nobody in (401, 403, 407) or asks to come again (408, 425, 429). A redirect, 5xx, or no
    answer at all says nothing.

    key: sent as the header Idempotency-Key, where the policy gives none.
    secrets: for each `secret:NAME` of the headers what it stands for.
    """
    headers = {name: secrets.get(value, value) for name, value in call.headers.items()}
    if KEY_HEADER.lower() not in map(str.lower, headers):
        headers[KEY_HEADER] = key
    unsendable = [name for name, value in headers.items() if _CONTROL.search(value)]
    if unsendable:
        return _not_sent(f"the header {unsendable[0]} would hold what no header may")
    status, body = 0, b""
    try:
        async with request(
            call.method,
            call.url,
            hosts=hosts,
            within=within,
            headers=headers,
            content=call.body.encode() or None,
        ) as answer:
            status = answer.status_code
            # What it was answered is known; how the rest goes changes nothing.
            with suppress(httpx.HTTPError, TimeoutError):
                body = await read_prefix(answer, OUTPUT_LIMIT + 1)
    except NotAllowed as refused:
        return _not_sent(refused.reason)
    except (httpx.InvalidURL, httpx.UnsupportedProtocol) as problem:
        return _not_sent(str(problem))
    except (httpx.ConnectError, httpx.ConnectTimeout) as problem:
        return _not_sent(why_failed(problem))
    except TimeoutError:
        if not status:
            words = f"was not answered within {words_of(within)}"
            return WorkResult(
                outcome=StepOutcome.TIMED_OUT, words=words, as_check=CheckResult.INCONCLUSIVE
            )
    except httpx.HTTPError as problem:
        if not status:
            words = f"was not answered: {why_failed(problem)}"
            return WorkResult(
                outcome=StepOutcome.FAILED, words=words, as_check=CheckResult.INCONCLUSIVE
            )
    return _answered(call, status, _shown(body))


def _answered(call: HttpCall, status: int, output: str) -> WorkResult:
    what = f"answered {_named(status)}"
    if status in call.expect if call.expect else 200 <= status < 300:
        return WorkResult(
            outcome=StepOutcome.SUCCEEDED,
            words=f"succeeded: {what}",
            as_check=CheckResult.PASSED,
            output=output,
        )
    looked = 200 <= status < 300 or (400 <= status < 500 and status not in _NOT_LET_LOOK)
    return WorkResult(
        outcome=StepOutcome.FAILED,
        words=f"failed: {what}",
        as_check=CheckResult.FAILED if looked else CheckResult.INCONCLUSIVE,
        output=output,
    )


def _not_sent(why: str) -> WorkResult:
    return WorkResult(
        outcome=StepOutcome.FAILED,
        words=f"could not be sent: {quote(why, 300)}",
        as_check=CheckResult.INCONCLUSIVE,
        started=False,
    )


def _named(status: int) -> str:
    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def _shown(body: bytes) -> str:
    left_out = "\n… the rest left out …" if len(body) > OUTPUT_LIMIT else ""
    return _PROSE.validate_python(body[:OUTPUT_LIMIT].decode(errors="replace")) + left_out
