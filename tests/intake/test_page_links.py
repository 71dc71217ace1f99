"""By what a page is answered, and that nothing else passes for it."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.intake.answer_tags import AnswerTags, NotAnAnswer, tag_in
from standfast.intake.page_links import (
    BY_MAIL,
    LENGTH,
    LIFETIME,
    ExpiredPageLink,
    InvalidPageLink,
    PageLinks,
    incident_of,
    page_token_in,
    without_tokens,
)
from standfast.policy.mail import LONGEST_REPLY_BOX, MailRules

KEY, OTHER_KEY = b"k" * 64, b"o" * 64
INCIDENT = "INC-7F3K2QXWM4"
PEOPLE = ("ana", "george", "the-whole-night-shift-of-fernhill-and-storyville")
NOON = datetime(2026, 11, 24, 12, 0, 0, 123456, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
LINKS = PageLinks([KEY], "https://standfast.example/")
TOKEN = LINKS.token(INCIDENT, 2, "george", NOON)


def refusal(token: str, people: tuple[str, ...] = PEOPLE, links: PageLinks = LINKS) -> str:
    with pytest.raises(InvalidPageLink) as refused:
        links.read(token, people, LATER)
    return str(refused.value)


def test_it_is_read_in_any_case_as_what_it_was_made_for() -> None:
    for token in (TOKEN, TOKEN.upper(), page_token_in(TOKEN.title())):
        claim = LINKS.read(token, PEOPLE, LATER)
        assert (claim.incident_id, claim.episode, claim.person) == (INCIDENT, 2, "george")
        assert timedelta() <= claim.asked_at - NOON < timedelta(milliseconds=1)
    assert incident_of(TOKEN) == INCIDENT
    assert LINKS.link(TOKEN) == f"https://standfast.example/p/{TOKEN}"
    assert PageLinks([KEY]).link(TOKEN) == ""


def test_it_fits_into_a_message_and_an_address_whoever_it_is_for() -> None:
    for person in PEOPLE:
        token = LINKS.token(INCIDENT, 9_999, person, NOON)
        assert len(token) == LENGTH
        box = "x" * LONGEST_REPLY_BOX
        address = MailRules(reply_address=f"{box}@fernhill.example").reply_to(token)
        assert len(address.partition("@")[0]) <= 64
        assert LINKS.read(token, PEOPLE, LATER).person == person


def test_one_to_a_channel_of_one_s_own_ends_with_that_channel() -> None:
    """And it is as long as every other."""
    token = LINKS.token(INCIDENT, 2, "george", NOON, "CH-1")
    assert len(token) == LENGTH
    own = {"george": ("CH-2", "CH-1"), "ana": ("CH-3",)}
    assert LINKS.read(token, PEOPLE, LATER, own).person == "george"
    assert LINKS.read(TOKEN, PEOPLE, LATER, own).person == "george", "one to the policy's"
    for others in ({}, {"george": ("CH-2",)}, {"ana": ("CH-1",)}):
        with pytest.raises(InvalidPageLink, match="a channel that they have removed"):
            LINKS.read(token, PEOPLE, LATER, others)
    with pytest.raises(InvalidPageLink, match="somebody who is not paged here any more"):
        LINKS.read(token, ("ana",), LATER, own)


def test_it_ends_with_its_time_its_person_and_its_key() -> None:
    with pytest.raises(ExpiredPageLink, match="could be answered for 3 d, until 2026-11-27"):
        LINKS.read(TOKEN, PEOPLE, NOON + LIFETIME + timedelta(seconds=1))
    assert "not paged here any more" in refusal(TOKEN, ("ana",))
    assert "not made here" in refusal(TOKEN, links=PageLinks([OTHER_KEY]))
    assert PageLinks([OTHER_KEY, KEY]).read(TOKEN, PEOPLE, LATER).person == "george"
    assert "incomplete" in refusal(TOKEN[:-1])


def test_the_address_for_a_reply_does_not_open_the_link() -> None:
    by_mail = PageLinks([KEY], purpose=BY_MAIL)
    token = by_mail.token(INCIDENT, 2, "george", NOON)
    assert by_mail.read(token, PEOPLE, LATER) == LINKS.read(TOKEN, PEOPLE, LATER)
    assert "not made here" in refusal(token)
    assert "not made here" in refusal(TOKEN, links=by_mail)


def test_a_page_that_is_quoted_gives_no_token_away() -> None:
    quoted = f"ack\n{LINKS.link(TOKEN)}\nTo: help+{TOKEN.upper()}@fernhill.example\n1 + {TOKEN}"
    assert without_tokens(quoted) == (
        "ack\nhttps://standfast.example/p/…\nTo: help+…@fernhill.example\n1 + " + TOKEN
    )


def test_what_is_signed_for_another_purpose_is_no_token() -> None:
    tags = AnswerTags([KEY])
    tag = tags.tag(INCIDENT, 2, "george", NOON)
    assert page_token_in(tag) == ""
    refusal(tag)
    assert tag_in(TOKEN) == ""
    with pytest.raises(NotAnAnswer):
        tags.claim([TOKEN], "george", LATER)


@settings(max_examples=60)
@given(st.integers(0, len(TOKEN) - 1), st.sampled_from("abcz27-0+"))
def test_no_letter_can_be_changed(place: int, letter: str) -> None:
    changed = TOKEN[:place] + letter + TOKEN[place + 1 :]
    if changed != TOKEN:
        refusal(changed)


@settings(max_examples=100)
@given(st.text(max_size=60) | st.text("abcdefghijklmnopqrstuvwxyz234567", min_size=42, max_size=42))
def test_nothing_made_up_is_a_token(text: str) -> None:
    refusal(text)
