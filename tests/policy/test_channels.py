"""Channels in the policy: named, in an order, and never a list of bare URLs."""

from pathlib import Path

import pytest

from standfast.policy.channels import MOST_CHANNELS
from standfast.policy_file.loading import PolicyError, load_policy
from tests.policy.small import SMALL, bent

OUTBOX = '    channels: {outbox: "outbox://"}\n'


def problems_of(tmp_path: Path, channels: str) -> list[tuple[str, str]]:
    path = tmp_path / "policy.yaml"
    path.write_text(bent(OUTBOX, f"    channels: {channels}\n"))
    with pytest.raises(PolicyError) as refused:
        load_policy(path)
    return [(problem.place, problem.message) for problem in refused.value.problems]


def test_their_order_is_that_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(
        bent(OUTBOX, "    channels: {sms: 'secret:SMS', mail: 'a://b', call: 'c://d'}\n")
    )
    channels = load_policy(path).people["anna"].channels
    assert [*channels.items()] == [("sms", "secret:SMS"), ("mail", "a://b"), ("call", "c://d")]


@pytest.mark.parametrize("channels", ['["outbox://"]', "[]", '"outbox://"'])
def test_without_names_the_mistake_says_how_to_write_it(tmp_path: Path, channels: str) -> None:
    [(place, message)] = problems_of(tmp_path, channels)
    assert place == "people.anna.channels"
    assert 'such as {sms: "secret:ANA_SMS", mail: "mailto://…"}' in message


TOO_MANY = ", ".join(f'c{number}: "a://b"' for number in range(MOST_CHANNELS + 1))


@pytest.mark.parametrize(
    ("channels", "place", "words"),
    [
        ("{}", "people.anna.channels", "at least 1 item"),
        (f"{{{TOO_MANY}}}", "people.anna.channels", f"at most {MOST_CHANNELS} items"),
        ("{SMS: 'a://b'}", "people.anna.channels.SMS", "lower case letters"),
        ("{sms: 7}", "people.anna.channels.sms", "write it in quotes"),
        ("{sms: ''}", "people.anna.channels.sms", "must not be empty"),
    ],
)
def test_what_is_no_channel_is_named(tmp_path: Path, channels: str, place: str, words: str) -> None:
    [(where, message)] = problems_of(tmp_path, channels)
    assert where == place
    assert words in message


def test_a_policy_that_extends_another_replaces_them_as_a_whole(tmp_path: Path) -> None:
    (tmp_path / "base.yaml").write_text(SMALL + 'reporters: {channels: {outbox: "outbox://"}}\n')
    own = tmp_path / "own.yaml"
    own.write_text("""\
extends: base.yaml
people: {anna: {channels: {sms: "secret:SMS", mail: "secret:MAIL"}}}
reporters: {channels: {mail: "secret:MAIL"}}
services: {channels: {title: Channels, users: 7}}
""")
    (tmp_path / "above.yaml").write_text("extends: own.yaml\nservices: {channels: {users: 9}}\n")
    policy = load_policy(tmp_path / "above.yaml")
    assert [*policy.people["anna"].channels] == ["sms", "mail"]
    assert policy.people["anna"].name == "Anna"
    assert [*policy.reporters.channels] == ["mail"]
    assert policy.services["channels"].title == "Channels", "only people's channels are an order"
