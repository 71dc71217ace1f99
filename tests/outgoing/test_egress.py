"""Reaching hosts: never one that the list does not permit, whatever leads there."""

import asyncio
import errno
from collections.abc import Sequence
from datetime import timedelta

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from standfast.outgoing.egress import (
    NotAllowed,
    RedirectNotAllowed,
    connect,
    read_prefix,
    request,
    resolved,
    why_failed,
)
from tests.examples import examples
from tests.probes.names import Names
from tests.probes.site import Site, a_site

SOON = timedelta(seconds=5)
HERE = ("shop.example", "127.0.0.1")


async def get(
    url: str, hosts: Sequence[str] = HERE, *, redirects: int = 5, within: timedelta = SOON
) -> tuple[int, bytes]:
    async with request("GET", url, hosts=hosts, within=within, redirects=redirects) as response:
        return response.status_code, await read_prefix(response, 1_000)


def by_name(site: Site, path: str = "/", name: str = "shop.example") -> str:
    return f"http://{name}:{site.port}{path}"


class TestNames:
    """What a name may lead to."""

    async def test_a_name_off_the_list_is_not_even_looked_up(self, names: Names) -> None:
        names.lead("evil.example", ["93.184.216.34"])
        with pytest.raises(NotAllowed, match=r"evil\.example is not on the policy's list"):
            await resolved(HERE, "evil.example", 80, SOON)
        assert names.asked == []

    async def test_every_permitted_address_comes_in_the_resolvers_order(self, names: Names) -> None:
        names.lead("shop.example", ["2606:2800::1", "93.184.216.34", "10.0.0.7", "93.184.216.34"])
        found = await resolved(HERE, "Shop.Example.", 80, SOON)
        assert found == ["2606:2800::1", "93.184.216.34", "10.0.0.7"]
        assert names.asked == ["shop.example"]

    @pytest.mark.parametrize(
        "address",
        [
            *("169.254.169.254", "127.0.0.2", "::1", "0.0.0.0", "fe80::1%lo", "224.0.0.1"),
            *("::ffff:169.254.169.254", "64:ff9b::a9fe:a9fe", "fd00:ec2::254", "100.100.100.200"),
        ],
    )
    async def test_of_two_addresses_the_forbidden_one_is_left_out(
        self, names: Names, address: str
    ) -> None:
        names.lead("shop.example", [address, "10.0.0.7"])
        assert await resolved(HERE, "shop.example", 80, SOON) == ["10.0.0.7"]
        names.lead("shop.example", [address])
        with pytest.raises(
            NotAllowed, match=r"shop\.example leads to .*, which only an address or"
        ):
            await resolved(HERE, "shop.example", 80, SOON)

    async def test_a_mapped_address_is_the_one_it_stands_for(self, names: Names) -> None:
        names.lead("shop.example", ["::ffff:127.0.0.1"])
        assert await resolved(HERE, "shop.example", 80, SOON) == ["127.0.0.1"]
        assert await resolved(HERE, "::ffff:127.0.0.1", 80, SOON) == ["127.0.0.1"]

    async def test_a_name_that_leads_nowhere_is_the_resolvers_error(self, names: Names) -> None:
        names.lead("shop.example", [])
        with pytest.raises(OSError, match="Name or service not known"):
            await resolved(HERE, "shop.example", 80, SOON)
        with pytest.raises(httpx.ConnectError, match="Name or service not known"):
            await get("http://shop.example/")


class TestUrls:
    """What a URL may hold."""

    @pytest.mark.parametrize(
        "host",
        [
            *("2130706433", "0x7f000001", "0177.0.0.1", "127.1", "0x7f.1", "127.0.0.1.nip.example"),
            *("[::1]", "[::]", "0.0.0.0", "0", "[fe80::1%25lo]", "[::ffff:127.0.0.2]", "localhost"),
            *("127.0.0.2", "[::127.0.0.1]", "shop.example.evil", "xn--hop-2xd.example"),
        ],
    )
    async def test_no_odd_spelling_leads_past_the_list(self, names: Names, host: str) -> None:
        async with a_site() as site:
            with pytest.raises((NotAllowed, httpx.InvalidURL)):
                await get(f"http://{host}:{site.port}/")
        assert site.asked == names.asked == []

    @pytest.mark.parametrize("host", ["127.0.0.1", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]"])
    async def test_the_same_address_in_the_usual_spellings_is_the_same(self, host: str) -> None:
        async with a_site() as site:
            assert await get(f"http://{host}:{site.port}/") == (200, b"Welcome to the shop")

    @pytest.mark.parametrize("who", ["me", "me:word", "shop.example", "127.0.0.1:80", ":"])
    async def test_a_user_name_is_never_sent(self, who: str) -> None:
        async with a_site() as site:
            with pytest.raises(NotAllowed, match="holds a user name or password"):
                await get(f"http://{who}@127.0.0.1:{site.port}/")
        assert site.asked == []

    @pytest.mark.parametrize("url", ["ftp://127.0.0.1/", "127.0.0.1/health", "http://", "/etc"])
    async def test_what_is_no_url_of_the_web_cannot_be_asked(self, url: str) -> None:
        with pytest.raises(httpx.UnsupportedProtocol):
            await get(url)

    @settings(max_examples=examples(200))
    @given(host=st.from_regex(r"[0-9a-fx:.\[\]%@#?\\/-]{1,30}", fullmatch=True) | st.text())
    async def test_whatever_the_host_nothing_off_the_list_is_connected_to(self, host: str) -> None:
        # The list holds one name that leads nowhere, so an answer could only be a way past it.
        with pytest.raises((NotAllowed, httpx.HTTPError, httpx.InvalidURL)):
            await get(f"http://{host}/", ("only.invalid",), within=timedelta(seconds=1))


class TestConnections:
    """Where the connection goes."""

    async def test_it_goes_to_the_judged_address_under_the_name(self, names: Names) -> None:
        names.lead("shop.example", ["127.0.0.1"])
        async with a_site() as site:
            async with request("GET", by_name(site), hosts=HERE, within=SOON) as response:
                assert str(response.url) == by_name(site)
            assert f"host: shop.example:{site.port}\r\n" in site.requests[0].lower()
        assert names.asked == ["shop.example"]

    async def test_what_the_name_leads_to_a_moment_later_makes_no_difference(
        self, names: Names
    ) -> None:
        async with a_site() as site, a_site("127.0.0.2", site.port) as other:
            names.lead("shop.example", ["127.0.0.1"], ["127.0.0.2"])
            assert (await get(by_name(site)))[0] == 200
            assert names.asked == ["shop.example"]
            # The next request looks it up anew, and judges anew.
            with pytest.raises(NotAllowed):
                await get(by_name(site))
        assert other.asked == []

    async def test_a_forbidden_address_beside_a_permitted_one_is_not_connected_to(
        self, names: Names
    ) -> None:
        async with a_site() as site, a_site("127.0.0.2", site.port) as other:
            names.lead("shop.example", ["127.0.0.2", "127.0.0.1"])
            assert (await get(by_name(site)))[0] == 200
        assert (site.asked, other.asked) == (["/"], [])

    async def test_the_next_address_is_tried_where_one_refuses(self, names: Names) -> None:
        names.lead("shop.example", ["127.0.0.3", "127.0.0.1"])
        async with a_site() as site:
            assert (await get(by_name(site), ("shop.example", "127.0.0.0/8")))[0] == 200
            with pytest.raises(httpx.ConnectError):
                await get(by_name(site), ("shop.example", "127.0.0.3"))

    async def test_no_proxy_no_cookie_and_no_netrc(
        self, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
    ) -> None:
        netrc = tmp_path_factory.mktemp("home") / ".netrc"
        netrc.write_text("machine 127.0.0.1 login me password hush\n")
        monkeypatch.setenv("NETRC", str(netrc))
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, "http://127.0.0.1:1")
        async with a_site() as site:
            assert (await get(f"{site.address}/cookie"))[0] == 200
        assert site.asked == ["/cookie", "/"]
        said = "".join(site.requests).lower()
        assert "cookie:" not in said
        assert "authorization" not in said

    async def test_a_body_and_headers_arrive(self) -> None:
        async with a_site() as site:
            site.pages["/restart"] = ("202 Accepted", "", b"")
            headers = {"Authorization": "Bearer grün", "User-Agent": "x", "Host": "evil.example"}
            async with request(
                "POST",
                f"{site.address}/restart",
                hosts=HERE,
                within=SOON,
                headers=headers,
                content="{}",
            ) as response:
                assert response.status_code == 202
        sent = site.requests[0]
        assert sent.startswith("POST /restart HTTP/1.1\r\n")
        assert "authorization: Bearer grün\r\n" in sent
        assert "content-length: 2\r\n" in sent.lower()
        assert "evil.example" not in sent

    async def test_a_headers_value_cannot_begin_another(self) -> None:
        async with a_site() as site:
            with pytest.raises(httpx.LocalProtocolError):
                async with request(
                    "GET", site.address, hosts=HERE, within=SOON, headers={"X": "a\r\nY: b"}
                ):
                    pass
        assert site.asked == []

    async def test_a_plain_connection_goes_only_where_it_may(self, names: Names) -> None:
        async with a_site() as site, a_site("127.0.0.2", site.port):
            names.lead("shop.example", ["127.0.0.2", "127.0.0.1"])
            writer = await connect(HERE, "shop.example", site.port, SOON)
            assert writer.get_extra_info("peername") == ("127.0.0.1", site.port)
            writer.close()
            await writer.wait_closed()
            with pytest.raises(NotAllowed):
                await connect(("shop.example",), "shop.example", site.port, SOON)


class TestRedirects:
    """Each is judged as the first URL was."""

    async def test_one_within_the_list_is_followed(self, names: Names) -> None:
        names.lead("shop.example", ["127.0.0.1"])
        async with a_site() as site:
            site.redirect("/old", by_name(site, "/moved"))
            assert (await get(f"{site.address}/old"))[0] == 200
        assert site.asked == ["/old", "/moved", "/"]

    @pytest.mark.parametrize(
        "to",
        [
            *("http://elsewhere.example/", "//elsewhere.example/", "http://2130706433/"),
            *("http://0x7f000002/", "http://127.0.0.2:{port}/", "http://[::1]:{port}/"),
            *("http://localhost:{port}/", "http://169.254.169.254/latest/meta-data/"),
            *("http://me@127.0.0.1:{port}/", "http://127.0.0.1:{port}@elsewhere.example/"),
        ],
    )
    async def test_one_past_the_list_is_not(self, to: str) -> None:
        async with a_site() as site:
            site.redirect("/old", to.format(port=site.port))
            with pytest.raises(RedirectNotAllowed, match="answered 302 with a redirect that is"):
                await get(f"{site.address}/old")
        assert site.asked == ["/old"]

    async def test_one_to_a_known_name_that_leads_to_loopback_is_not(self, names: Names) -> None:
        names.lead("erp.example", ["127.0.0.2"])
        async with a_site() as site:
            site.redirect("/old", by_name(site, name="erp.example"))
            with pytest.raises(RedirectNotAllowed, match=r"erp\.example leads to 127\.0\.0\.2"):
                await get(f"{site.address}/old", (*HERE, "erp.example"))
        assert site.asked == ["/old"]

    async def test_one_back_to_a_name_that_now_leads_elsewhere_is_not(self, names: Names) -> None:
        names.lead("shop.example", ["127.0.0.1"], ["169.254.169.254"])
        async with a_site() as site:
            with pytest.raises(RedirectNotAllowed, match=r"leads to 169\.254\.169\.254"):
                await get(by_name(site, "/moved"))
        assert site.asked == ["/moved"]

    @pytest.mark.parametrize("to", ["ftp://127.0.0.1/", "file:///etc/passwd", "http://[::1/"])
    async def test_one_to_no_page_of_the_web_makes_no_sense(self, to: str) -> None:
        async with a_site() as site:
            site.redirect("/old", to)
            with pytest.raises(httpx.RemoteProtocolError):
                await get(f"{site.address}/old")

    async def test_headers_are_not_taken_along_to_another_origin(self, names: Names) -> None:
        names.lead("shop.example", ["127.0.0.1"])
        async with a_site() as site:
            site.redirect("/same", "/away")
            site.redirect("/away", by_name(site, "/back"))
            site.redirect("/back", f"{site.address}/")
            headers = {"Authorization": "Bearer hush"}
            url = f"{site.address}/same"
            async with request(
                "GET", url, hosts=HERE, within=SOON, headers=headers, redirects=5
            ) as response:
                assert response.status_code == 200
        told = ["hush" in sent for sent in site.requests]
        assert told == [True, True, False, False]

    async def test_their_number_has_an_end(self) -> None:
        async with a_site() as site:
            with pytest.raises(httpx.TooManyRedirects):
                await get(f"{site.address}/round", redirects=2)
            assert len(site.asked) == 3
            # With none to follow, the redirect itself is the answer.
            assert await get(f"{site.address}/round", redirects=0) == (302, b"")

    async def test_what_changes_something_is_never_sent_on(self) -> None:
        async with (
            a_site() as site,
            request(
                "POST", f"{site.address}/moved", hosts=HERE, within=SOON, redirects=5
            ) as response,
        ):
            assert response.status_code == 302
        assert site.asked == ["/moved"]


class TestLimits:
    """A time limit holds for all of it."""

    @pytest.mark.parametrize("path", ["/silent", "/drip"])
    async def test_also_for_what_is_done_with_the_answer(self, path: str) -> None:
        async with a_site() as site:
            with pytest.raises(TimeoutError):
                await get(f"{site.address}{path}", within=timedelta(seconds=0.5))

    async def test_a_body_is_read_only_as_far_as_is_asked(self) -> None:
        async with (
            a_site() as site,
            request("GET", f"{site.address}/endless", hosts=HERE, within=SOON) as response,
        ):
            assert await read_prefix(response, 123_456) == b"x" * 123_456

    async def test_a_resolver_that_does_not_answer_is_out_of_time(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        async def never(*_: object, **__: object) -> None:
            await asyncio.Event().wait()

        monkeypatch.setattr(asyncio.get_running_loop(), "getaddrinfo", never)
        with pytest.raises(TimeoutError):
            await resolved(HERE, "shop.example", 80, timedelta(seconds=0.1))
        with pytest.raises(TimeoutError):
            await get("http://shop.example/", within=timedelta(seconds=0.1))


def test_a_connection_that_is_being_made_is_not_why_it_failed() -> None:
    late = httpx.ReadError("the server has gone")
    late.__context__ = BlockingIOError(errno.EINPROGRESS, "Operation now in progress")
    assert why_failed(late) == "the server has gone"
    late.__context__.__context__ = ConnectionRefusedError(errno.ECONNREFUSED, "refused")
    assert why_failed(late) == "Connection refused"
