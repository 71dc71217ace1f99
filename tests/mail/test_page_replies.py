"""What a reply to a page asks, in people's own words."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.incidents.actions import ACTIONS, Action
from standfast.mail.page_replies import reply_in
from standfast.messages.clean_text import clean
from standfast.policy.answers import AnswerWords, broken_answers

WORDS = AnswerWords()
A = Action

ANSWERS = [
    ("ack", A.ACKNOWLEDGE, {}, ""),
    ("Hi all,\n\nACK!\n", A.ACKNOWLEDGE, {}, ""),
    ("Thanks, ack", None, {}, ""),
    ("I\u2019ve got it, thanks", A.ACKNOWLEDGE, {}, "thanks"),
    ("on it - looking at the switch\nand log", A.ACKNOWLEDGE, {}, "looking at the switch\nand log"),
    ("not me: on a train", A.DECLINE, {"reason": "on a train"}, ""),
    ("Next please", A.DECLINE, {"reason": ""}, ""),
    ("escalate, needs the vendor", A.ESCALATE, {"reason": "needs the vendor"}, ""),
    ("Please escalate.", A.ESCALATE, {"reason": ""}, ""),
    ("resolved: restarted it", A.RESOLVE, {"summary": "restarted it"}, ""),
    ("Resolved\n\nNew certificate.", A.RESOLVE, {"summary": "New certificate."}, ""),
    ("done", A.RESOLVE, {"summary": ""}, ""),
    ("resolved, but it is back", None, {}, ""),
    ("ack?", None, {}, ""),
    ("I cannot ack", None, {}, ""),
    ("We see the same here.\nack", None, {}, ""),
    ("acknowledgement", None, {}, ""),
    ("", None, {}, ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "action", "given", "comment"), ANSWERS)
def test_what_it_asks(
    text: str, action: Action | None, given: dict[str, object], comment: str
) -> None:
    found = reply_in(text, WORDS)
    assert (found and found.action) == action
    if found:
        assert (found.given, found.comment) == (given, comment)


def test_the_words_are_the_policy_s() -> None:
    words = AnswerWords(acknowledge="übernehme", resolve=["erledigt"], decline=[], escalate=[])
    assert reply_in("Übernehme", words) == (A.ACKNOWLEDGE, {}, "")
    assert reply_in("Erledigt: neu gestartet", words) == (
        A.RESOLVE,
        {"summary": "neu gestartet"},
        "",
    )
    assert reply_in("ack", words) is reply_in("not me", words) is None
    assert not list(broken_answers(WORDS))
    twice = AnswerWords(decline=["Not  me", "ne*"], escalate="not me")
    assert dict(broken_answers(twice)) == {
        "answers.decline.1": "'ne*' has a `*`: an answer is these words and no others",
        "answers.escalate.0": "'not me' is among the words of `decline` too",
    }


def test_each_kind_of_words_is_an_action() -> None:
    assert set(WORDS.by_action) <= set(ACTIONS)


@settings(max_examples=150)
@given(st.text(), st.sampled_from(["", "ack:", "done:", "not me:", "escalate:"]))
def test_whatever_it_says_its_action_can_be_read(text: str, before: str) -> None:
    found = reply_in(before + text, WORDS)
    if found and (found.action is not A.RESOLVE or clean(str(found.given["summary"]))):
        assert ACTIONS[found.action].payload.model_validate({"by": "ana", **found.given})
