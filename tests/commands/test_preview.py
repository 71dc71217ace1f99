"""`preview`: what a page would say, in each form, before anybody is woken with it."""

import json
from pathlib import Path

import pytest

from standfast.commands.failures import UsageError
from standfast.commands.preview import _forms, _previews
from standfast.hosting.settings import Settings
from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.confidentiality import Confidential
from standfast.incidents.notification import Purpose
from standfast.policy import Policy
from standfast.policy.teams import Person
from tests.decisions.small_policy import SMALL
from tests.records.samples import incident

POLICY = Policy.model_validate(SMALL)
WHO = next(iter(POLICY.people))
PERSON = Person.model_validate(
    {
        "name": "Dee",
        "channels": {"pager": "outbox://", "phone": "ntfy://host/topic", "call": "secret:NONE"},
    }
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, public_url="https://standfast.example")


def test_an_sms_says_how_long_it_is_and_has_a_link_as_long_as_a_real_one(
    settings: Settings,
) -> None:
    view = incident(outcome=None)
    [by_code, by_link] = _previews(view, ChannelForm.SMS, WHO, Purpose.PAGE, POLICY, settings)
    assert by_link.body.startswith("P2 Printer on fire.")
    assert f"https://standfast.example/p/{'x' * 42}" in by_link.body
    assert by_link.length.endswith("characters in GSM-7: 1 SMS")
    assert json.loads(by_link.model_dump_json())["form"] == "sms"
    assert (by_code.answered, by_link.answered) == ("by its code", "")
    assert by_code.body.endswith("Reply A 4711 to acknowledge")


def test_a_call_says_its_keys_in_the_words_of_the_policy(settings: Settings) -> None:
    german = {"replies": {"voice": "Die {acknowledge} nimmt an."}}
    policy = Policy.model_validate(SMALL | {"pages": german})
    view = incident(outcome=None)
    [shown] = _previews(view, ChannelForm.VOICE, WHO, Purpose.PAGE, policy, settings)
    assert shown.body.endswith("Die 1 nimmt an.")
    assert "INC-" not in shown.body
    # What people only hear, and what nobody could answer, has none.
    [news] = _previews(view, ChannelForm.VOICE, WHO, Purpose.OVER, policy, settings)
    private = settings.model_copy(update={"public_url": None})
    [alone] = _previews(view, ChannelForm.VOICE, WHO, Purpose.PAGE, policy, private)
    assert news.answered == alone.answered == ""
    assert "nimmt an" not in news.body + alone.body


def test_that_it_is_taken(settings: Settings) -> None:
    view = incident(outcome=None, acknowledged_by="george")
    [shown] = _previews(view, ChannelForm.PUSH, WHO, Purpose.TAKEN, POLICY, settings)
    assert shown.title == "george has it, 40 s ago"


@pytest.mark.parametrize("form", ChannelForm)
def test_of_a_confidential_one_it_shows_what_goes_out(
    settings: Settings, form: ChannelForm
) -> None:
    view = incident(outcome=None, confidential=Confidential(by="ana"))
    for shown in _previews(view, form, WHO, Purpose.PAGE, POLICY, settings):
        assert "Printer" not in shown.title + shown.body


def test_a_channel_is_named_by_its_form_or_as_the_person_names_it() -> None:
    assert _forms("", PERSON) == [(form, False) for form in ChannelForm]
    assert _forms("sms", PERSON) == [(ChannelForm.SMS, False)]
    assert _forms("pager", PERSON) == [(ChannelForm.MAIL, False)]
    assert _forms("phone", PERSON) == [(ChannelForm.PUSH, True)], "its button has the link"
    with pytest.raises(UsageError, match="STANDFAST_SECRET_NONE is not set here"):
        _forms("call", PERSON)
    with pytest.raises(UsageError, match="write push, sms, voice, mail, chat, or one of theirs"):
        _forms("pigeon", PERSON)
