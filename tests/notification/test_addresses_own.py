"""Whom a message reaches by channels that they have added themselves, and in which order."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from standfast.incidents.assessment import Priority
from standfast.incidents.message_content import MessageContent
from standfast.incidents.notification import Notification
from standfast.incidents.own_channel import OwnChannel, PagingRules
from standfast.notification.channels import Channels
from standfast.notification.delivery import MessageDelivery
from standfast.notification.kinds.kind import KindContext
from standfast.notification.ledger import DeliveryLedger
from standfast.notification.rendering import NO_LINKS, Links
from standfast.policy_file.source import PolicySource
from standfast.records.own_channels import CodeState
from standfast.records.store import RecordStore
from tests.decisions.small_policy import SMALL
from tests.empty_records import empty_records
from tests.notification.office import page, to_reporter

METHODS = {"push": "outbox://file/{topic}", "mail": "outbox://file/?to={address}"}


class Place:
    """Dee, whom the policy reaches by phone, and the record store of her own channels."""

    def __init__(self, place: Path) -> None:
        self.place = place
        self.records = RecordStore(empty_records(place / "records.db"))

    def sets(self, **rules: Any) -> None:
        self.records.own_channels.set_rules("dee", PagingRules.model_validate(rules))

    def adds(self, name: str, address: str, *, verified: bool = True) -> OwnChannel:
        kept = self.records.own_channels
        channel = kept.add("dee", name, name, address)
        assert channel
        if verified:
            kept.open_code(channel.id, "123456")
            assert kept.verify("dee", channel.id, "123456") is CodeState.RIGHT
        return channel

    async def channel_for(
        self,
        message: Notification,
        methods: Mapping[str, str] | None = None,
        phone: str = "outbox://",
        records: RecordStore | None = None,
        links: Links = NO_LINKS,
    ) -> str:
        policy = SMALL | {
            "people": SMALL["people"] | {"dee": {"name": "Dee", "channels": {"phone": phone}}},
            "contact_methods": METHODS if methods is None else methods,
            "reporters": {"channels": {"letter": "outbox://"}},
        }
        path = self.place / "policy.yaml"
        path.write_text(yaml.safe_dump(policy, sort_keys=False))
        source = PolicySource(path)
        context = KindContext(self.place / "outbox.jsonl", {}, records or self.records)
        ledger = DeliveryLedger(source, self.records)
        delivery = MessageDelivery(source, Channels(source, context), ledger, links)
        return (await delivery.deliver(message, datetime.now(UTC))).channel


@pytest.fixture
def dee(tmp_path: Path) -> Iterator[Place]:
    place = Place(tmp_path)
    place.adds("mail", "dee@fernhill.example")
    place.adds("push", "dee-7f3k2qxwm4tz5b")
    yield place
    place.records.close()


async def test_without_rules_the_policys_channels_come_first(dee: Place) -> None:
    assert await dee.channel_for(page()) == "phone"
    assert await dee.channel_for(page("INC-A:1:page-2:1"), phone="nonsense") == "mail"


async def test_rules_say_which_comes_first_by_urgency(dee: Place) -> None:
    dee.sets(high=[{"through": "push"}], low=[{"through": "mail"}])
    assert await dee.channel_for(page()) == "push"
    low = page("INC-A:1:page-2:1", priority=Priority.P5)
    assert await dee.channel_for(low) == "mail"


async def test_the_link_of_a_page_is_for_the_channel_of_ones_own_that_it_goes_to(
    dee: Place,
) -> None:
    made: list[str] = []

    def link(*given: object) -> str:
        made.append(str(given[-1]))
        return "https://standfast.example/p/abc"

    links = Links(page=link)
    content = MessageContent(what="Mail is down")
    push = dee.records.own_channels.of("dee").channels[1]
    assert await dee.channel_for(page(content=content), links=links) == "phone"
    dee.sets(high=[{"through": "push"}])
    again = page("INC-A:1:page-2:1", content=content)
    assert await dee.channel_for(again, links=links) == "push"
    assert made == ["", push.id]


async def test_a_step_that_names_channels_counts_for_more(dee: Place) -> None:
    dee.sets(high=[{"through": "push"}])
    assert await dee.channel_for(page(through=("mail", "phone"))) == "mail"
    gone = page("INC-A:1:page-2:1", through=("pager",))
    assert await dee.channel_for(gone) == "push", "none of them is left"


async def test_what_is_not_verified_is_never_used(tmp_path: Path) -> None:
    place = Place(tmp_path)
    place.adds("push", "dee-7f3k2qxwm4tz5b", verified=False)
    place.sets(high=[{"through": "push"}])
    assert await place.channel_for(page(through=("push",))) == "phone"
    place.records.close()


async def test_what_the_policy_does_not_offer_any_more_is_not_used(dee: Place) -> None:
    dee.sets(high=[{"through": "push"}])
    assert await dee.channel_for(page(), methods={"mail": METHODS["mail"]}) == "phone"
    assert await dee.channel_for(page("INC-A:1:page-2:1"), methods={}) == "phone"


async def test_without_the_record_store_the_policys_channels_are_used(
    dee: Place, tmp_path: Path
) -> None:
    dee.sets(high=[{"through": "push"}])
    away = RecordStore(f"sqlite:///{tmp_path}/policy.yaml/records.db")
    assert await dee.channel_for(page(), records=away) == "phone"


async def test_a_reporter_of_that_name_is_somebody_else(dee: Place) -> None:
    assert await dee.channel_for(to_reporter("dee")) == "letter"
