"""`article`: written, changed, reviewed and found by command."""

from pathlib import Path

import pytest

from tests.commands.test_oncall import Run, run
from tests.empty_records import empty_records

__all__ = ["run"]
ANA = ("--by", "ana")


@pytest.fixture(autouse=True)
def records(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    empty_records(tmp_path / "data" / "records.db")


def test_an_article_by_command(run: Run) -> None:
    made = run("article", "write", "--title", "Renew it", "--symptom", "expired", *ANA)
    article = made.out.split(" ")[0]
    assert (made.code, made.out) == (0, f"{article} is a draft: Renew it\n")
    refused = run("article", "publish", article, *ANA)
    assert (refused.code, "it has no fix yet" in refused.err) == (1, True)
    edited = run("article", "edit", article, "--fix", "certbot *renew*", *ANA)
    assert edited.out == f"{article} has version 2, which waits for its review\n"
    late = run("article", "edit", article, "--fix", "x", "--version", "1", *ANA)
    assert (late.code, "since version 1" in late.err) == (1, True)
    assert "give what is to change" in run("article", "edit", article, *ANA).err
    done = run("article", "publish", article, *ANA)
    assert done.out == f"{article} is published, version 2\n"
    shown = run("article", "show", article.lower()).out
    for words in ("published; not known yet", "FIX", "certbot *renew*", "version 1 by ana"):
        assert words in shown
    assert run("article", "list", "certbot", "--json").json[0]["article_id"] == article
    assert "Renew it" in run("article", "list").out
    assert run("article", "list", "--state", "draft").err == "nothing was found\n"
    assert "must be one of offered" in run("article", "list", "--state", "new").err
    assert "articles are looked for by" in run("article", "list", "priority:P1").err
    for _ in range(2):
        helped = run("article", "helped", article)
        assert helped.out == f"{article}: noted; nothing is reported\n"
    assert run("article", "show", article, "--json").json["helped"] == 2
    gone = run("article", "retire", article, "--reason", "over", *ANA)
    assert gone.out == f"{article} is retired\n"
    assert "there is no article KB-AAAAAA" in run("article", "show", "KB-AAAAAA").err
    assert "one looks like KB-7F3K2Q" in run("article", "show", "12").err


def test_a_runbook_is_proposed_and_changes_nothing(run: Run) -> None:
    made = run("article", "write", "--title", "Renew it", "--fix", "- `certbot renew`", *ANA)
    article = made.out.split(" ")[0]
    shown = run("article", "runbook", article)
    assert "  renew-it:\n    title: Renew it\n" in shown.out
    assert "    - run:\n      - certbot\n      - renew\n" in shown.out
    edited = run("article", "edit", article, "--fix", "- `a | b`", *ANA)
    assert edited.code == 0
    refused = run("article", "runbook", article)
    assert (refused.code, "has no command" in refused.err) == (1, True)
    assert "| needs a shell" in refused.err
