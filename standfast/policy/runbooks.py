"""Runbooks: what automation may run."""

import re
from collections.abc import Iterator
from datetime import timedelta
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field, model_validator

from standfast.incidents.assessment import ApprovalRule
from standfast.messages.message import Duration, Name, OptionalLine, at_most
from standfast.messages.phrases import Phrases
from standfast.policy.hosts import WebAddress
from standfast.policy.section import Command, Key, Section

CHECK_LIMIT = timedelta(seconds=30)

SECRET = "secret:"  # noqa: S105 - the word that marks one
"""A value that begins so names a secret, which the worker looks up when it is needed."""

_HEADER = re.compile(r"[A-Za-z0-9-]{1,100}")
_HEADERS_OF_OURS = {"host", "connection", "content-length", "transfer-encoding", "accept-encoding"}
_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{0,99}")
_VARIABLES_OF_OURS = "STANDFAST_"
_SECRETS_NAME = re.compile(r"[A-Z0-9_]{1,100}")


def _header(name: str) -> str:
    if not _HEADER.fullmatch(name):
        raise ValueError("a header's name may hold only letters, digits and -")
    if name.lower() in _HEADERS_OF_OURS:
        raise ValueError("this header is set for every request")
    return name


def _variable(name: str) -> str:
    if not _VARIABLE.fullmatch(name):
        raise ValueError(
            "a variable's name may hold only capital letters, digits and _, a letter first"
        )
    if name.startswith(_VARIABLES_OF_OURS):
        raise ValueError(f"names that begin with {_VARIABLES_OF_OURS} are taken")
    return name


def _wellnamed_secret(value: str) -> str:
    if value.startswith(SECRET) and not _SECRETS_NAME.fullmatch(value.removeprefix(SECRET)):
        raise ValueError(f"after {SECRET} only capital letters, digits and _ may follow")
    return value


NOT_HERE = "a secret does not stand in a policy"
"""Of a value whose message says so, nothing is shown."""


def _a_secret(value: str) -> str:
    if not value.startswith(SECRET):
        raise ValueError(f"must be {SECRET}NAME: {NOT_HERE}")
    return value


Header = Annotated[str, AfterValidator(_header)]
Variable = Annotated[str, AfterValidator(_variable)]
TextOrSecret = Annotated[OptionalLine, at_most(4_000), AfterValidator(_wellnamed_secret)]
"""A text of one line, or `secret:NAME`."""

NamedSecret = Annotated[TextOrSecret, AfterValidator(_a_secret)]
"""`secret:NAME`."""


class HttpCall(Section):
    """A request. It succeeds when it is answered with one of `expect` (none given: any 2xx).

    Redirects are not followed. Header values may be `secret:NAME`.
    """

    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] = "POST"
    url: WebAddress
    headers: dict[Header, TextOrSecret] = Field(default_factory=dict)
    body: Annotated[str, at_most(20_000)] = ""
    expect: tuple[Annotated[int, Field(ge=100, le=599)], ...] = ()


class Work(Section):
    """A command (`run`) or a request (`http`) of a runbook.

    A bare list in the policy is a command.
    """

    run: Command | None = None
    http: HttpCall | None = None

    @model_validator(mode="before")
    @classmethod
    def _list_is_a_command(cls, value: Any) -> Any:
        return {"run": value} if isinstance(value, list | tuple) else value

    @model_validator(mode="after")
    def _exactly_one(self) -> "Work":
        if (self.run is None) == (self.http is None):
            raise ValueError("needs exactly one of run, http")
        return self

    def texts(self) -> tuple[str, ...]:
        """Every text in which a placeholder may stand."""
        if self.run is not None:
            return self.run
        call = self.http
        return (call.url, *call.headers.values(), call.body) if call else ()


class RunbookStep(Work):
    """One step, with its check, its undo and its time limit.

    check: succeeds when the step is done. It is run when the end of the step, or of its undo, is
        unknown. A single step without one uses the runbook's check.
    """

    check: Work | None = None
    undo: Work | None = None
    within: Duration = timedelta(minutes=1)


class Match(Section):
    """Which incidents a runbook fits. Every condition that is given must hold.

    words and labels match as in a condition: any of the phrases, all of the labels.
    """

    category: Key | None = None
    subcategory: Key | None = None
    services: tuple[Key, ...] = ()
    labels: dict[str, OptionalLine] = Field(default_factory=dict)
    words: Phrases = ()

    @model_validator(mode="after")
    def _says_something(self) -> "Match":
        if not (self.category or self.services or self.labels or self.words):
            raise ValueError("needs at least one of category, services, labels, words")
        if self.subcategory and not self.category:
            raise ValueError("subcategory: needs its category")
        return self


class Limits(Section):
    """Resource limits of a command and each process that it starts.

    cpu: processor time. memory_mb: address space (some runtimes reserve far more than they use).
    file_mb: the largest file it may write. open_files: at once.
    """

    cpu: Duration | None = None
    memory_mb: int | None = Field(default=None, ge=16)
    file_mb: int = Field(default=1_024, ge=1)
    open_files: int = Field(default=1_024, ge=16)


class Runbook(Section):
    """Steps in order, then `check`, which alone decides whether it helped.

    environment: variables for its commands, a text or `secret:NAME` each.
    remind_every: between reminders of those who have not answered whether it may run.
    """

    title: Name
    match: Match
    steps: tuple[RunbookStep, ...] = Field(min_length=1, max_length=50)
    check: Work
    check_within: Duration = CHECK_LIMIT
    environment: dict[Variable, TextOrSecret] = Field(default_factory=dict)
    limits: Limits = Limits()
    approval: ApprovalRule = ApprovalRule.ALWAYS
    approve_within: Duration = timedelta(hours=1)
    remind_every: Duration = timedelta(minutes=20)
    approvers: tuple[Key, ...] = ()

    @property
    def takes_at_most(self) -> timedelta:
        """The limits of all steps, their undo, and the checks that may be needed after a crash."""
        each = (
            step.within * (2 if step.undo else 1)
            + (self.check_within * 2 if step.check else timedelta())
            for step in self.steps
        )
        return sum(each, timedelta()) + 3 * self.check_within

    def work(self) -> Iterator[Work]:
        """Everything that it may do."""
        for step in self.steps:
            yield step
            if step.check:
                yield step.check
            if step.undo:
                yield step.undo
        yield self.check
