"""What the policy may say of runbooks, and what is wrong with them in words and with a line."""

from pathlib import Path

import pytest

from standfast.incidents.assessment import ApprovalRule
from standfast.policy.runbooks import Runbook, Work
from standfast.policy_file.loading import PolicyError, load_policy
from tests.policy.small import SMALL

RESET = SMALL.index("  reset:\n")


def written(folder: Path, *lines: str, hosts: str = "[api.example, '*.lan']") -> Path:
    """The small policy with a runbook of these lines in place of its own."""
    book = ["  reset:", "    title: Reset", *(f"    {line}" for line in lines)]
    path = folder / "policy.yaml"
    path.write_text(f"{SMALL[:RESET]}" + "\n".join(book) + f"\nhosts: {hosts}\n")
    return path


MATCH, STEPS, CHECK = "match: {category: network}", "steps: [{run: [/bin/true]}]", "check: [x]"


def test_all_that_a_runbook_may_say(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        "match: {services: [vpn], labels: {host: '*'}, words: [tunnel*]}",
        "environment: {APP_ENV: prod, APP_TOKEN: 'secret:APP'}",
        "limits: {cpu: 90s, memory_mb: 512, file_mb: 10, open_files: 64}",
        "approval: when high impact",
        "remind_every: 10m",
        "approvers: [anna]",
        "check_within: 20s",
        "steps:",
        "  - {run: [drain, '{host}'], undo: [fill, '{host}'], check: [drained, '{host}']}",
        "  - http: {url: 'https://{host}:8443/restart?of={service}', expect: [202]}",
        "    undo: {http: {method: DELETE, url: 'https://api.example/restart/{key}',",
        "      headers: {Authorization: 'secret:API', X-Incident: '{incident}'}}}",
        "check: {http: {method: GET, url: 'http://api.example/health'}}",
    )
    book = load_policy(path).runbooks["reset"]
    drain, restart = book.steps
    assert (drain.run, drain.undo) == (("drain", "{host}"), Work(run=("fill", "{host}")))
    assert restart.http
    assert (restart.http.method, restart.http.expect) == ("POST", (202,))
    assert book.approval is ApprovalRule.WHEN_HIGH_IMPACT
    assert [bool(work.run) for work in book.work()] == [True, True, True, False, False, False]
    # both steps, one with a check, both with an undo; and the check of the whole at three moments
    assert book.takes_at_most.total_seconds() == 60 + 60 + 2 * 20 + 60 + 60 + 3 * 20
    assert Runbook.model_validate_json(book.model_dump_json()) == book


BROKEN = [
    # the one line that is wrong, and words of the message
    ("steps: [{run: [x], http: {url: 'http://api.example/'}}]", "exactly one of run, http"),
    ("steps: [{undo: [x]}]", "exactly one of run, http"),
    ("steps: [{run: x}]", "must be a list"),
    ("steps: []", "at least 1 item"),
    ("steps: [{run: [x], undo: {}}]", "exactly one of run, http"),
    ("steps: [{run: [restart, '{title}']}]", "only {service}, {host}, {incident}, {key} may stand"),
    ("steps: [{run: [restart, '{}']}]", "may stand in braces"),
    ("steps: [{run: [restart, '{service!r}']}]", "may stand in braces"),
    ("steps: [{run: [restart, '{service.title}']}]", "may stand in braces"),
    ("steps: [{run: [awk, '{print}']}]", "a brace is {{ or }}"),
    ("steps: [{run: ['{host}/bin']}]", "which program runs must not depend on the {host}"),
    ("steps: [{run: [x], undo: ['x-{host}']}]", "which program runs must not depend"),
    ("steps: [{http: {url: 'http://{key}.lan/'}}]", "{key} cannot stand where the host is named"),
    ("steps: [{http: {url: 'http://a.lan:{service}/'}}]", "Port could not be cast"),
    ("steps: [{http: {url: '{service}://a.lan/'}}]", "must be a URL like"),
    ("steps: [{http: {url: 'file:///etc/passwd'}}]", "must be a URL like"),
    ("steps: [{http: {url: 'http://user:pass@api.example/'}}]", "user name or password"),
    (
        "steps: [{http: {url: 'http://elsewhere.example/'}}]",
        "'elsewhere.example' is not on the list",
    ),
    ("steps: [{http: {url: 'http://a.lan/', headers: {Host: b.lan}}}]", "set for every request"),
    ("steps: [{http: {url: 'http://a.lan/', headers: {'X Y': b}}}]", "only letters, digits and -"),
    ("steps: [{http: {url: 'http://a.lan/', headers: {X: 'secret:a b'}}}]", "after secret: only"),
    (
        "steps: [{http: {url: 'http://a.lan/', headers: {X: 'secret:{service}'}}}]",
        "after secret: only",
    ),
    ("steps: [{http: {url: 'http://a.lan/', expect: [99]}}]", "greater than or equal to 100"),
    ("match: {}", "at least one of category, services, labels, words"),
    ("match: {subcategory: dns}", "at least one of category"),
    ("match: {subcategory: dns, services: [vpn]}", "subcategory: needs its category"),
    ("match: {category: fax}", "no category 'fax'"),
    ("match: {services: [fax]}", "no service 'fax'"),
    ("match: {words: ['!']}", "it would never be found"),
    ("environment: {path: x}", "only capital letters"),
    ("environment: {STANDFAST_KEY: x}", "names that begin with STANDFAST_ are taken"),
    ("environment: {OF: '{service}'}", "its commands have STANDFAST_SERVICE"),
    ("limits: {memory_mb: 1}", "greater than or equal to 16"),
    ("approval: sometimes", "'never', 'always' or 'when high impact'"),
    ("approvers: [anne]", "no person 'anne'"),
]


@pytest.mark.parametrize(("line", "words"), BROKEN, ids=[line for line, _ in BROKEN])
def test_what_is_wrong_is_told_with_its_line(tmp_path: Path, line: str, words: str) -> None:
    key = line.partition(":")[0]
    right = [good for good in (MATCH, STEPS, CHECK) if not good.startswith(f"{key}:")]
    path = written(tmp_path, *right, line)
    with pytest.raises(PolicyError) as refused:
        load_policy(path)
    told = [problem for problem in refused.value.problems if words in problem.message]
    assert told, str(refused.value)
    lines = path.read_text().splitlines()
    here = next(number for number, text in enumerate(lines, 1) if text.strip() == line)
    whole = lines.index("  reset:") + 1
    assert told[0].line in (here, whole)
    assert told[0].place.startswith("runbooks.reset")
