"""What SMS ask: a code, and what to do, in people's own order and spelling."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.incidents.actions import Action
from standfast.intake.sms_words import SmsWords

WORDS = SmsWords(
    {
        Action.ACKNOWLEDGE: ("ack", "acknowledge", "übernehme"),
        Action.ESCALATE: ("escalate",),
        Action.DECLINE: ("not me", "not"),
        Action.RESOLVE: ("resolved",),
    }
)

ASKED = {
    "4711": (Action.ACKNOWLEDGE, {}),
    " 4711. ": (Action.ACKNOWLEDGE, {}),
    "4711?": None,
    "A 4711": (Action.ACKNOWLEDGE, {}),
    "a4711": (Action.ACKNOWLEDGE, {}),
    "A-4711 on my way": (Action.ACKNOWLEDGE, {}),
    "E4711: needs the vendor": (Action.ESCALATE, {"reason": "needs the vendor"}),
    "Ack4711": (Action.ACKNOWLEDGE, {}),
    "INC4711": None,
    "port-4711": None,
    "\u200e4711\u200f": (Action.ACKNOWLEDGE, {}),
    "\u2068A\u2069 ٤٧١١": (Action.ACKNOWLEDGE, {}),
    "a 4711 👍": (Action.ACKNOWLEDGE, {}),
    "4711 👎": None,
    "Liked “P1 Mail is down. Reply A 4711 to acknowledge”": None,
    "4711: You have it: paging has stopped.": None,
    "4711 a": (Action.ACKNOWLEDGE, {}),
    "4711 a new disk failed": None,
    "Ack 4711 on my way": (Action.ACKNOWLEDGE, {}),
    "4711 ack, on my way": (Action.ACKNOWLEDGE, {}),
    "4711 ack it later": None,
    "ack 4711? who is this": None,
    "ÜBERNEHME 4711": (Action.ACKNOWLEDGE, {}),
    "４７１１ ａｃｋ": (Action.ACKNOWLEDGE, {}),
    "E 4711": (Action.ESCALATE, {}),
    "escalate 4711: needs the vendor": (Action.ESCALATE, {"reason": "needs the vendor"}),
    "n 4711": (Action.DECLINE, {}),
    "Not me! 4711, I am in a train": (Action.DECLINE, {"reason": "I am in a train"}),
    "4711 resolved: restarted host 0815 at 2200": (
        Action.RESOLVE,
        {"summary": "restarted host 0815 at 2200"},
    ),
    "R 4711 new disk": (Action.RESOLVE, {"summary": "new disk"}),
    "resolved 4711": (Action.RESOLVE, {}),
    "4711 resolved but it is back": None,
    "I cannot ack 4711": None,
    "acknowledged? 4711": None,
    "who is this? 4711": None,
    "Another 4711": None,
    "I'm driving with Do Not Disturb on. I'll call 4711 later": None,
    "who is on call?": None,
    " . ": None,
}


@pytest.mark.parametrize(("text", "asked"), ASKED.items())
def test_what_an_sms_asks(text: str, asked: tuple[Action, dict[str, str]] | None) -> None:
    assert WORDS.asked(text, "4711") == asked


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        ("4711", ["4711"]),
        ("ack", []),
        ("47110 or 471", []),
        ("12/4711 a-4711 4711-a 1.4711", []),
        ("1111 2222 3333 4444", ["1111", "2222", "3333"]),
    ],
)
def test_which_numbers_may_be_a_code(text: str, codes: list[str]) -> None:
    assert WORDS.codes_in(text) == codes


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=300), st.integers(0, 9999))
def test_whatever_is_sent_is_read(text: str, number: int) -> None:
    code = f"{number:04}"
    assert len(WORDS.codes_in(text)) <= 3
    for sent in (text, f"{text} {code}", f"{code} {text}"):
        asked = WORDS.asked(sent, code)
        assert asked is None or asked.action in Action
