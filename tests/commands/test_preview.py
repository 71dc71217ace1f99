"""`preview`: what a page would say, in each form, before anybody is woken with it."""

import json
from pathlib import Path

import pytest

from standfast.commands.failures import UsageError
from standfast.commands.preview import _forms, _preview
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
    {"name": "Dee", "channels": {"pager": "outbox://", "phone": "ntfy://host/topic"}}
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path, public_url="https://standfast.example")


def test_an_sms_says_how_long_it_is_and_has_a_link_as_long_as_a_real_one(
    settings: Settings,
) -> None:
    shown = _preview(incident(outcome=None), ChannelForm.SMS, WHO, Purpose.PAGE, POLICY, settings)
    assert shown.body.startswith("P2 Printer on fire.")
    assert f"https://standfast.example/p/{'x' * 42}" in shown.body
    assert shown.length.endswith("characters in GSM-7: 1 SMS")
    assert json.loads(shown.model_dump_json())["form"] == "sms"


def test_that_it_is_taken(settings: Settings) -> None:
    view = incident(outcome=None, acknowledged_by="george")
    shown = _preview(view, ChannelForm.PUSH, WHO, Purpose.TAKEN, POLICY, settings)
    assert shown.title == "george has it, 40 s ago"


@pytest.mark.parametrize("form", ChannelForm)
def test_of_a_confidential_one_it_shows_what_goes_out(
    settings: Settings, form: ChannelForm
) -> None:
    view = incident(outcome=None, confidential=Confidential(by="ana"))
    shown = _preview(view, form, WHO, Purpose.PAGE, POLICY, settings)
    assert "Printer" not in shown.title + shown.body


def test_a_channel_is_named_by_its_form_or_as_the_person_names_it() -> None:
    assert _forms("", PERSON) == tuple(ChannelForm)
    assert _forms("sms", PERSON) == (ChannelForm.SMS,)
    assert _forms("pager", PERSON) == (ChannelForm.MAIL,)
    assert _forms("phone", PERSON) == (ChannelForm.PUSH,)
    with pytest.raises(UsageError, match="write push, sms, voice, mail, chat, or one of theirs"):
        _forms("pigeon", PERSON)
