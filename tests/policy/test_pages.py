"""Templates of pages: what may stand in them, and where the policy is told what is wrong."""

import pytest
from pydantic import ValidationError

from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.notification import Purpose
from standfast.phone.keys import KEY_OF
from standfast.policy.pages import IN_REPLIES, PLACEHOLDERS, PageTemplates, Replies, parse

WRONG: list[tuple[dict[str, object], str, str]] = [
    ({"sms": ["{what}", "{answer}", "{whom}"]}, "sms.2", "{whom} is not known here; there are: "),
    ({"sms": ["{what}", "{answer.__class__}"]}, "sms.1", "{answer.__class__} is not known here"),
    ({"sms": ["{what!r}", "{answer}"]}, "sms.0", "is not known here"),
    ({"sms": ["{what:>9999999}", "{answer}"]}, "sms.0", "is not known here"),
    ({"sms": ["{what", "{answer}"]}, "sms.0", "a brace that means itself is doubled"),
    ({"sms": ["{what}"]}, "sms", "needs {answer}: how to answer"),
    ({"mail": ["{answer}"]}, "mail", "needs {what}: what is broken"),
    ({"sms": ["{what} {news}", "{answer}"]}, "sms", "{news} stands only in `news`"),
    ({"voice": ["{what} {incident}", "{answer}"]}, "voice", "{incident} cannot be said aloud"),
    ({"news": {"sms": ["{what}"]}}, "news.sms", "needs {news}"),
    ({"news": {"voice": ["{news}"]}}, "news.voice", "Extra inputs are not permitted"),
    ({"asks": {"page": ""}}, "asks.page", "must not be empty"),
    ({"sms": []}, "sms", "at least 1 item"),
    ({"sms": ["{what}", "{answer}", "{what}"]}, "sms", "has {what} twice"),
    ({"push": ["{what}", f"{'x' * 61} {{answer}}"]}, "push", "have 62 characters beside what is"),
    ({"news": {"sms": [f"{'x' * 61}{{news}}"]}}, "news.sms", "more than 60: it is to fit into 160"),
    ({"replies": {"sms": "Reply ACK"}}, "replies.sms", "needs {code}: what the person sends"),
    ({"replies": {"sms": "{code} {incident}"}}, "replies.sms", "there are: {code}"),
    ({"replies": {"sms": "{code}" + "x" * 80}}, "replies.sms", "at most 80 are allowed"),
    ({"replies": {"voice": "Press 1."}}, "replies.voice", "needs {acknowledge}: the key that ack"),
    ({"replies": {"voice": "{acknowledge} {code}"}}, "replies.voice", "{code} is not known here"),
    ({"replies": {"mail": "ack"}}, "replies.mail", "needs {answers}: the first word of each"),
    ({"replies": {"chat": "x"}}, "replies.chat", "Extra inputs are not permitted"),
    ({"buttons": {"acknowledge": "x" * 31}}, "buttons.acknowledge", "at most 30 are allowed"),
    ({"buttons": {"resolve": "x"}}, "buttons.resolve", "Extra inputs are not permitted"),
]


@pytest.mark.parametrize(("section", "place", "message"), WRONG)
def test_what_is_wrong_is_said_with_its_place(
    section: dict[str, object], place: str, message: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        PageTemplates.model_validate(section)
    [fault] = refused.value.errors()
    assert ".".join(map(str, fault["loc"])) == place
    assert message in fault["msg"]


def test_a_brace_that_means_itself_is_doubled() -> None:
    assert parse("{{{what}}}").filled({"what": "down"}) == "{down}"


def test_what_is_filled_in_is_never_a_template() -> None:
    assert parse("{what}").filled({"what": "{answer} {0.__class__}"}) == "{answer} {0.__class__}"


def test_the_shipped_templates_are_checked_like_any_other() -> None:
    shipped = PageTemplates()
    assert PageTemplates.model_validate(shipped.model_dump(mode="json")) == shipped
    used = {
        name
        for form in ChannelForm
        for purpose in (Purpose.PAGE, Purpose.OVER)
        for part in shipped.template(form, purpose)
        for name in part.placeholders
    }
    assert used == PLACEHOLDERS.keys()


def test_replies_are_in_the_words_of_the_policy() -> None:
    replies = Replies.model_validate({"sms": "Antwort: {code}", "voice": "{acknowledge}: ich"})
    assert replies.words(ChannelForm.SMS, {"code": "0042"}) == "Antwort: 0042"
    assert replies.words(ChannelForm.VOICE, KEY_OF) == "1: ich"
    assert replies.words(ChannelForm.SMS, {}) == replies.words(ChannelForm.MAIL, {}) == ""
    # Each key that there is has its placeholder, and the other way round.
    assert {*KEY_OF, "code", "answers"} == IN_REPLIES.keys()


def test_every_purpose_has_its_words() -> None:
    assert all(PageTemplates().asks.of(purpose) for purpose in Purpose)
