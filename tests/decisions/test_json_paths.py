"""The language of mappings: what a path finds, and what a text becomes."""

import pytest
from pydantic import JsonValue

from standfast.decisions.json_paths import Scope, fits
from standfast.policy.templates import parse_path, parse_template

BODY: JsonValue = {
    "title": "  Disk\n full ",
    "empty": "",
    "nothing": None,
    "count": 3,
    "share": 0.5,
    "whole": 5216640.0,
    "yes": True,
    "labels": {"b": "2", "a": "1", "app.name": "shop", "a:b": "colon", "Event ID": "E1"},
    "list": ["x", "y", None, {"n": 1}],
    "fields": [{"key": "team", "value": "web"}, "odd", {"key": "n", "value": 7}],
    "url": "https://Shop.lan:8443/a/b%20c/7/",
    "no_url": "http://[",
    "tags": "env:prod, Service: web ,service:other,services:x",
    "tagged": [5, None, "env:prod", "service:api"],
    "braces": "{title}",
    "$": "dollar",
}

TEXTS: list[tuple[str | list[str], str]] = [
    ("{title}", "Disk full"),
    ("words alone", "words alone"),
    ("{title} on {labels.a}", "Disk full on 1"),
    ("{missing}", ""),
    ("{title} on {missing}", ""),
    ("{missing|empty|nothing|labels.b}", "2"),
    (["{missing} x", "{empty}", "{labels.b} y"], "2 y"),
    ("{count} {share} {yes} {whole}", "3 0.5 true 5216640"),
    ("{labels.a.deeper}", ""),
    ("{title.0}", ""),
    ("{list}", "x, y, n=1"),
    ("{list.1}", "y"),
    ("{list.9}", ""),
    ("{list.-1}", ""),
    ("{fields.*.value}", "web, 7"),
    ("{fields[key=team].value}", "web"),
    ("{fields[key=n].value}", "7"),
    ("{fields[key=none].value}", ""),
    ("{title[key=team].value}", ""),
    ('{labels."app.name"}', "shop"),
    ('{labels."a:b"}', "colon"),
    ("{labels.Event ID}", "E1"),
    ("{ title | labels.a }", "Disk full"),
    ("{url:host}", "shop.lan"),
    ("{url:0}/{url:-1}/{url:1}", "a/7/b c"),
    ("{url:3}{url:-4}", ""),
    ("{no_url:host}", ""),
    ("{title:host}", ""),
    ("{tags[service:]}", "web"),
    ("{tagged[service:]} {tagged[ENV:]}", "api prod"),
    ("{tags[none:]}{title[service:]}{labels[a:]}{list[x:]}", ""),
    ("{{title}} is {count}", "{title} is 3"),
    ("{braces}", "{title}"),
    ("{$.count}", "3"),
    ('{"$"}', "dollar"),
]


@pytest.mark.parametrize(("texts", "expected"), TEXTS, ids=[str(row[0]) for row in TEXTS])
def test_what_a_text_becomes(texts: str | list[str], expected: str) -> None:
    several = [texts] if isinstance(texts, str) else texts
    assert Scope(BODY, BODY).text(several) == expected


def test_a_path_starts_at_the_alert_and_with_a_dollar_at_the_body() -> None:
    scope = Scope({"a": "alert's"}, {"a": "body's", "alerts": [{"a": "alert's"}]})
    assert scope.text(["{a}, {$.a}"]) == "alert's, body's"
    assert scope.value("$") == scope.body


def test_a_mapping_is_the_same_text_in_any_order() -> None:
    one, other = Scope({"l": {"a": 1, "b": 2}}, None), Scope({"l": {"b": 2, "a": 1}}, None)
    assert one.text(["{l}"]) == other.text(["{l}"]) == "a=1, b=2"


def test_what_is_found_is_no_text_to_be_filled() -> None:
    body: JsonValue = {"a": "{b} {{ {", "b": "secret"}
    assert Scope(body, body).text(["{a}!"]) == "{b} {{ {!"


def test_values_that_say_nothing_are_passed_over() -> None:
    body: JsonValue = {"service": "$SERVICE", "app": "erp"}
    assert Scope(body, body, empty_values=("$*",)).text(["{service|app}"]) == "erp"


@pytest.mark.parametrize(
    ("text", "pattern", "whether"),
    [
        ("Firing", "firing", True),
        ("firing!", "firing", False),
        ("alert_failure", "alert_*", True),
        ("incident.resolve", "*resolve", True),
        ("an error came", "*error*", True),
        ("", "*", True),
        ("a", "a*", True),
        ("ba", "a*", False),
        ("{EVENT.ID}", "{*}", True),
        ("{", "{*}", False),
        ("a", "a*a", False),
    ],
)
def test_patterns(text: str, pattern: str, whether: bool) -> None:
    assert fits(text, (pattern,)) is whether


@pytest.mark.parametrize(
    "path",
    [
        "",
        " ",
        ".",
        ".a",
        "a.",
        "a..b",
        "a[",
        "a]",
        "a[b]",
        "a.[b=c]",
        "a.[b:]",
        "a[:]",
        "a[b:c]",
        "a:port",
        "a:",
        'a"b"',
        "{a}",
    ],
)
def test_what_is_no_path(path: str) -> None:
    with pytest.raises(ValueError, match="is no path; one looks like"):
        parse_path(path)


@pytest.mark.parametrize("text", ["{a", "a}", "{a{b}}", "}{"])
def test_a_lone_brace(text: str) -> None:
    with pytest.raises(ValueError, match="has a lone brace"):
        parse_template(text)
