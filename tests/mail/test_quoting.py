"""What of a reply is the sender's own, in the languages and forms of many mail programs."""

import pytest

from standfast.mail.html_text import text_of_html
from standfast.mail.quoting import strip_quotes
from tests.mail.odd_replies import Reply
from tests.mail.replies import REPLIES


@pytest.mark.parametrize("reply", REPLIES, ids=lambda reply: reply.name)
def test_own_words(reply: Reply) -> None:
    text = text_of_html(reply.text) if reply.is_html else reply.text
    assert strip_quotes(text) == reply.own
