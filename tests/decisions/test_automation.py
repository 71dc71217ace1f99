"""What would run for an incident, whatever its report says."""

import ipaddress
import re
import shlex
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from standfast.decisions.automation import (
    HOST_LABEL,
    NotPlanned,
    Planned,
    normal_host,
    plan,
)
from standfast.decisions.classification import classify
from standfast.incidents.report import Report
from standfast.incidents.resolution import RemediationRequest
from standfast.policy.runbooks import HttpCall
from tests.decisions.anything import TEXT
from tests.decisions.small_policy import SMALL, small_policy

INCIDENT = "INC-7F3K2QXWM4"
KEY = f"{INCIDENT}:1:runbook:1"
HOSTS = ["web-1", "*.fernhill.example", "10.1.0.0/16", "2001:db8::/32"]


def book(match: dict[str, Any], *run: str, **more: Any) -> dict[str, Any]:
    return {"title": "Help", "match": match, "steps": [{"run": run}], "check": ["test"], **more}


CALL = {
    "method": "PUT",
    "url": "https://{host}:8443/units/{service}?key={key}",
    "headers": {"X-Service": "{service}", "X-Host": "{host}", "X-Incident": "{incident}"},
    "body": '{{"host": "{host}"}}',
}
BOOKS: dict[str, Any] = {
    "on-both": book(
        {"services": ["shop", "mail"], "labels": {HOST_LABEL: "*"}},
        *("restart", "{service}", "{host}", "--incident={incident}", "{key}"),
        check={"http": CALL},
    ),
    "on-host": book({"labels": {HOST_LABEL: "*"}}, "restart", "{host}"),
    "on-service": book({"services": ["shop", "mail"]}, "restart", "--unit={service}"),
    "on-nothing": book({"words": ["crash"]}, "clean", "{incident}"),
}
POLICY = small_policy(runbooks=BOOKS, hosts=HOSTS)


def asked(runbook: str, service: str = "", host: str = "") -> RemediationRequest:
    return RemediationRequest(
        incident_id=INCIDENT, key=KEY, runbook=runbook, service=service, host=host
    )


PLANS = [
    # runbook, service, host → target, or words of the reason
    ("on-both", "shop", "web-1", "host:web-1"),
    ("on-host", "shop", "WEB-1", "host:web-1"),  # one target, however it is spelled
    ("on-host", "", "web-1.", "host:web-1"),
    ("on-host", "", "10.1.2.3", "host:10.1.2.3"),
    ("on-host", "", "::ffff:10.1.2.3", "host:10.1.2.3"),
    ("on-host", "", "2001:0DB8:0::0001", "host:2001:db8::1"),
    ("on-service", "shop", "", "service:shop"),
    ("on-service", "shop", "; rm -rf /", "service:shop"),
    ("on-nothing", "shop", "", "service:shop"),
    ("on-nothing", "", "web-1", "runbook:on-nothing"),
    ("on-nothing", "elsewhere", "", "runbook:on-nothing"),
    ("on-service", "elsewhere", "", "none of the catalogue is named"),
    ("on-service", "--force", "", "none of the catalogue is named"),
    ("on-both", "shop", "", "the report has no label host"),
    ("on-both", "", "web-1", "none of the catalogue is named"),
    ("on-host", "", "web-2", "web-2 is not among the policy's hosts"),
    ("on-host", "", "10.2.0.1", "10.2.0.1 is not among the policy's hosts"),
    ("on-host", "", "--force", "not the name or address of one"),
    ("gone", "shop", "web-1", "the policy has no runbook 'gone' any more"),
]


@pytest.mark.parametrize(("runbook", "service", "host", "outcome"), PLANS)
def test_what_would_run_and_on_what(runbook: str, service: str, host: str, outcome: str) -> None:
    found = plan(POLICY, asked(runbook, service, host))
    if isinstance(found, Planned):
        assert found.target == outcome
    else:
        assert outcome in found.reason


def test_a_request_to_a_host_that_the_policy_does_not_know_is_not_made() -> None:
    there = {"http": {"url": "http://{service}.fernhill.example/restart"}}
    books = {"ask": book({"services": ["shop"]}, "x", check=there)}
    assert isinstance(
        plan(small_policy(runbooks=books, hosts=HOSTS), asked("ask", "shop")), Planned
    )
    refused = plan(small_policy(runbooks=books), asked("ask", "shop"))
    assert isinstance(refused, NotPlanned)
    assert "asks shop.fernhill.example, which is not among the hosts" in refused.reason


@pytest.mark.parametrize("field", ["incident_id", "key"])
@pytest.mark.parametrize("text", ["", "--force", "INC-1; rm", "INC-1\n", "a/../b", "\uff29NC-1"])
def test_only_an_id_and_a_key_as_we_make_them_go_on(field: str, text: str) -> None:
    odd = asked("on-nothing").model_copy(update={field: text})
    assert isinstance(plan(POLICY, odd), NotPlanned)


HOSTILE_HOSTS = [
    *("", ".", "..", "-", "--force", "-rf", "web-1 ", " web-1", "web-1\n", "web-1\0", "web 1"),
    *("web-1;id", "$(id)", "`id`", "web-1|id", "web-1&", "'web-1'", '"', "web-1/..", "../web-1"),
    *("web-1:22", "root@web-1", "web-1#", "web-1?x", "web%2d1", "web\\1", "*", "w?b-1", "{key}"),
    # full-width, a Cyrillic letter, the Kelvin sign, a hidden mark, a soft hyphen, other digits
    *("\uff57eb-1", "w\u0435b-1", "\u212aey", "web-1\u202e", "we\u00adb-1", "web\u2010\u0031"),
    *("w\u200beb-1", "\u0661\u0660.\u0661.\u0660.\u0661", "web-\u00b9", "web\u30021"),
    # addresses as only some programs read them
    *("127.1", "2130706433", "0x7f.1", "010.1.0.1", "10.1.0.1.", "10.1", "fe80::1%eth0", "[::1]"),
    *("a" * 64, "a." * 127 + "ab", "a..b", "-a.b", "a-.b"),
]


@pytest.mark.parametrize("text", HOSTILE_HOSTS)
def test_what_is_no_host(text: str) -> None:
    assert normal_host(text) is None


# Whatever a report says


PLAIN_HOST = re.compile(r"[a-z0-9_][a-z0-9_.-]*")

NASTY = st.sampled_from(
    [
        *("; rm -rf /", "$(reboot)", "`id`", "| sh", "&& id", "> /etc/passwd", "' OR ''='", '"'),
        *(
            "--force",
            "-rf",
            "--",
            "-",
            "\n--force",
            "a\nHost: evil",
            "a\r\nX: y",
            "a\0b",
            "\x1b[2J",
        ),
        *("{key}", "{service.__class__}", "{0}", "{{", "%s", "%0a", "../../etc", "~root", "*"),
        *("secret:TOKEN", "http://evil.example/", "web-1@evil.example", "web-1#", "web-1/x?y"),
        *(
            "\u202egnp",
            "\uff0d\uff0dforce",
            "web\u20101",
            "\uff57eb-1",
            "\u212a",
            "\ud800",
            "sh\u043ep",
        ),
        *("shop", "mail", "SHOP", "shop ", "web-1", "Web-1", "10.1.2.3", "::ffff:10.1.2.3"),
        *("db.fernhill.example", "2001:DB8::7", "127.1", "0x0a010203", "crash"),
    ]
)
ANY = NASTY | TEXT | st.builds("".join, st.lists(NASTY, min_size=2, max_size=3))


def nearly(*right: str) -> st.SearchStrategy[str]:
    """One of these, or one of them with something nasty at an end, or anything."""
    one = st.sampled_from(right)
    bent = st.builds("".join, st.tuples(one, NASTY) | st.tuples(NASTY, one))
    return one | one.map(str.upper) | bent | ANY


SERVICE = nearly("shop", "mail")
HOST = nearly("web-1", "db.fernhill.example", "10.1.2.3", "::ffff:10.1.2.3", "2001:DB8::7")


@st.composite
def hostile_reports(draw: st.DrawFn) -> Report:
    def short(most: int, text: st.SearchStrategy[str] = ANY) -> str:
        return draw(text)[:most]

    labels = {f"l{short(20)}": short(80)}
    if draw(st.integers(0, 3)):
        labels[HOST_LABEL] = short(80, HOST)
    return Report(
        title=draw(st.sampled_from(["crash ", "x"])) + short(200),
        description=short(200),
        service=short(80, SERVICE),
        reporter=short(80),
        impact_statement=short(200),
        error_message=short(200),
        labels=labels,
        dedup_key=short(200),
    )


@example(Report(title="crash", service="shop", labels={HOST_LABEL: "web-1"}))
@example(Report(title="crash", service="shop", labels={HOST_LABEL: "--force"}))
@example(Report(title="crash", service="sh\u043ep", labels={HOST_LABEL: "web-1"}))
@example(Report(title="crash", labels={HOST_LABEL: "\u212aey.fernhill.example"}))
@given(hostile_reports())
def test_no_report_changes_a_command_line_or_a_request(report: Report) -> None:
    written = report.labels.get(HOST_LABEL, "")
    host = normal_host(written) or ""
    if host:
        assert _is_the_same_host(written, host)
    chosen = classify(POLICY, report).runbook
    for name in BOOKS:
        found = plan(POLICY, asked(name, report.service, written))
        if chosen and chosen.name == name:
            assert isinstance(found, Planned), "what is chosen for a report can be planned"
        if not isinstance(found, Planned):
            continue
        # The same as for a plain report about this service and this host.
        service = report.service if report.service in SMALL["services"] else ""
        assert found == plan(POLICY, asked(name, service, host))
        for work in found.runbook.work():
            if work.run:
                _is_plain_command(work.run, service)
            else:
                assert work.http
                _is_plain_request(work.http, service, host)


def _is_the_same_host(written: str, host: str) -> bool:
    """Is `host` what was written, but for capitals, the root's dot and the spelling of zeros?"""
    assert written.isascii()
    if PLAIN_HOST.fullmatch(host) and written.lower().removesuffix(".") == host:
        return True
    address = ipaddress.ip_address(written)
    return host in (str(address), str(getattr(address, "ipv4_mapped", None)))


def _is_plain_command(line: Sequence[str], service: str) -> None:
    """Each value stands whole in its argument, and none of them is an option."""
    assert shlex.split(shlex.join(line)) == list(line)
    for argument in line:
        assert argument.isascii()
        assert argument.isprintable()
        assert not set(argument) & set(" ;|&$`<>'\"\\(){}*?#~")
    options = {argument for argument in line if argument.startswith("-")}
    assert options <= {f"--incident={INCIDENT}", f"--unit={service}"}


def _is_plain_request(call: HttpCall, service: str, host: str) -> None:
    """Each value stands whole in its part of the URL, its header, its place in the body."""
    parts = urlsplit(call.url)
    assert (parts.scheme, parts.hostname, parts.port) == ("https", host, 8443)
    assert (parts.path, parts.query, parts.fragment) == (f"/units/{service}", f"key={KEY}", "")
    assert call.headers == {"X-Service": service, "X-Host": host, "X-Incident": INCIDENT}
    assert call.body == f'{{"host": "{host}"}}'
