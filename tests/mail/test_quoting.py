"""What of a reply is the sender's own, in the languages and forms of many mail programs."""

import pytest

from standfast.incidents.resolution import Verdict
from standfast.mail.html_text import text_of_html
from standfast.mail.mail import Mail
from standfast.mail.quoting import own_words, strip_quotes
from standfast.mail.verdict import verdict_in
from standfast.policy.mail import MailRules
from tests.mail.odd_replies import Reply
from tests.mail.replies import OUTLOOK, REPLIES


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: reply.name)
def test_own_words(reply: Reply) -> None:
    text = text_of_html(reply.text) if reply.is_html else reply.text
    assert strip_quotes(text) == reply.own


@pytest.mark.parametrize("language", OUTLOOK)
def test_a_reply_from_outlook_confirms(language: str) -> None:
    """twentyhq/twenty#25315: the header block in Danish, Polish and other languages."""
    reply = next(one for one in REPLIES if one.name == f"outlook {language}")
    assert verdict_in(strip_quotes(reply.text), MailRules()) is Verdict.RESOLVED


@pytest.mark.parametrize(
    "prefix", ["Fwd: ", "FW: ", "WG: ", "TR: ", "RV: ", "Doorst: ", "İLT: ", "PD: ", "转发: "]
)
def test_what_somebody_forwards_is_what_they_say(prefix: str) -> None:
    reply = next(one for one in REPLIES if one.name == "outlook de")
    assert own_words(Mail(subject=f"{prefix}Lift", text=reply.text)) == reply.text
    assert own_words(Mail(subject="Re: Fwd: Lift", text=reply.text)) == reply.own
