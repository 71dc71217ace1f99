"""A person sets up channels of their own: the code, the test page, the limits, the audit log."""

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from standfast.incidents.own_channel import NewOwnChannel, OwnChannel, PagingRules
from standfast.intake.errors import Refused, Unavailable
from standfast.notification.channel_sender import ChannelSender
from standfast.notification.channel_test import Dependencies, listed_channels, send_test
from standfast.notification.errors import TooManyTests, UnknownRecipient
from standfast.notification.kinds.kind import KindContext
from standfast.own_channels.setting_up import OwnChannelSetup
from standfast.policy import Policy
from standfast.records.audit import AuditEvent
from standfast.records.own_channels import MOST_TRIES, TO_ADDRESS
from standfast.records.store import RecordStore
from tests.decisions.small_policy import small_policy
from tests.empty_records import empty_records
from tests.notification.office import closed_port

TOPIC = "ana-7f3k2qxwm4tz5b"
METHODS = {
    "push": "outbox://file/{topic}",
    "sms": {"url": "secret:SMS", "asks_for": "number"},
    "pager": f"json://127.0.0.1:{closed_port()}/{{number}}",
}


class Place:
    """A policy, an outbox that all messages go to, and who sets up what."""

    def __init__(self, place: Path) -> None:
        self.records = RecordStore(empty_records(place / "records.db"))
        self.outbox = place / "outbox.jsonl"
        self.environment: dict[str, str] = {}
        self.sender = ChannelSender(KindContext(self.outbox, self.environment))
        self.policy: Policy = small_policy(contact_methods=METHODS)

    @property
    def needs(self) -> Dependencies:
        return Dependencies(self.policy, self.records, self.sender, self._audit)

    def person(self, name: str = "nia") -> OwnChannelSetup:
        return OwnChannelSetup(name, self.needs)

    async def _audit(self, event: AuditEvent) -> None:
        self.records.audit.record(event)

    def sent(self) -> list[dict[str, str]]:
        if not self.outbox.exists():
            return []
        return [json.loads(line) for line in self.outbox.read_text("utf-8").splitlines()]

    def code(self) -> str:
        [code] = re.findall(r"\d{6}", self.sent()[-1]["title"])
        return str(code)

    def audited(self) -> list[str]:
        return [f"{each.kind} {each.by}" for each in self.records.audit.newest(50)][::-1]


@pytest.fixture
async def place(tmp_path: Path) -> AsyncIterator[Place]:
    place = Place(tmp_path)
    yield place
    place.records.close()


def asked(method: str = "push", address: str = TOPIC, name: str = "") -> NewOwnChannel:
    return NewOwnChannel(method=method, address=address, name=name)


async def verified(place: Place, person: str = "nia", address: str = TOPIC) -> OwnChannel:
    setup = place.person(person)
    added = await setup.add(asked(address=address))
    return await setup.verify(added.id, place.code())


async def test_a_channel_is_added_verified_tested_ordered_and_removed(place: Place) -> None:
    nia = place.person()
    added = await nia.add(asked())
    assert (added.name, added.verified_at) == ("push", None)
    [message] = place.sent()
    assert message["body"].startswith(f"{place.code()} is your code for Standfast at Fernhill.")
    assert "If you did not ask for it, do nothing." in message["body"]
    [shown] = (await nia.shown()).own
    assert shown.problem.startswith("not verified")
    with pytest.raises(Refused, match="is not used: not verified"):
        await nia.test(added.id)

    wrong = f"{(int(place.code()) + 1) % 1_000_000:06}"
    with pytest.raises(Refused, match="not the code"):
        await nia.verify(added.id, wrong)
    spaced = f"{place.code()[:3]} {place.code()[3:]}"
    assert (await nia.verify(added.id, spaced)).verified_at
    await nia.test(added.id)
    assert place.sent()[-1]["title"] == "Test: nothing is wrong"
    assert "the channel push of nia, sent by nia" in place.sent()[-1]["body"]

    rules = PagingRules.model_validate({"high": [{"through": "push"}]})
    await nia.set_rules(rules)
    assert (await nia.shown()).rules == rules
    await nia.remove(added.id)
    assert (await nia.shown()).own == ()
    quiet = {"begins": "22:00", "ends": "07:00", "time_zone": "Europe/Berlin"}
    await nia.set_rules(PagingRules.model_validate({**rules.model_dump(), "quiet": quiet}))
    assert place.audited() == [
        "channel_added nia",
        "channel_verified nia",
        "channel_tested nia",
        "paging_rules_set nia",
        "channel_removed nia",
        "paging_rules_set nia",
    ]
    told = " ".join(each.detail for each in place.records.audit.newest(50))
    assert TOPIC not in told
    assert "push: push an…" in told


async def test_another_code_makes_the_first_one_wrong(place: Place) -> None:
    nia = place.person()
    added = await nia.add(asked())
    first = place.code()
    await nia.send_code(added.id)
    if first != place.code():
        with pytest.raises(Refused, match="not the code"):
            await nia.verify(added.id, first)
    await nia.verify(added.id, place.code())
    with pytest.raises(Refused, match="verified already"):
        await nia.send_code(added.id)


async def test_nobody_touches_what_is_somebody_elses(place: Place) -> None:
    theirs = await verified(place)
    noa = place.person("noa")
    for does in (noa.test, noa.remove, noa.send_code):
        with pytest.raises(Refused, match="you have no channel"):
            await does(theirs.id)
    assert (await noa.shown()).own == ()
    with pytest.raises(Refused, match="nobody called 'mallory'"):
        place.person("mallory")


@pytest.mark.parametrize(
    ("given", "why"),
    [
        (asked("fax"), "the policy offers no 'fax'"),
        (asked(address="alerts"), "address: must be a topic"),
        (asked("pager", "110"), "address: must be a phone number"),
        (asked(name="phone"), "the policy has given you a channel called phone"),
        (asked("sms", "+49301234567"), "STANDFAST_SECRET_SMS is not set here"),
    ],
)
async def test_what_is_refused(place: Place, given: NewOwnChannel, why: str) -> None:
    with pytest.raises(Refused, match=why):
        await place.person().add(given)
    assert place.sent() == []
    assert (await place.person().shown()).own == ()


async def test_a_secret_that_would_lead_elsewhere_is_refused(place: Place) -> None:
    place.environment["STANDFAST_SECRET_SMS"] = "json://{number}/"
    with pytest.raises(Refused, match="must not stand in the name of the host"):
        await place.person().add(asked("sms", "+49301234567"))


async def test_names_are_given_and_unique(place: Place) -> None:
    nia = place.person()
    names = [(await nia.add(asked(address=f"{TOPIC}-{n}"))).name for n in range(2)]
    assert names == ["push", "push-2"]
    with pytest.raises(Refused, match="you have this channel already"):
        await nia.add(asked(address=f"{TOPIC.upper()}-0"))
    with pytest.raises(Refused, match="give this one another name"):
        await nia.add(asked(address=f"{TOPIC}-9", name="push"))


async def test_a_channel_that_takes_nothing_is_told_and_stays_unverified(place: Place) -> None:
    nia = place.person()
    with pytest.raises(Unavailable, match="pager: could not be reached") as told:
        await nia.add(asked("pager", "+49301234567"))
    assert "1234567" not in str(told.value)
    [kept] = (await nia.shown()).own
    assert kept.problem


async def test_strangers_are_not_flooded(place: Place) -> None:
    people = [place.person(name) for name in ("nia", "noa", "nik")]
    for person in people[:TO_ADDRESS]:
        await person.add(asked())
    with pytest.raises(Refused, match="too many codes and test messages were sent: try again in"):
        await place.person("pit").add(asked())
    nia = people[0]
    for number in range(2, 5):
        await nia.add(asked(address=f"{TOPIC}-{number}"))
    [*_, last] = (await nia.shown()).own
    for _ in range(TO_ADDRESS - 1):
        await nia.send_code(last.channel.id)
    with pytest.raises(Refused, match="too many"):
        await nia.send_code(last.channel.id)


async def test_a_code_that_is_not_sent_gives_no_new_tries_and_leaves_the_last_one_good(
    place: Place,
) -> None:
    nia = place.person()
    added = await nia.add(asked())
    for _ in range(TO_ADDRESS - 1):
        await nia.send_code(added.id)
    for _ in range(MOST_TRIES - 1):
        with pytest.raises(Refused, match="not the code"):
            await nia.verify(added.id, "guess")
        with pytest.raises(Refused, match="too many"):
            await nia.send_code(added.id)
    assert (await nia.verify(added.id, place.code())).verified_at

    other = await nia.add(asked(address=f"{TOPIC}-2"))
    for _ in range(MOST_TRIES):
        with pytest.raises(Refused, match="not the code"):
            await nia.verify(other.id, "guess")
    with pytest.raises(Refused, match="wrong 5 times"):
        await nia.verify(other.id, place.code())


async def test_the_same_code_typed_in_two_tabs(place: Place) -> None:
    nia = place.person()
    added = await nia.add(asked())
    code = place.code()
    found = await asyncio.gather(nia.verify(added.id, code), nia.verify(added.id, code))
    assert all(each.verified_at for each in found)
    assert place.audited().count("channel_verified nia") == 1


async def test_rules_name_channels_that_are_used(place: Place) -> None:
    nia = place.person()
    await nia.add(asked())
    unverified = PagingRules.model_validate({"high": [{"through": "push"}]})
    with pytest.raises(Refused, match="no channel 'push' that is used; there are: phone"):
        await nia.set_rules(unverified)
    await nia.set_rules(PagingRules.model_validate({"high": [{"through": "phone"}]}))


async def test_they_are_listed_and_tested_like_the_policys_with_their_addresses_masked(
    place: Place,
) -> None:
    await verified(place)
    await place.person("noa").add(asked(address=f"noa-{TOPIC}"))
    own = [each for each in await listed_channels(place.needs) if each.method]
    assert [(each.person, each.name, each.method, each.address) for each in own] == [
        ("nia", "push", "push", "an…"),
        ("noa", "push", "push", "no…"),
    ]
    assert [each.kind for each in own] == ["outbox", "outbox"]
    assert [each.problem[:12] for each in own] == ["", "not verified"]
    tested = await send_test(place.needs, "nia", "push", "olga")
    assert (tested.problem, place.audited()[-1]) == ("", "channel_tested olga")
    assert "sent by olga" in place.sent()[-1]["body"]
    with pytest.raises(UnknownRecipient, match="noa has no channel called 'push'"):
        await send_test(place.needs, "noa", "push", "olga")
    await send_test(place.needs, "nia", "push", "olga")
    with pytest.raises(TooManyTests, match="try again in"):
        await send_test(place.needs, "nia", "push", "olga")


async def test_a_person_who_has_left_and_a_method_that_is_gone(place: Place) -> None:
    channel = await verified(place)
    place.policy = small_policy()
    [left] = (await place.person().shown()).own
    assert left.problem == "the policy does not offer push any more"
    with pytest.raises(Refused, match="is not used"):
        await place.person().test(channel.id)
