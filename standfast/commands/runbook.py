"""`runbook list`, `runbook run`: the policy's runbooks, and what they would run."""

import shlex
from collections.abc import Iterator
from typing import Annotated

import typer

from standfast.commands.local.settings import local_settings
from standfast.commands.options import AsJson, ForIncident
from standfast.decisions.automation import NotPlanned, Planned, plan
from standfast.decisions.policy_names import no_such
from standfast.incidents.assessment import ApprovalRule
from standfast.incidents.ids import idempotency_key
from standfast.incidents.resolution import RemediationRequest
from standfast.intake.errors import Refused
from standfast.messages.message import words_of
from standfast.policy import Policy
from standfast.policy.guards import Guards
from standfast.policy.runbooks import SECRET, HttpCall, Limits, Match, Runbook, Work
from standfast.policy_file.loading import load_policy
from standfast.terminal.lines import print_line
from standfast.terminal.output import out, plain_text, print_json

_ANY_INCIDENT = "INC-AAAAAAAAAA"
_OURS = "STANDFAST_INCIDENT, STANDFAST_SERVICE, STANDFAST_KEY, STANDFAST_STEP"

runbook = typer.Typer(help="What automation may do by itself.", no_args_is_help=True)


@runbook.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the policy's runbooks: what each fits, and whether it needs approval."""
    policy = load_policy(local_settings().policy)
    if as_json:
        print_json({key: book.model_dump(mode="json") for key, book in policy.runbooks.items()})
        return
    for key, book in policy.runbooks.items():
        print_line(f"{key}: {book.title}; for {_match(book.match)}; {_approval(book)}")
    if not policy.runbooks:
        print_line("the policy has no runbooks")


@runbook.command()
def run(
    name: Annotated[str, typer.Argument(metavar="NAME", help="As the policy calls it.")],
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would run.")] = False,
    service: Annotated[str, typer.Option(metavar="NAME", help="As a report would name it.")] = "",
    host: Annotated[str, typer.Option(metavar="HOST", help="A report's label `host`.")] = "",
    incident: ForIncident = _ANY_INCIDENT,
    as_json: AsJson = False,
) -> None:
    """With --dry-run, print what a runbook would run: it really runs only for an incident."""
    if not dry_run:
        raise Refused(
            "a runbook runs only for an incident, so that guards, journal and undo apply: report "
            "one that it fits, or see what would run with --dry-run"
        )
    policy = load_policy(local_settings().policy)
    if name not in policy.runbooks:
        raise Refused(no_such("runbook", name, policy.runbooks))
    asked = RemediationRequest(
        incident_id=incident,
        key=idempotency_key(incident, 1, "runbook", 1),
        runbook=name,
        service=service,
        host=host,
    )
    planned = plan(policy, asked)
    if isinstance(planned, NotPlanned):
        raise Refused(planned.reason)
    if as_json:
        print_json(
            {
                "runbook": name,
                "policy_version": policy.version,
                "incident_id": incident,
                "key": asked.key,
                "target": planned.target,
                "plan": planned.runbook.model_dump(mode="json"),
                "guards": policy.guards.model_dump(mode="json"),
            }
        )
        return
    for label, what in _page(name, planned, policy):
        out().print(plain_text(f"{label:<12} {what}"), soft_wrap=True)


def _page(name: str, planned: Planned, policy: Policy) -> Iterator[tuple[str, str]]:
    """Everything about what would run, as lines of a label and words."""
    book = planned.runbook
    yield "runbook", f"{name}: {book.title}"
    yield "target", planned.target
    yield "approval", _approval(book)
    yield "guards", _guards(policy.guards, planned.target)
    yield "environment", _environment(book)
    yield "limits", _limits(book.limits)
    for number, step in enumerate(book.steps, start=1):
        yield f"step {number}", f"{_shown(step)}  (within {words_of(step.within)})"
        if step.check:
            yield "  check", f"{_shown(step.check)}  (within {words_of(book.check_within)})"
        yield "  undo", _shown(step.undo) if step.undo else "none: it stays as it is"
    yield "check", f"{_shown(book.check)}  (within {words_of(book.check_within)})"


def _shown(work: Work) -> str:
    """A command as a shell would take it, or a request with its headers and body."""
    if work.run is not None:
        return _visible(shlex.join(work.run))
    return _request(work.http) if work.http else ""


def _request(call: HttpCall) -> str:
    headers = "".join(f", {name}: {value}" for name, value in call.headers.items())
    body = f", body {call.body!r}" if call.body else ""
    expect = " or ".join(map(str, call.expect)) or "2xx"
    return _visible(f"{call.method} {call.url}{headers}{body}, expects {expect}")


def _visible(text: str) -> str:
    """The text with line breaks, tabs and the like as escapes."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def _match(match: Match) -> str:
    """In words: `software/availability, service website or erp`."""
    labels = [f"label {name}={value}" for name, value in match.labels.items()]
    category = match.category or ""
    return ", ".join(
        part
        for part in (
            f"{category}/{match.subcategory}" if match.subcategory else category,
            f"service {' or '.join(match.services)}" if match.services else "",
            *labels,
            f"the words {' or '.join(map(repr, match.words))}" if match.words else "",
        )
        if part
    )


def _approval(book: Runbook) -> str:
    if book.approval is ApprovalRule.NEVER:
        return "asks nobody"
    when = " when impact is high" if book.approval is ApprovalRule.WHEN_HIGH_IMPACT else ""
    whom = ", ".join(book.approvers) or "whoever is on call"
    return (
        f"asks {whom}{when}, again every {words_of(book.remind_every)};"
        f" after {words_of(book.approve_within)} people take over"
    )


def _guards(guards: Guards, target: str) -> str:
    cooldown = f"{words_of(guards.cooldown)} after the last, " if guards.cooldown else ""
    return (
        f"on {target}: one at a time, {cooldown}at most {guards.per_target_and_hour} an hour,"
        f" not after {guards.flapping_limit} successes that did not last"
        f" {words_of(guards.flapping_window)}; everywhere: {guards.max_concurrent} at once,"
        f" {guards.per_hour} an hour"
    )


def _environment(book: Runbook) -> str:
    """The variables; secrets by their names only."""
    given = [
        f"{name} ({value})" if value.startswith(SECRET) else f"{name}={shlex.quote(value)}"
        for name, value in book.environment.items()
    ]
    return _visible(", ".join((*given, _OURS)))


def _limits(limits: Limits) -> str:
    return ", ".join(
        part
        for part in (
            f"{words_of(limits.cpu)} of processor time" if limits.cpu else "",
            f"{limits.memory_mb} MB of memory" if limits.memory_mb else "",
            f"files of {limits.file_mb} MB",
            f"{limits.open_files} open files",
        )
        if part
    )
