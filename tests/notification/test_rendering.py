"""The ways to answer that a message gets: a link and a reply address of one person and page."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from standfast.hosting.links import message_links
from standfast.hosting.settings import Settings
from standfast.incidents.actions import Action
from standfast.incidents.assessment import Priority
from standfast.incidents.channel_form import ChannelForm
from standfast.incidents.message_content import SECRET, MessageContent
from standfast.incidents.notification import HeldPage, Notification, Purpose
from standfast.incidents.notification_texts import digest_content
from standfast.incidents.paged import ANSWERS
from standfast.intake.page_links import BY_MAIL, PATH, PageLinks
from standfast.notification.errors import Undeliverable
from standfast.notification.outgoing_message import OutgoingMessage
from standfast.notification.rendering import Links, Renderer
from standfast.phone.keys import KEY_OF
from standfast.policy_file.source import PolicySource
from tests.http_sink import HttpSink
from tests.notification.office import Office, page
from tests.notification.test_wording import AT, ID, MAIL_IS_DOWN
from tests.stories.company import write_policy

NOTHING: Mapping[str, str] = {}
PUBLIC = "https://standfast.example"
KEY = "k" * 64
OTHER = "INC-AAAAAAAAAA"
TOKEN = PageLinks([KEY.encode()]).token(ID, 1, "ana", AT)
REPLY = "mail:\n  reply_address: help@storyville.example\n"


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    return write_policy(tmp_path / "policy.yaml", "127.0.0.1:9", tmp_path)


def rendered(
    policy: Path,
    form: ChannelForm,
    purpose: Purpose = Purpose.PAGE,
    content: MessageContent = MAIL_IS_DOWN,
    *,
    is_mail: bool = False,
    own_channel: str = "",
    reply_by: Mapping[str, str] = NOTHING,
    **settings: Any,
) -> OutgoingMessage:
    given: dict[str, Any] = {
        "public_url": PUBLIC,
        "signing_key": KEY,
        "data_dir": policy.parent,
    } | settings
    links = message_links(Settings(**given), f"{PUBLIC}/incidents/{{incident}}")
    message = Notification(
        key=f"{ID}:1:{purpose}-1:1",
        incident_id=ID,
        purpose=purpose,
        recipient="ana",
        priority="P1",
        content=content,
    )
    renderer = Renderer(PolicySource(policy), links)
    return renderer.render(
        message, form, AT, reply_by=reply_by, is_mail=is_mail, own_channel=own_channel
    )


def test_each_page_has_its_link(policy: Path) -> None:
    link = f"{PUBLIC}{PATH}{TOKEN}"
    for form in (ChannelForm.PUSH, ChannelForm.SMS, ChannelForm.MAIL):
        page = rendered(policy, form)
        assert (page.page_link, page.reply_to, link in page.body) == (link, "", True), form
    assert link in rendered(policy, ChannelForm.MAIL, content=SECRET).body
    for purpose in (Purpose.TELL, Purpose.APPROVE, Purpose.TAKEN):
        assert not rendered(policy, ChannelForm.PUSH, purpose).page_link
    elsewhere = rendered(
        policy, ChannelForm.PUSH, public_url=None, link="https://x.example/{incident}"
    )
    assert not elsewhere.page_link


def test_a_page_to_a_channel_of_one_s_own_has_a_link_that_ends_with_it(policy: Path) -> None:
    token = PageLinks([KEY.encode()]).token(ID, 1, "ana", AT, "CH-1")
    page = rendered(policy, ChannelForm.PUSH, own_channel="CH-1")
    assert (page.page_link, token == TOKEN) == (f"{PUBLIC}{PATH}{token}", False)


def test_a_digest_has_the_link_of_each_page_that_stands() -> None:
    pages = [HeldPage(f"{id_}:1:page-1:1", id_, Priority.P2, "Mail is down") for id_ in (ID, OTHER)]
    link = f"{PUBLIC}{PATH}{TOKEN}"
    content = digest_content("desk", pages, {OTHER: "recovered"}, {ID: link, OTHER: "not this"})
    assert content.evidence[0].endswith(f"Mail is down {link}")
    assert "not this" not in "".join(content.evidence)


def test_a_page_by_mail_says_how_to_reply_and_where(policy: Path) -> None:
    policy.write_text(f"{policy.read_text()}\n{REPLY}")
    assert not rendered(policy, ChannelForm.MAIL).reply_to, "such as a file"
    page = rendered(policy, ChannelForm.MAIL, is_mail=True)
    tag = PageLinks([KEY.encode()], purpose=BY_MAIL).token(ID, 1, "ana", AT)
    assert (page.answer_tag, page.reply_to) == (tag, f"help+{tag}@storyville.example")
    assert "Reply with “ack”, “not me”, “escalate”, “resolved: …”." in page.body
    confidential = rendered(policy, ChannelForm.MAIL, content=SECRET, is_mail=True)
    assert "Reply with “ack”." in confidential.body, "nothing else would be done"
    call = rendered(policy, ChannelForm.VOICE, content=SECRET, reply_by=KEY_OF)
    assert call.body.endswith("Press 1 to acknowledge, 9 to repeat.")
    assert [each.action for each in page.buttons] == [*ANSWERS, None]
    assert [each.action for each in confidential.buttons] == [Action.ACKNOWLEDGE, None]
    for form in (ChannelForm.PUSH, ChannelForm.SMS):
        assert not rendered(policy, form).reply_to
    assert not rendered(policy, ChannelForm.MAIL, Purpose.TELL, is_mail=True).reply_to

    own = f"{policy.read_text()}\nanswers: {{acknowledge: übernehme, decline: [], escalate: []}}\n"
    policy.write_text(own)
    words = "Reply with “übernehme”, “resolved: …”."
    assert words in rendered(policy, ChannelForm.MAIL, is_mail=True).body


def test_buttons_and_the_reply_by_mail_say_what_the_policy_says(policy: Path) -> None:
    buttons = "  buttons: {acknowledge: Ich, open: Ansehen}\n"
    own = f"pages:\n{buttons}  replies: {{mail: 'Antwort {{answers}}'}}"
    policy.write_text(f"{policy.read_text()}\n{REPLY}{own}\n")
    page = rendered(policy, ChannelForm.MAIL, is_mail=True)
    assert "Antwort “ack”, “not me”, “escalate”, “resolved: …”" in page.body
    labels = [each.label for each in page.buttons]
    assert labels == ["Ich", "Not me: next", "Escalate", "Ansehen"]


async def test_every_try_of_a_page_has_the_same_link(office: Office, phone: HttpSink) -> None:
    """A later try is another activity, at another time; the message is the same."""
    asked_at = datetime(2026, 11, 30, 2, 13, tzinfo=UTC)
    message = page(content=MessageContent(what="Mail is down"), asked_at=asked_at)
    links = Links(page=lambda *asked: f"https://s.example/p/{asked[3].isoformat()}")
    phone.status = 500
    delivery = office.delivery(f"json://{phone.address}", links=links)
    with pytest.raises(Undeliverable):
        await delivery.deliver(message, asked_at)
    phone.status = 200
    await delivery.deliver(message, asked_at + timedelta(minutes=1))
    first, second = (request.json["message"] for request in phone.requests)
    assert first == second
    assert f"https://s.example/p/{asked_at.isoformat()}" in first
