"""Contact methods: templates, and what people may fill in; no address becomes a part of a URL."""

from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from standfast.policy.contact_methods import KINDS, ContactMethods
from tests.decisions.small_policy import small_policy

METHODS: TypeAdapter[Any] = TypeAdapter(ContactMethods)

MAIL = "mailto://user:pass@mail.example/?to={address}"


@pytest.mark.parametrize(
    ("method", "asks_for"),
    [
        (MAIL, "a mail address"),
        ("ntfys://ntfy.example/{topic}", "a topic of ntfy"),
        ("twilio-sms://AC1:word@+15005550006/{number}", "a phone number"),
        ({"url": "secret:SMS", "asks_for": "number"}, "a phone number"),
        ({"url": MAIL, "asks_for": "address"}, "a mail address"),
    ],
)
def test_templates(method: Any, asks_for: str) -> None:
    [found] = METHODS.validate_python({"one": method}).values()
    assert found.kind.words.startswith(asks_for)


@pytest.mark.parametrize(
    ("method", "wrong"),
    [
        ("secret:SMS", "asks_for"),
        ("mailto://user:pass@mail.example/", "must have one placeholder"),
        ("json://host.example/{url}", "must have one placeholder"),
        ("json://host.example/{topic}/{topic}", "must have one placeholder"),
        ("json://{topic}/", "must not stand in the name of the host"),
        ("json://user:{topic}@host.example/", "must not stand in the name of the host"),
        ("{topic}", "must be a URL"),
        ({"url": MAIL, "asks_for": "number"}, "its url has"),
        ({"url": MAIL, "asks_for": "url"}, "asks_for"),
    ],
)
def test_wrong_templates(method: Any, wrong: str) -> None:
    with pytest.raises(ValidationError, match=wrong):
        METHODS.validate_python({"one": method})


def test_the_policy_cannot_demand_more_methods_than_it_offers() -> None:
    demands = {"verified": 2, "methods": 2}
    with pytest.raises(ValidationError, match="asks for 2; contact_methods offers 1"):
        small_policy(contact_methods={"mail": MAIL}, contact_demands=demands)


@pytest.mark.parametrize(
    ("kind", "given", "kept"),
    [
        ("address", " Ana.Maria+pager@Fernhill.example ", "Ana.Maria+pager@Fernhill.example"),
        ("number", "+49 (30) 123-45.67", "+49301234567"),
        ("topic", "ana-7f3k2qxwm4tz5b", "ana-7f3k2qxwm4tz5b"),
    ],
)
def test_what_may_be_filled_in(kind: str, given: str, kept: str) -> None:
    assert KINDS[kind].checked(given) == kept
    assert KINDS[kind].checked(KINDS[kind].example)


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        ("address", "anabel"),
        ("address", "ana@localhost"),
        ("address", "o'neil@host.example"),
        ("address", "ana@one.example,ben@two.example"),
        ("address", "ana@one.example&cc=ben@two.example"),
        ("address", "ana@one.example\nBcc: ben@two.example"),
        ("address", "ana@one.example?smtp=127.0.0.1"),
        ("number", "110"),
        ("number", "030 1234567"),
        ("number", "+0301234567"),
        ("number", "+49301234567/@127.0.0.1"),
        ("number", "+٤٩٣٠١٢٣٤٥٦٧"),
        ("topic", "alerts"),
        ("topic", "../../v1/account-of-ana"),
        ("topic", "ana-7f3k2qxwm4tz5b?delay=1h"),
    ],
)
def test_what_may_not(kind: str, given: str) -> None:
    with pytest.raises(ValueError, match="must be") as refused:
        KINDS[kind].checked(given)
    assert given not in str(refused.value)


@pytest.mark.parametrize(
    ("kind", "given", "shown"),
    [
        ("address", "ana.maria@fernhill.example", "a…@fernhill.example"),
        ("number", "+49301234567", "+49…67"),
        ("topic", "ana-7f3k2qxwm4tz5b", "an…"),
    ],
)
def test_others_see_a_few_letters(kind: str, given: str, shown: str) -> None:
    assert KINDS[kind].masked(given) == shown


@settings(max_examples=50)
@given(
    st.sampled_from(["{address}", "{number}", "{topic}"]),
    st.text(max_size=60)
    | st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True)
    | st.from_regex(r"[\w.+-]{1,20}@[a-z]{1,9}\.example[\s&?/#@%]{0,2}"),
)
def test_an_address_stays_in_its_place(placeholder: str, text: str) -> None:
    template = f"json://user:pass@host.example/to?x={placeholder}&y=1"
    [method] = METHODS.validate_python({"one": template}).values()
    try:
        url = method.filled(template, text)
    except ValueError:
        return
    before, behind = template.split(placeholder)
    assert (url[: len(before)], url[-len(behind) :]) == (before, behind)
    inside = url[len(before) : -len(behind)]
    assert unquote(inside) == method.kind.checked(text)
    assert not set(inside) & set("&?/#@:= \n")
    assert urlsplit(url).netloc == "user:pass@host.example"
