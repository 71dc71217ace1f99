"""What an answer by mail is recognised by, and that nothing else passes for it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.intake.answer_tags import LONGEST, AnswerTags, NotAnAnswer, incident_of, tag_in
from standfast.policy.mail import LONGEST_REPLY_BOX, MailRules

KEY, OTHER_KEY = b"k" * 64, b"o" * 64
INCIDENT, RITA = "INC-7F3K2QXWM4", "rita@storyville.example"
NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
LATER = NOON + timedelta(days=1)
TAGS = AnswerTags([KEY])
TAG = TAGS.tag(INCIDENT, 2, RITA, NOON)


def refusal(tag: str, who: str = RITA, now: datetime = LATER, tags: AnswerTags = TAGS) -> str:
    with pytest.raises(NotAnAnswer) as refused:
        tags.claim([tag], who, now)
    return str(refused.value)


def test_it_is_read_in_any_case_as_what_it_was_made_for() -> None:
    for tag in (TAG, TAG.upper(), TAG.title()):
        claim = TAGS.claim(["", "junk", tag], "Rita@storyville.example", LATER)
        assert (claim.incident_id, claim.episode) == (INCIDENT, 2)
        assert timedelta() <= claim.asked_at - NOON < timedelta(milliseconds=1)
    assert incident_of(tag_in(f"{TAG}@anything")) == INCIDENT


def test_it_is_one_persons_alone() -> None:
    # The last has the Kelvin sign for a k, which Python's lower() takes for one.
    mine = TAGS.tag(INCIDENT, 2, "kim@storyville.example", NOON)
    for who in (RITA, "", "kim@storyville.example.evil.example", "\u212aim@storyville.example"):
        assert refusal(mine, who).startswith("the question that it answers was not asked of")


def test_it_ends_and_another_key_makes_no_good_one() -> None:
    assert "could be answered for 14 d" in refusal(TAG, now=NOON + timedelta(days=15))
    assert "not asked of" in refusal(TAG, tags=AnswerTags([OTHER_KEY]))
    assert AnswerTags([OTHER_KEY, KEY]).claim([TAG], RITA, LATER).episode == 2
    assert refusal("") == "it does not answer a question of ours"


@settings(max_examples=60)
@given(st.integers(0, len(TAG) - 1), st.sampled_from("abcz27-0+"))
def test_no_letter_can_be_changed(place: int, letter: str) -> None:
    changed = TAG[:place] + letter + TAG[place + 1 :]
    if changed != TAG:
        refusal(changed)


def test_it_fits_into_an_address() -> None:
    tag = TAGS.tag(INCIDENT, 9_999, RITA, NOON)
    assert len(tag) == LONGEST
    box = "x" * LONGEST_REPLY_BOX
    rules = MailRules(reply_address=f"{box}@fernhill.example")
    assert len(rules.reply_to(tag).partition("@")[0]) == 64
    with pytest.raises(ValueError, match="at most 19 characters"):
        MailRules(reply_address=f"x{box}@fernhill.example")
