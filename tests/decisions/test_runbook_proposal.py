"""The runbook that an article's fix could be."""

import shlex
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.decisions.runbook_proposal import proposed
from standfast.incidents.article import ArticleText
from standfast.policy_file.loading import load_policy
from standfast.policy_file.proposal import runbook_problems, runbook_yaml
from standfast.policy_file.shipped import SHIPPED_POLICY

POLICY = load_policy(SHIPPED_POLICY)
FIX = """Renew it, on the gateway:

```sh
# first look
$ certbot certificates
certbot renew --cert-name "vpn gateway"
certbot renew | tee log
```

- `systemctl reload nginx`
- then tell `everybody` about it
- `rm -rf $HOME`
- `echo {service} {this}`
"""


def steps(fix: str) -> list[list[str]]:
    found = proposed(ArticleText(title="x", fix=fix), POLICY).runbook["steps"]
    return [step["run"] for step in found]


def test_commands_are_argument_lists_and_what_needs_a_shell_is_left_out() -> None:
    found = proposed(ArticleText(title="Renew it", fix=FIX, verified="- `curl -f x`"), POLICY)
    assert [step["run"] for step in found.runbook["steps"]] == [
        ["certbot", "certificates"],
        ["certbot", "renew", "--cert-name", "vpn gateway"],
        ["systemctl", "reload", "nginx"],
        ["echo", "{service}", "{{this}}"],
    ]
    assert found.runbook["check"] == {"run": ["curl", "-f", "x"]}
    assert [line.partition(": ")[0] for line in found.left_out] == [
        "certbot renew | tee log",
        "rm -rf $HOME",
    ]
    assert "| needs a shell" in found.left_out[0]


@pytest.mark.parametrize(
    ("service", "category", "match"),
    [
        ("vpn", "network", {"services": ["vpn"], "category": "network"}),
        ("vpn", "", {"services": ["vpn"]}),
        ("nothing", "nothing", {"words": ["renew it"]}),
        ("", "other", {"words": ["renew it"]}),  # what nobody could tell apart
    ],
)
def test_it_fits_what_the_article_is_about(
    service: str, category: str, match: dict[str, object]
) -> None:
    text = ArticleText(title="Renew it!", fix="- `true`", service=service, category=category)
    assert proposed(text, POLICY).runbook["match"] == match


def test_no_check_never_passes_and_the_text_says_so() -> None:
    found = proposed(ArticleText(title="Renew it", fix="- `true`"), POLICY)
    assert found.runbook["check"] == {"run": ["false"]}
    text = runbook_yaml(found, "KB-AAAAAA, version 1")
    assert "put one under `check`" in text
    assert runbook_problems(SHIPPED_POLICY, text) == []


def test_a_name_that_is_taken_gets_a_number() -> None:
    taken = next(iter(POLICY.runbooks))
    text = ArticleText(title=taken.replace("-", " "), fix="- `true`")
    assert proposed(text, POLICY).key == f"{taken}-2"
    assert proposed(ArticleText(title="证书", fix=""), POLICY).key == "from-an-article"


def test_the_loader_says_what_is_wrong(tmp_path: Path) -> None:
    text = "runbooks: {x: {title: X, match: {services: [nowhere]}, steps: [[a]], check: [b]}}"
    [problem] = runbook_problems(SHIPPED_POLICY, text)
    assert "no service 'nowhere'" in str(problem)
    assert steps("```\n'unclosed\n```") == []


@settings(max_examples=60, deadline=None)
@given(st.text(max_size=60), st.text(alphabet="`\n -$#{}'\"ab|", max_size=120))
def test_whatever_people_write_is_data(title: str, fix: str) -> None:
    text = ArticleText.model_construct(title=title or "x", fix=fix)
    found = proposed(text, POLICY)
    for step in found.runbook["steps"]:
        assert all(isinstance(each, str) for each in step["run"])
        assert not set("|$") & set("".join(step["run"]))
        assert shlex.join(step["run"])


def test_a_command_ends_at_its_line_and_has_no_remark() -> None:
    fix = "```\nrm -r /tmp/old # all of it\nsystemctl restart web#1\n```\n- `echo a\u2028reboot`"
    found = proposed(ArticleText(title="Clean up", fix=fix), POLICY)
    assert [step["run"] for step in found.runbook["steps"]] == [
        ["systemctl", "restart", "web#1"],
        ["echo", "a\u2028reboot"],
    ]
    assert "# needs a shell" in found.left_out[0]
