"""Who reviews articles, and what their age makes of them."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from standfast.decisions.article_review import (
    Terms,
    not_ready,
    review_refused,
    standing,
    terms_at,
)
from standfast.incidents.article import ArticleText
from standfast.policy.knowledge import KnowledgeRules
from tests.decisions.small_policy import small_policy

POLICY = small_policy()
NOW = datetime(2026, 11, 30, tzinfo=UTC)
DAY = timedelta(days=1)
TERMS = Terms(window=DAY, due=NOW - 180 * DAY, retired=NOW - 365 * DAY)


@pytest.mark.parametrize(
    ("published", "reviewed", "retired", "state", "due"),
    [
        (None, None, None, "draft", False),
        (1, NOW, None, "published", False),
        (1, NOW - 181 * DAY, None, "published", True),
        (1, NOW - 366 * DAY, None, "retired", True),
        (1, NOW, NOW, "retired", False),
        (None, None, NOW, "retired", False),
    ],
)
def test_the_state_follows_from_reviews(
    published: int | None,
    reviewed: datetime | None,
    retired: datetime | None,
    state: str,
    due: bool,
) -> None:
    assert standing(published, reviewed, retired, TERMS) == (state, due)


def test_no_review_is_too_old_unless_the_policy_says_so() -> None:
    terms = terms_at(POLICY, NOW)
    assert (terms.due, terms.retired) == (None, None)
    assert terms.window == POLICY.follow_up.window.watch_for
    assert standing(1, NOW - 9_999 * DAY, None, terms) == ("published", False)
    ruled = POLICY.model_copy(update={"knowledge": rules(review_after="180d", retire_after="1w")})
    assert terms_at(ruled, NOW)[1:] == (NOW - 180 * DAY, NOW - 7 * DAY)


def rules(**given: Any) -> KnowledgeRules:
    return KnowledgeRules.model_construct(
        **{name: KnowledgeRules(**{name: value}).__dict__[name] for name, value in given.items()}
    )


def test_it_is_due_before_it_is_retired() -> None:
    with pytest.raises(ValidationError, match="must not be shorter than review_after"):
        KnowledgeRules.model_validate({"review_after": "5w", "retire_after": "4w"})


def test_whom_the_policy_names_reviews() -> None:
    person = next(iter(POLICY.people))
    assert review_refused(POLICY, "anybody") == ""
    named = POLICY.model_copy(update={"knowledge": KnowledgeRules(reviewers=(person,))})
    assert review_refused(named, person) == ""
    assert review_refused(named, "anybody") == (
        f"anybody does not review articles: the policy's `knowledge.reviewers` are {person}"
    )


@pytest.mark.parametrize(
    ("symptom", "fix", "why"),
    [
        ("slow", "restart", ""),
        ("slow", "", "it has no fix yet"),
        ("", "", "it has no symptom and no fix yet"),
    ],
)
def test_what_is_published_says_when_it_helps_and_how(symptom: str, fix: str, why: str) -> None:
    assert not_ready(ArticleText(title="x", symptom=symptom, fix=fix)) == why
