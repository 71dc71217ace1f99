"""What an answer of the API means: its errors as the errors of a command, in one sentence."""

import json
from collections.abc import Mapping
from http import HTTPStatus
from importlib.metadata import version
from typing import Any, NamedTuple

from standfast.intake.errors import (
    Closed,
    IntakeError,
    NoAnswer,
    NoSuchIncident,
    NotLetIn,
    Refused,
    Unavailable,
)

_LONGEST_WAIT = 3600


class Answer(NamedTuple):
    """An answer with its whole body."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def ok(self) -> bool:
        """Whether it is a 2xx."""
        return 200 <= self.status < 300

    @property
    def is_json(self) -> bool:
        """Whether it says that it is JSON: a problem, or what was asked for."""
        kind = self.headers.get("content-type", "").partition(";")[0].strip().lower()
        return kind == "application/json" or kind.endswith("+json")

    @property
    def retry_after(self) -> int | None:
        """Seconds after which to try again; None where it does not say."""
        told = self.headers.get("retry-after", "").strip()
        return min(int(told), _LONGEST_WAIT) if told.isascii() and told.isdigit() else None


class Unreached(Unavailable):
    """There was no connection: nothing was sent."""


class Busy(Unavailable):
    """Nothing was done; try again after `wait` seconds."""

    def __init__(self, told: str, wait: int) -> None:
        super().__init__(told)
        self.wait = wait


def may_be_done(failed: IntakeError) -> bool:
    """Whether what was asked for may have been done, although no answer says so."""
    return isinstance(failed, Unavailable | NoAnswer) and not isinstance(failed, Unreached | Busy)


def failure_of(answer: Answer, url: str) -> IntakeError:
    """The error that an answer other than 2xx is."""
    if 300 <= answer.status < 400:
        return Refused(
            f"{url} answers with a redirect, which is not followed, so that no other address gets "
            "your token: set STANDFAST_URL to the address of the API itself"
        )
    problem = _problem(answer)
    if problem is None:
        return _without_words(answer, url)
    detail = str(problem.get("detail") or problem.get("title") or f"status {answer.status}")
    match answer.status:
        case 401:
            return _not_let_in(url)
        case 404:
            return NoSuchIncident(detail)
        case 409 | 429 if answer.retry_after:
            wait = answer.retry_after
            again = "" if str(wait) in detail else f" (try again in {wait} s)"
            return Busy(f"{detail}{again}", wait)
        case 409:
            return Closed(detail)
        case 429:
            return Busy(f"{detail}: try again later", 0)
        case 503:
            return Unavailable(detail)
        case 504:
            return NoAnswer(detail)
        case status if status >= 500:
            return Unavailable(f"{url} answered: {detail}")
    return Refused("\n".join(_lines(problem)) or detail)


def _problem(answer: Answer) -> dict[str, Any] | None:
    """The Problem Details in it; None where it has none, so it is not the API's."""
    if not answer.is_json:
        return None
    try:
        read = json.loads(answer.content)
    except (ValueError, RecursionError):  # also one nested without end
        return None
    return read if isinstance(read, dict) and "status" in read else None


def _lines(problem: Mapping[str, Any]) -> list[str]:
    """A line for each field that is wrong."""
    errors = problem.get("errors")
    return [str(line) for line in errors] if isinstance(errors, list) else []


def _without_words(answer: Answer, url: str) -> IntakeError:
    """Of an answer that is not the API's: a proxy's, or that of another program."""
    if answer.status == 401:
        return _not_let_in(url)
    try:
        phrase = HTTPStatus(answer.status).phrase
    except ValueError:
        phrase = ""
    told = f"{answer.status} {phrase}".rstrip()
    if answer.status == 413:
        return Refused(f"{url} answered {told}: what was sent is too large for a proxy in between")
    if answer.status == 429 or answer.status >= 500:
        wait = answer.retry_after
        when = f"in {wait} s" if wait else "later"
        words = f"{url} answered {told}, as a proxy does: try again {when}"
        return Busy(words, wait or 0) if answer.status == 429 else Unavailable(words)
    return not_ours(url, answer)


def _not_let_in(url: str) -> NotLetIn:
    return NotLetIn(
        f"{url} does not know your token (any more): it may have expired or been revoked; an "
        "administrator makes another with `standfast token create` on the server's machine"
    )


def not_ours(url: str, answer: Answer) -> Refused:
    """What answers there is not Standfast's API."""
    kind = answer.headers.get("content-type", "").partition(";")[0][:100] or "no content type"
    return Refused(
        f"what answers at {url} is not the API of Standfast (status {answer.status}, {kind}): "
        "check STANDFAST_URL"
    )


def unreadable(url: str, *, cut_off: bool) -> IntakeError:
    """An answer of another form: cut off by something in between, or of another version."""
    if cut_off:
        return Unavailable(f"the answer of {url} was cut off: try again")
    return Refused(
        f"{url} answered with something that this version ({version('standfast')}) cannot read: "
        "install the version that runs there"
    )
