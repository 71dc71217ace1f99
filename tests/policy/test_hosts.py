"""The list of hosts: what it takes, which names it knows, and which addresses it permits."""

from ipaddress import IPv4Address, IPv6Address, ip_address
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from standfast.policy.hosts import Address, HostPattern, WebAddress, knows, permits
from standfast.policy_file.loading import PolicyError, load_policy
from tests.policy.small import bent

LIST: TypeAdapter[tuple[str, ...]] = TypeAdapter(tuple[HostPattern, ...])
URL: TypeAdapter[str] = TypeAdapter(WebAddress)


@pytest.mark.parametrize(
    ("written", "taken"),
    [
        ("Shop.Example", "shop.example"),
        ("shop.example.", "shop.example"),
        ("*.Shop.example", "*.shop.example"),
        ("intra_net", "intra_net"),
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("127.0.0.1", "127.0.0.1/32"),
        ("::1", "::1/128"),
        ("FD00::/8", "fd00::/8"),
        ("::ffff:127.0.0.1", "127.0.0.1/32"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("xn--grn-ioa.example", "xn--grn-ioa.example"),
    ],
)
def test_an_entry_is_a_name_an_address_or_a_network(written: str, taken: str) -> None:
    assert LIST.validate_python((written,)) == (taken,)


@pytest.mark.parametrize(
    "written",
    [
        *("", "*", "*.", "*.*.example", "shop.*", "a..example", ".example", "-a.example", "a b"),
        *("http://shop.example", "shop.example:443", "shop.example/", "user@shop.example"),
        *("grün.example", "１２７.0.0.1", "shop。example", f"{'a' * 64}.example", "a." * 130),
        *("127.1", "2130706433", "0x7f.0.0.1", "0x7f000001", "0177.0.0.1", "*.1", "1.2.3.4.5"),
        *("10.0.0.1/8", "10.0.0.0/33", "fe80::1%eth0", "[::1]", "::1/129", "10.0.0.0/255.0.0.0x"),
    ],
)
def test_nothing_else_is(written: str) -> None:
    with pytest.raises(ValidationError):
        LIST.validate_python((written,))


HOSTS = LIST.validate_python(
    ("shop.example", "*.intra.example", "10.0.0.0/8", "2001:db8::7", "127.0.0.1")
)


@pytest.mark.parametrize(
    "name",
    [
        *("shop.example", "SHOP.example", "shop.example.", "db.intra.example", "a.b.intra.example"),
        *("10.1.2.3", "::ffff:10.1.2.3", "::ffff:a01:203", "2001:db8:0::7", "127.0.0.1"),
    ],
)
def test_it_knows_what_is_on_it_however_it_is_written(name: str) -> None:
    assert knows(HOSTS, name)


@pytest.mark.parametrize(
    "name",
    [
        *("", "example", "www.shop.example", "shop.example.evil", "evilshop.example", "localhost"),
        *(
            "intra.example",
            ".intra.example",
            "evil-intra.example",
            "shop.example..",
            "shop.example\n",
        ),
        *("11.0.0.1", "2001:db8::8", "::1", "::", "127.0.0.2", "::127.0.0.1", "[127.0.0.1]"),
        *("127.1", "0x7f000001", "2130706433", "017700000001", "0177.0.0.1", "127.0.0.1."),
        *("10.1", "167772161", "0xa.0.0.1", "012.0.0.1", "10.0.0.1%lo", "2001:db8::7%eth0"),
        *("１０.0.0.1", "10。0。0。1", "shop．example", "ѕhop.example", "shop.example\u200b"),
        *("shop.example@evil", "evil#shop.example", "shop.example\x00.evil", "*.intra.example"),
    ],
)
def test_it_knows_nothing_else_nor_odd_spellings(name: str) -> None:
    assert not knows(HOSTS, name)


@pytest.mark.parametrize(
    "address",
    [
        *("93.184.216.34", "2606:2800:220:1::1", "192.168.7.1", "172.16.0.1", "fd12::1"),
        *("10.9.9.9", "127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::5db8:d822"),
    ],
)
def test_a_known_name_may_lead_to_global_private_and_listed_addresses(address: str) -> None:
    assert permits(HOSTS, "shop.example", ip_address(address))


SPECIAL = (
    *("127.0.0.2", "127.255.255.254", "::1", "0.0.0.0", "0.1.2.3", "::", "169.254.169.254"),
    *("169.254.1.1", "fe80::1", "fec0::1", "224.0.0.1", "239.1.1.1", "ff02::1", "255.255.255.255"),
    *("240.0.0.1", "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1", "203.0.113.9"),
    *("::ffff:169.254.169.254", "::ffff:7f00:2", "64:ff9b::a9fe:a9fe", "2002:a9fe:a9fe::1"),
    *("2001:0:4136:e378:8000:63bf:3fff:fdd2", "2001:db8::8", "fd00:ec2::254", "168.63.129.16"),
    *("::127.0.0.2", "100::1"),
)


@pytest.mark.parametrize("address", SPECIAL)
def test_all_others_only_where_an_address_or_network_holds_them(address: str) -> None:
    exact = ip_address(address)
    assert not permits(HOSTS, "shop.example", exact)
    assert permits(LIST.validate_python(("shop.example", address)), "shop.example", exact)


def test_of_a_name_that_is_not_known_nothing_is_permitted() -> None:
    assert not permits(HOSTS, "elsewhere.example", ip_address("10.0.0.1"))
    assert not permits((), "shop.example", ip_address("93.184.216.34"))


ADDRESSES: st.SearchStrategy[Address] = st.one_of(
    st.integers(0, 2**32 - 1).map(IPv4Address),
    st.integers(0, 2**128 - 1).map(IPv6Address),
    st.integers(0, 2**32 - 1).map(lambda low: IPv6Address((0xFFFF << 32) | low)),
    st.integers(0, 2**32 - 1).map(lambda low: IPv6Address((0x64FF9B << 96) | low)),
    st.integers(0, 2**112 - 1).map(lambda low: IPv6Address((0x2002 << 112) | low)),
)


@given(address=ADDRESSES)
def test_whatever_is_permitted_without_an_entry_is_a_host_of_somebody(address: Address) -> None:
    if permits(("shop.example",), "shop.example", address):
        bare = address.ipv4_mapped or address if isinstance(address, IPv6Address) else address
        for wrong in ("is_loopback", "is_link_local", "is_multicast", "is_unspecified"):
            assert not getattr(bare, wrong)


@given(name=st.text() | st.from_regex(r"[0-9a-fx:.%\[\]*-]{1,40}", fullmatch=True))
def test_whatever_a_name_looks_like_there_is_an_answer(name: str) -> None:
    assert not knows(("shop.example", "*.intra.example"), name) or name.isascii()


@given(address=ADDRESSES, length=st.integers(0, 128))
def test_a_network_holds_what_is_in_it(address: Address, length: int) -> None:
    length = min(length, address.max_prefixlen)
    if isinstance(address, IPv6Address) and address.ipv4_mapped and length < 96:
        return
    shift = address.max_prefixlen - length
    first = type(address)(int(address) >> shift << shift)
    assert knows(LIST.validate_python((f"{first}/{length}",)), str(address))


@pytest.mark.parametrize(
    "url",
    [
        *("shop.example", "ftp://shop.example/", "file:///etc/passwd", "http://", "http:///x"),
        *("http://me@shop.example/", "http://me:pw@shop.example/", "http://shop.example\\@evil/"),
        *("http://shop.example:0/", "http://shop.example:99999/", "http://[::1/", "http://a b/"),
        *("http://grün.example/", "http://0x7f.1/", "http://2130706433/", "http://[fe80::1%25lo]/"),
    ],
)
def test_a_url_names_one_host_plainly(url: str) -> None:
    with pytest.raises(ValidationError):
        URL.validate_python(url)


REACHING = """\
services:
  vpn:
    title: Remote access
    tests:
      - {name: page, http: {url: "https://shop.example/health"}}
      - {name: port, tcp: {host: db.intra.example, port: 5432}}
      - {name: certificate, tls: {host: shop.example}}
      - {name: ratio, promql: {server: "http://10.0.0.9:9090", query: up, at_least: 1}}
      - {name: name, dns: {name: shop.example}}
      - {name: program, command: {run: [curl, "http://elsewhere.example"]}}
    logs: [{loki: {server: "http://loki.example:3100", query: '{app="x"}'}}, "/var/log/*.log"]
"""

CALLING = """\
    steps:
      - http: {url: "http://{host}.intra.example/restart"}
        check: {http: {method: GET, url: "http://shop.example/"}}
        undo: {http: {url: "http://shop.example/undo"}}
    check: {http: {method: GET, url: "http://erp.example/"}}
"""


def complaints(path: Path, text: str) -> list[tuple[int, str, str]]:
    (path / "policy.yaml").write_text(text)
    try:
        load_policy(path / "policy.yaml")
    except PolicyError as error:
        return [(problem.line, problem.place, problem.message) for problem in error.problems]
    return []


def reaching(hosts: str) -> str:
    text = bent("services:\n  vpn:\n    title: Remote access\n    category: network\n", REACHING)
    steps = "    steps:\n      - run: [/bin/true]\n    check: [/bin/true]\n"
    return text.replace(steps, CALLING) + hosts


def test_every_place_that_reaches_beyond_the_list_is_named_with_its_line(tmp_path: Path) -> None:
    text = reaching("")
    lines = {number: line.strip() for number, line in enumerate(text.splitlines(), 1)}
    found = complaints(tmp_path, text)
    assert [(place, message) for _, place, message in found] == [
        (place, f"{host!r} is not on the list of `hosts`")
        for place, host in (
            ("services.vpn.tests.0.http.url", "shop.example"),
            ("services.vpn.tests.1.tcp.host", "db.intra.example"),
            ("services.vpn.tests.2.tls.host", "shop.example"),
            ("services.vpn.tests.3.promql.server", "10.0.0.9"),
            ("services.vpn.logs.0.loki.server", "loki.example"),
            ("runbooks.reset.steps.0.check.http.url", "shop.example"),
            ("runbooks.reset.steps.0.undo.http.url", "shop.example"),
            ("runbooks.reset.check.http.url", "erp.example"),
        )
    ]
    assert all(message.split("'")[1] in lines[line] for line, _, message in found)


def test_a_list_that_holds_them_all_is_enough(tmp_path: Path) -> None:
    listed = "hosts: [shop.example, '*.intra.example', 10.0.0.0/24, loki.example, erp.example]\n"
    assert complaints(tmp_path, reaching(listed)) == []


def test_what_is_off_the_list_is_told_beside_other_mistakes(tmp_path: Path) -> None:
    listed = "hosts: ['*.example', 10.0.0.9]\n"
    wrong = reaching(listed).replace("organisation: Tiny", "organisation: ''")
    assert [place for _, place, _ in complaints(tmp_path, wrong)] == ["organisation"]
    wrong = wrong.replace("10.0.0.9]", "10.0.0.8]")
    assert [place for _, place, _ in complaints(tmp_path, wrong)] == [
        "organisation",
        "services.vpn.tests.3.promql.server",
    ]


def test_of_a_broken_list_only_what_is_broken_is_told(tmp_path: Path) -> None:
    found = complaints(tmp_path, reaching("hosts: ['http://shop.example', 127.1]\n"))
    assert [place for _, place, _ in found] == ["hosts.0", "hosts.1"]
