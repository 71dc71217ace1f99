"""What a woken person reads or hears, by the form of the channel."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.message_content import SECRET, MessageContent
from standfast.incidents.notification import Audience, Notification, Purpose
from standfast.notification.sms_text import sms_length
from standfast.notification.wording import NO_WAYS, AnswerWays, Words, worded
from standfast.policy.pages import PageTemplates

ID = "INC-7F3K2QXWM4"
AT = datetime(2026, 11, 30, 2, 13, tzinfo=UTC)
LINK = f"https://standfast.example/p/{'x' * 42}"
WAYS = AnswerWays(link=LINK, console=f"https://standfast.example/incidents/{ID}")
BERLIN = "Europe/Berlin"

MAIL_IS_DOWN = MessageContent(
    what="Mail is down, nobody can send",
    affected="1,200 people",
    since=datetime(2026, 11, 30, 2, 12, tzinfo=UTC),
    others=("kofi", "paul"),
    why="You are on call for it.",
    service="mail",
    reporter="mia@fernhill.example",
    category="software mail",
    evidence=("Since this morning, from everywhere.",),
)
TAKEN = MessageContent(
    what="Mail is down", why="george has it", happened_at=AT - timedelta(seconds=40)
)


def said(
    form: ChannelForm,
    content: MessageContent | None = MAIL_IS_DOWN,
    purpose: Purpose = Purpose.PAGE,
    *,
    ways: AnswerWays = WAYS,
    at: datetime = AT,
    zone: str = BERLIN,
    templates: PageTemplates | None = None,
    **fields: Any,
) -> Words:
    message = Notification(
        key=f"{ID}:1:page-1:1",
        incident_id=ID,
        purpose=purpose,
        recipient="george",
        priority="P1",
        content=content,
        **fields,
    )
    return worded(message, form, templates or PageTemplates(), zone=zone, at=at, ways=ways)


def test_an_sms_is_one_sms_with_the_link_in_it() -> None:
    text = said(ChannelForm.SMS).body
    assert text == (
        "P1 Mail is down, nobody can send. 1,200 people affected. Since 03:12. "
        f"Please acknowledge. {LINK}"
    )
    assert str(sms_length(text)) == "160 characters in GSM-7: 1 SMS"


def test_where_there_is_room_an_sms_says_since_when_and_who_else_was_called() -> None:
    text = said(ChannelForm.SMS, ways=AnswerWays(reply="Reply ACK 17.")).body
    assert text == (
        "P1 Mail is down, nobody can send. 1,200 people affected. Since 03:12. "
        "Please acknowledge. Also called: kofi, paul. Reply ACK 17."
    )


def test_a_push_is_a_title_and_a_line() -> None:
    words = said(ChannelForm.PUSH, ways=AnswerWays())  # its buttons lead to the answer
    assert words.title == "P1 Mail is down, nobody can send"
    assert words.body == (
        "1,200 people affected. Since 03:12. Please acknowledge. Also called: kofi, paul."
    )


def test_a_call_says_no_id_no_command_and_times_as_people_do() -> None:
    content = MAIL_IS_DOWN.model_copy(update={"what": f"Mail ({ID}) is down: https://m.example"})
    ways = AnswerWays(reply="Press 1 to acknowledge.", link=LINK, command=f"standfast show {ID}")
    assert said(ChannelForm.VOICE, content, ways=ways) == (
        "",
        "priority one. Mail is down: a link. 1200 people affected. "
        "Since three twelve in the morning. Please acknowledge. Also called: kofi, paul. "
        "Press 1 to acknowledge.",
    )


def test_a_mail_has_the_whole_with_the_reasons_below() -> None:
    title, body = said(ChannelForm.MAIL)
    assert title == f"P1 Mail is down, nobody can send. Please acknowledge ({ID})"
    assert body.splitlines() == [
        "Affected: 1,200 people",
        "Since: 03:12 CET",
        "Please acknowledge.",
        "Also called: kofi, paul",
        "",
        LINK,
        "",
        "You are on call for it.",
        "",
        "Service: mail",
        "Reported by: mia@fernhill.example",
        "Category: software mail",
        "",
        "Since this morning, from everywhere.",
        "",
        WAYS.console,
    ]


def test_where_nothing_else_answers_a_mail_has_the_command() -> None:
    ways = AnswerWays(command=f"standfast acknowledge {ID} --by YOU")
    assert f"standfast acknowledge {ID} --by YOU" in said(ChannelForm.MAIL, ways=ways).body
    for form in (ChannelForm.PUSH, ChannelForm.SMS, ChannelForm.VOICE):
        assert "standfast" not in "".join(said(form, ways=ways))


SINCE = [
    (timedelta(minutes=1), BERLIN, "03:12"),
    (timedelta(minutes=1), "America/New_York", "21:12"),
    (timedelta(hours=20), BERLIN, "03:12"),
    (timedelta(hours=21), BERLIN, "yesterday 03:12"),
    (timedelta(days=3), BERLIN, "Mon 30 Nov 03:12"),
    (timedelta(days=40), BERLIN, "Mon 30 Nov 2026 03:12"),
    (timedelta(minutes=1), "UTC", "02:12 UTC"),  # not known where they are: so it is said
]


@pytest.mark.parametrize(("later", "zone", "time"), SINCE)
def test_times_are_by_the_clock_where_the_person_is(later: timedelta, zone: str, time: str) -> None:
    at = MAIL_IS_DOWN.since + later if MAIL_IS_DOWN.since else AT
    body = said(ChannelForm.PUSH, ways=AnswerWays(), zone=zone, at=at).body
    assert f"Since {time}." in body


@pytest.mark.parametrize("form", ChannelForm)
@pytest.mark.parametrize("purpose", Purpose)
def test_of_a_confidential_incident_nothing_is_said(form: ChannelForm, purpose: Purpose) -> None:
    words = "".join(said(form, SECRET, purpose))
    assert "Confidential incident: sign in to see it" in words
    for known in (MAIL_IS_DOWN.what, *MAIL_IS_DOWN.evidence):
        assert known not in words


@pytest.mark.parametrize("form", ChannelForm)
@pytest.mark.parametrize("purpose", Purpose)
def test_a_text_is_never_empty_for_services_refuse_that(
    form: ChannelForm, purpose: Purpose
) -> None:
    for content in (SECRET, MessageContent(what="Mail is down")):
        assert said(form, content, purpose, ways=AnswerWays()).body


ALL_CLEAR = [
    (ChannelForm.PUSH, Words("george has it, 40 s ago", "P1 Mail is down")),
    (ChannelForm.SMS, Words("", "george has it, 40 s ago. P1 Mail is down.")),
    (ChannelForm.CHAT, Words("george has it, 40 s ago", f"P1 Mail is down\n{WAYS.console}")),
    (
        ChannelForm.MAIL,
        Words(f"P1 Mail is down. Taken ({ID})", f"george has it, 40 s ago\n\n{WAYS.console}"),
    ),
]


@pytest.mark.parametrize(("form", "words"), ALL_CLEAR)
def test_who_has_it_comes_first(form: ChannelForm, words: Words) -> None:
    assert said(form, TAKEN, Purpose.TAKEN) == words


def test_what_became_worse_stands_beside_the_priority() -> None:
    content = MAIL_IS_DOWN.model_copy(update={"was": "was P4"})
    assert said(ChannelForm.PUSH, content).title == "P1 (was P4) Mail is down, nobody can send"


def test_a_long_title_is_cut_and_stands_whole_in_the_mail() -> None:
    content = MAIL_IS_DOWN.model_copy(update={"what": "Nothing works " * 20})
    title, body = said(ChannelForm.MAIL, content)
    assert title.endswith(f"… Please acknowledge ({ID})")
    assert content.what in body
    text = said(ChannelForm.SMS, content).body
    assert text.startswith("P1 Nothing works Nothing works Nothing")
    assert text.endswith(f"Please acknowledge. {LINK}")
    assert sms_length(text).fits


NOTICE: dict[str, Any] = {
    "title": "Standfast needs you: 2 incidents are stuck",
    "body": "INC-AAAAAAAAAA is stuck",
}


def test_a_notice_has_its_words_already_and_on_a_phone_the_first_of_them() -> None:
    whole = said(ChannelForm.MAIL, None, **NOTICE)
    assert whole == (NOTICE["title"], f"{NOTICE['body']}\n\n{WAYS.console}")
    assert said(ChannelForm.SMS, None, **NOTICE) == ("", NOTICE["title"])
    assert said(ChannelForm.VOICE, None, **NOTICE) == ("", NOTICE["title"])


def test_a_reporter_reads_what_they_always_did_and_by_sms_the_short_of_it() -> None:
    content = MessageContent(
        what="VPN drops", why="george says: replaced the certificate", service="vpn"
    )
    ways = AnswerWays(fixed="https://s.example/c/T?answer=fixed", not_fixed="https://s.example/c/T")
    asked: dict[str, Any] = {"purpose": Purpose.CONFIRM, "audience": Audience.REPORTER}
    title, body = said(ChannelForm.MAIL, content, ways=ways, **asked)
    assert title == f"Is it resolved? P1 VPN drops ({ID})"
    assert body == (
        "george says: replaced the certificate\n\nService: vpn\n\n"
        "Fixed: https://s.example/c/T?answer=fixed\n\nNot fixed: https://s.example/c/T"
    )
    assert said(ChannelForm.SMS, content, ways=ways, **asked).body == (
        "Is it resolved? VPN drops. george says: replaced the certificate https://s.example/c/T"
    )
    news: dict[str, Any] = {"purpose": Purpose.TELL, "audience": Audience.REPORTER}
    told = said(ChannelForm.MAIL, content, ways=AnswerWays(), **news)
    assert told.title == f"For your information: P1 VPN drops ({ID})"


def test_a_sign_of_the_policy_does_not_make_it_two_sms() -> None:
    templates = PageTemplates.model_validate({"sms": ["„{what}“ – {priority}…", "{answer}"]})
    text = said(ChannelForm.SMS, templates=templates).body
    assert text.startswith('"Mail is down, nobody can send" - P1... https://')
    assert sms_length(text).encoding == "GSM-7"


def test_the_policy_has_its_own_words_in_its_own_order() -> None:
    templates = PageTemplates.model_validate(
        {
            "asks": {"page": "Bitte übernehmen"},
            "sms": ["{what}!", "{priority}, {affected}, seit {since}.", "{asked}: {answer}"],
        }
    )
    ways = AnswerWays(reply="ACK 17")
    assert said(ChannelForm.SMS, ways=ways, templates=templates).body == (
        "Mail is down, nobody can send! P1, 1,200 people, seit 03:12. Bitte übernehmen: ACK 17"
    )


@pytest.mark.parametrize(
    ("later", "time"),
    [
        (timedelta(hours=21), "yesterday, three twelve in the morning"),
        (timedelta(days=6), "Monday, three twelve in the morning"),
        (timedelta(days=7), "November 30, three twelve in the morning"),
    ],
)
def test_a_call_names_the_day_of_this_week_and_else_the_date(later: timedelta, time: str) -> None:
    assert f"Since {time}." in said(ChannelForm.VOICE, at=AT + later).body


def test_what_somebody_did_is_cut_so_that_the_news_is_one_sms_and_still_says_of_what() -> None:
    did = "george resolved it: " + "we restarted the queue runner, and then the other one. " * 20
    news = MessageContent(what="Mail is down, nobody can send", why=did)
    text = said(ChannelForm.SMS, news, Purpose.OVER).body
    assert text.startswith("george resolved it: we restarted the queue runner")
    assert text.endswith("... P1 Mail is down, nobody can send.")
    assert sms_length(text).fits
    title, body = said(ChannelForm.PUSH, news, Purpose.OVER)
    assert len(title) + len(body) <= 160
    assert len(said(ChannelForm.VOICE, news, Purpose.OVER).body) <= 600


def test_what_is_broken_and_how_to_answer_stay_where_the_rest_of_their_part_is_not_known() -> None:
    templates = PageTemplates.model_validate(
        {
            "sms": ["{priority} {what} ({service}).", "{others}: {asked}.", "{category} {answer}"],
            "push": ["{service}", "{what} {reporter}", "{answer}"],
        }
    )
    content = MessageContent(what="Mail is down")
    text = said(ChannelForm.SMS, content, templates=templates).body
    assert text == f"P1 Mail is down. {LINK}"
    assert said(ChannelForm.PUSH, content, templates=templates).body == f"Mail is down {LINK}"


def test_words_only_go_before_what_is_needed() -> None:
    templates = PageTemplates.model_validate(
        {"sms": ["Fernhill operations, page. " * 11, "{priority} {what}.", "{asked}.", "{answer}"]}
    )
    assert said(ChannelForm.SMS, templates=templates).body == (
        f"P1 Mail is down, nobody can send. Please acknowledge. {LINK}"
    )


@pytest.mark.parametrize("what", ["Is mail down?", "Mail is down!", "Mail is down ..."])
def test_a_sentence_that_ends_gets_no_second_end(what: str) -> None:
    content = MAIL_IS_DOWN.model_copy(update={"what": what})
    assert f"P1 {what} 1,200" in said(ChannelForm.SMS, content, ways=NO_WAYS).body
    assert f"P1 {what} Please acknowledge (" in said(ChannelForm.MAIL, content).title


@settings(max_examples=100, deadline=None)
@given(
    what=st.text(min_size=1, max_size=300),
    why=st.text(max_size=300),
    others=st.lists(st.text(min_size=1, max_size=30), max_size=10),
    purpose=st.sampled_from(Purpose),
)
def test_whatever_a_reporter_writes_a_page_fits_and_says_how_to_answer(
    what: str, why: str, others: list[str], purpose: Purpose
) -> None:
    content = MessageContent(what=what, why=why, others=tuple(others), affected="a group")
    text = said(ChannelForm.SMS, content, purpose).body
    assert sms_length(text).fits
    title, body = said(ChannelForm.PUSH, content, purpose)
    assert len(title) + len(body) <= 160
    if not (purpose.is_all_clear or purpose is Purpose.TELL):
        assert LINK in text
        assert LINK in body
    for form in ChannelForm:
        assert "\n" not in said(form, content, purpose).title
