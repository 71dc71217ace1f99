"""Own channels and rules: which pages they add, what stays as the policy says, what is demanded."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.decisions.assignment import Known, assign
from standfast.decisions.personal_channels import (
    MOST_PAGES,
    order_of_channels,
    problem_with,
    unmet_demands,
)
from standfast.incidents.assessment import Priority
from standfast.incidents.assignment import Assignment
from standfast.incidents.own_channel import (
    OwnChannel,
    OwnSettings,
    PagingRule,
    PagingRules,
    Urgency,
)
from standfast.incidents.schedule import DatedShifts
from standfast.policy import Policy
from tests.decisions.assigning import FIRST_WEEK, assessed
from tests.decisions.small_policy import SMALL, small_policy

MINUTE = timedelta(minutes=1)
METHODS = {
    "push": "ntfys://ntfy.example/{topic}",
    "sms": {"url": "secret:SMS", "asks_for": "number"},
}
METHODS |= {"call": {"url": "secret:CALL", "asks_for": "number"}}

Page = tuple[float, str, str]
"""Minutes after the assignment, who is paged first, by which channel first; "" for no choice."""


def channel(
    name: str, person: str = "nia", *, verified: bool = True, method: str = ""
) -> OwnChannel:
    return OwnChannel(
        id=f"CHN-{name}",
        person=person,
        method=method or name,
        name=name,
        address="+49301234567",
        added_at=FIRST_WEEK,
        verified_at=FIRST_WEEK if verified else None,
    )


def rules(*pairs: tuple[str, float]) -> tuple[PagingRule, ...]:
    return tuple(PagingRule(through=name, after=timedelta(minutes=at)) for name, at in pairs)


def of(*pairs: tuple[str, float], **more: Any) -> OwnSettings:
    """Somebody with all three channels, and these rules for what is urgent."""
    there = tuple(channel(name, more.get("person", "nia")) for name in METHODS)
    return OwnSettings(channels=there, rules=PagingRules(high=rules(*pairs)))


def with_methods(*steps: dict[str, Any], **sections: Any) -> Policy:
    paging = {"paging": {"P3": [*steps]}} if steps else {}
    return small_policy(**({"contact_methods": METHODS} | paging | sections))


def assigned(
    policy: Policy,
    own: Mapping[str, OwnSettings],
    priority: Priority = Priority.P3,
    at: datetime = FIRST_WEEK,
    **asked: Any,
) -> Assignment:
    known = Known(DatedShifts(), (), own)
    usual: dict[str, Any] = {"team": "network", "tier": 1, "assessed": assessed(priority)}
    return assign(policy, known, at=at, **(usual | asked))


def pages(assignment: Assignment) -> list[Page]:
    moments = accumulate(page.after for page in assignment.pages)
    return [
        (moment / MINUTE, chain[0], (*page.through, "")[0])
        for moment, page in zip(moments, assignment.pages, strict=True)
        for chain in page.chains
    ]


PUSH_SMS_CALL = of(("push", 0), ("sms", 2), ("call", 5))


@pytest.mark.parametrize(
    ("steps", "own", "expected"),
    [
        # Nobody has set anything: as without own channels.
        ([], {}, [(0, "nia", "")]),
        ([], {"nia": of()}, [(0, "nia", "")]),
        ([], {"nia": of(("push", 0))}, [(0, "nia", "")]),
        ([], {"noa": PUSH_SMS_CALL}, [(0, "nia", "")]),
        # The next round stands here too, since the rules would go on behind the last page.
        (
            [],
            {"nia": PUSH_SMS_CALL},
            [(0, "nia", ""), (2, "nia", "sms"), (5, "nia", "call"), (10, "nia", "")],
        ),
        # The policy's steps stay where they are.
        (
            [{}, {"after": "3m", "page": "pit"}, {"after": "6m", "page": "on_call"}],
            {"nia": PUSH_SMS_CALL},
            [
                (0, "nia", ""),
                (2, "nia", "sms"),
                (3, "pit", ""),
                (5, "nia", "call"),
                (6, "nia", ""),
            ],
        ),
        # Where a step names channels, the policy has decided.
        ([{"through": "phone"}], {"nia": PUSH_SMS_CALL}, [(0, "nia", "phone")]),
        (
            [{"through": "phone"}, {"after": "1m"}, {"after": "9m", "page": "pit"}],
            {"nia": of(("push", 0), ("sms", 2))},
            [(0, "nia", "phone"), (1, "nia", ""), (3, "nia", "sms"), (9, "pit", "")],
        ),
        # Everybody's rules count from their own first page.
        (
            [{"page": "tier"}, {"after": "8m", "page": "tier"}],
            {"nia": of(("push", 0), ("sms", 2)), "noa": of(("push", 0), ("call", 4), person="noa")},
            [
                (0, "nia", ""),
                (0, "noa", ""),
                (0, "nik", ""),
                (2, "nia", "sms"),
                (4, "noa", "call"),
                (8, "nia", ""),
                (8, "noa", ""),
                (8, "nik", ""),
            ],
        ),
        # What would page when the incident has gone to the next tier does not.
        (
            [{"after": "28m"}],
            {"nia": PUSH_SMS_CALL},
            [(28, "nia", "")],
        ),
    ],
)
def test_which_pages_rules_add(
    steps: list[dict[str, Any]], own: dict[str, OwnSettings], expected: list[Page]
) -> None:
    assert pages(assigned(with_methods(*steps), own)) == expected


def test_the_reasons_tell_whose_rules_add_pages() -> None:
    found = assigned(with_methods(), {"nia": PUSH_SMS_CALL})
    assert "the rules of nia: push now, sms after 2m, call after 5m" in found.reasons
    assert assigned(with_methods(), {}).reasons == tuple(
        reason for reason in found.reasons if "rules" not in reason
    )


def test_a_further_page_tries_the_others_behind_its_own() -> None:
    found = assigned(with_methods(), {"nia": PUSH_SMS_CALL})
    assert [page.through for page in found.pages] == [
        (),
        ("sms", "call", "push", "phone"),
        ("call", "push", "sms", "phone"),
        (),
    ]
    assert found.pages[1].chains == found.pages[0].chains


def test_what_is_low_has_rules_of_its_own() -> None:
    own = OwnSettings(
        channels=(channel("sms"),), rules=PagingRules(low=rules(("phone", 0), ("sms", 9)))
    )
    policy = with_methods()
    assert len(pages(assigned(policy, {"nia": own}))) == 1
    low = assigned(policy, {"nia": own}, Priority.P4)
    assert pages(low)[:2] == [(0, "nia", ""), (9, "nia", "sms")]
    assert order_of_channels(policy, "nia", own, Urgency.LOW) == ("phone", "sms")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        (channel("sms"), ""),
        (channel("sms", verified=False), "not verified"),
        (channel("phone", method="sms"), "the policy has given you a channel of that name"),
        (channel("pager"), "the policy does not offer pager any more"),
        (channel("sms", person="gone"), "the policy does not have this person"),
    ],
)
def test_what_is_used(given: OwnChannel, problem: str) -> None:
    policy = with_methods()
    assert problem_with(policy, given).startswith(problem)
    if problem and given.person == "nia":
        own = OwnSettings(
            channels=(given,), rules=PagingRules(high=rules(("phone", 0), (given.name, 2)))
        )
        through = [page for page in pages(assigned(policy, {"nia": own})) if page[2]]
        assert [name for _, _, name in through] in ([], ["phone"])


class TestQuietHours:
    """From 22:00 to 07:00 in Tokyo: 13:00 to 22:00 in UTC."""

    QUIET = PagingRules.model_validate(
        {"quiet": {"begins": "22:00", "ends": "07:00", "time_zone": "Asia/Tokyo"}}
    )
    NIGHT = datetime(2026, 1, 6, 14, tzinfo=UTC)

    def until(self, priority: Priority, at: datetime, **person: Any) -> datetime | None:
        policy = with_methods()
        if person:
            people = {**{key: each.model_dump() for key, each in policy.people.items()}}
            people["nia"] |= person
            policy = with_methods(people=people)
        own = {"nia": OwnSettings(rules=self.QUIET)}
        found = assigned(policy, own, priority, at)
        return found.quiet.until if found.quiet else None

    def test_only_what_can_wait_waits(self) -> None:
        assert self.until(Priority.P3, self.NIGHT) is None
        assert self.until(Priority.P4, self.NIGHT) == datetime(2026, 1, 6, 22, tzinfo=UTC)
        assert self.until(Priority.P4, self.NIGHT.replace(hour=12)) is None

    def test_the_policys_day_counts_as_well(self) -> None:
        day = {"days": ["tuesday", "wednesday"], "opens": "02:00", "closes": "12:00"}
        expected = datetime(2026, 1, 7, 2, tzinfo=UTC)
        assert self.until(Priority.P4, self.NIGHT, day=day) == expected

    def test_a_day_that_lies_within_the_night_is_not_waited_for(self) -> None:
        day = {"opens": "15:00", "closes": "17:00"}
        expected = datetime(2026, 1, 6, 15, tzinfo=UTC)
        assert self.until(Priority.P4, self.NIGHT, day=day) == expected


@pytest.mark.parametrize(
    ("own", "told"),
    [
        ((), "nia has no verified channels of their own; the policy demands 2"),
        (
            (channel("sms"), channel("call", verified=False)),
            "nia has 1 verified channel of their own; the policy demands 2",
        ),
        (
            (channel("sms"), channel("work", method="sms")),
            "nia has 2 verified channels of their own, by 1 contact method; the policy demands 2",
        ),
        ((channel("sms"), channel("call")), None),
    ],
)
def test_who_does_not_meet_the_demands(own: tuple[OwnChannel, ...], told: str | None) -> None:
    policy = with_methods(contact_demands={"verified": 2, "methods": 2})
    found = unmet_demands(policy, {"nia": OwnSettings(channels=own)}, {}, ["nia"])
    assert found == ((told,) if told else ())
    assert unmet_demands(with_methods(), {}, {}, ["nia"]) == ()


@pytest.mark.parametrize(
    ("devices", "given", "told"),
    [
        (1, {"push": "webpush://"}, ""),
        (0, {"push": "webpush://"}, "nia has 1 verified channel of their own"),
        (2, {"phone": "json://host/nia"}, "nia has 1 verified channel of their own"),
    ],
)
def test_a_device_counts_where_pages_go_to_devices(
    devices: int, given: dict[str, str], told: str
) -> None:
    people = SMALL["people"] | {"nia": {"name": "Nia", "channels": given}}
    policy = with_methods(contact_demands={"verified": 2, "methods": 2}, people=people)
    own = {"nia": OwnSettings(channels=(channel("sms"),))}
    found = unmet_demands(policy, own, {"nia": devices}, ["nia"])
    assert "".join(found).startswith(told)
    assert bool(found) is bool(told)


def test_rules_that_page_by_one_way_alone_do_not_meet_them() -> None:
    policy = with_methods(contact_demands={"verified": 2, "methods": 2})
    own = of(("sms", 0))
    assert unmet_demands(policy, {"nia": own}, {}, ["nia"]) == (
        "the rules of nia for what is urgent use 1 channel; the policy demands 2",
    )
    both = of(("sms", 0), ("phone", 3))
    assert unmet_demands(policy, {"nia": both}, {}, ["nia"]) == ()


_AFTER = st.integers(0, 40)
_NAMES = st.sampled_from(["push", "sms", "call", "phone"])
_STEP = st.fixed_dictionaries(
    {
        "after": st.integers(1, 25).map("{}m".format),
        "page": st.sampled_from(["on_call", "tier", "pit", "nik", "team"]),
    },
    optional={"through": st.sampled_from(["phone", "sms"])},
)


@st.composite
def _own(draw: st.DrawFn) -> dict[str, OwnSettings]:
    found = {}
    for person in ("nia", "noa", "nik", "pit"):
        later = draw(st.lists(st.tuples(_NAMES, _AFTER), max_size=4, unique=True))
        pairs = {("push", 0), *later} if later else set()
        found[person] = of(*pairs, person=person)
    return found


@settings(max_examples=40)
@given(st.lists(_STEP, max_size=4), _own(), st.sampled_from(["3m", "10m", "45m"]))
def test_nobody_is_paged_later_than_without_rules_and_no_page_is_lost(
    steps: list[dict[str, Any]], own: dict[str, OwnSettings], again: str
) -> None:
    policy = with_methods({}, *steps)
    clocks = policy.model_dump(mode="json")["clocks"]
    clocks["P3"]["page_again_every"] = again
    policy = with_methods({}, *steps, clocks=clocks)
    without, merged = assigned(policy, {}), assigned(policy, own)

    length = (
        max(moment for moment, _, _ in pages(without))
        + policy.clocks[Priority.P3].page_again_every / MINUTE
    )
    rounds = round((max(m for m, _, _ in pages(merged)) - pages(without)[-1][0]) / length) + 1
    by_policy = [
        (moment + number * length, who, through)
        for number in range(rounds)
        for moment, who, through in pages(without)
    ]
    left = pages(merged)
    for page in by_policy:  # at the same moment, of the same person, in as many rounds
        left.remove(page)
    assert all(through for _, _, through in left), "only pages by rules are added"
    assert max(m for m, _, _ in pages(merged)) == max(m for m, _, _ in by_policy)
    assert len(merged.pages) <= MOST_PAGES + len(without.pages) + 4 * 4
    allowed = {
        (moment + rule.after / MINUTE, who)
        for moment, who, _ in pages(without)
        for rule in own.get(who, OwnSettings()).rules.high
    }
    assert {(moment, who) for moment, who, _ in left} <= allowed
