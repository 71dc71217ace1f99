"""Placeholders: filled in inside their own text, and only there."""

import pytest

from standfast.policy.placeholders import filled, used_by, wrong_in
from standfast.policy.runbooks import Runbook

VALUES = {"service": "shop", "host": "web-1", "incident": "INC-AAAAAAAAAA", "key": "INC:1:r:1"}


def book(**work: object) -> Runbook:
    """A runbook whose only step this is."""
    return Runbook.model_validate(
        {"title": "Help", "match": {"category": "x"}, "steps": [work], "check": ["test"]}
    )


def test_every_text_of_every_work_is_filled_in() -> None:
    whole = book(
        run=["restart", "--unit={service}", "{{literal}}", "{host}{key}"],
        undo=["stop", "{incident}"],
        check={
            "http": {
                "url": "https://{host}:8443/{service}?key={key}",
                "headers": {"X-Of": "{service}", "Authorization": "secret:TOKEN"},
                "body": '{{"host": "{host}"}}',
            }
        },
    )
    assert list(wrong_in(whole)) == []
    assert used_by(whole) == {*VALUES}
    step = filled(whole, VALUES).steps[0]
    assert step.run == ("restart", "--unit=shop", "{literal}", "web-1INC:1:r:1")
    assert step.undo
    assert step.undo.run == ("stop", "INC-AAAAAAAAAA")
    assert step.check
    assert step.check.http
    assert step.check.http.url == "https://web-1:8443/shop?key=INC:1:r:1"
    assert step.check.http.headers == {"X-Of": "shop", "Authorization": "secret:TOKEN"}
    assert step.check.http.body == '{"host": "web-1"}'


def test_an_ipv6_address_gets_its_brackets_where_the_host_is_named_and_only_there() -> None:
    asks = book(http={"url": "http://{host}:8443/of/{host}"})
    call = filled(asks, {"host": "2001:db8::1"}).steps[0].http
    assert call
    assert call.url == "http://[2001:db8::1]:8443/of/2001:db8::1"


@pytest.mark.parametrize("name", ["service", "host", "incident", "key"])
def test_without_its_value_nothing_is_filled_in(name: str) -> None:
    some = {other: value for other, value in VALUES.items() if other != name}
    with pytest.raises(KeyError, match=name):
        filled(book(run=["x", f"{{{name}}}"]), some)


def test_a_filled_runbook_comes_back_from_json_as_it_was() -> None:
    whole = filled(book(run=["x", "{{{service}}}"], undo=["y", "{key}"]), VALUES)
    assert whole.steps[0].run == ("x", "{shop}")
    assert Runbook.model_validate_json(whole.model_dump_json()) == whole
