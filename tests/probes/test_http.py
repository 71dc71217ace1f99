"""The HTTP probe against a real server, and against ports where nobody is well."""

import os
import re
import socket
from datetime import timedelta

import pytest

from standfast.incidents.observation import Observation
from standfast.incidents.resolution import Verdict
from standfast.policy.system_tests import HttpTest
from standfast.probes import http
from standfast.probes.context import ProbeContext
from tests.probes.site import Site, a_site

SOON = timedelta(seconds=5)
HERE = ("127.0.0.1",)


async def ask(
    site: Site, path: str, *, within: timedelta = SOON, **expected: object
) -> Observation:
    test = HttpTest.model_validate({"url": site.address + path, **expected})
    return await http.probe(test, ProbeContext(within, HERE))


EXPECTED = [
    ("/teapot", [200, 418], "", Verdict.RESOLVED, "answered 418"),
    ("/broken", [200, 204], "", Verdict.UNRESOLVED, "answered 500, expected 200 or 204"),
    ("/", 200, "", Verdict.RESOLVED, "answered 200"),
    ("/", 200, "Welcome", Verdict.RESOLVED, "answered 200 with 'Welcome'"),
    ("/", 200, "Goodbye", Verdict.UNRESOLVED, "answered 200 without 'Goodbye'"),
    ("/latin", 200, "grün", Verdict.RESOLVED, "answered 200 with 'grün'"),
    ("/broken", 200, "", Verdict.UNRESOLVED, "answered 500, expected 200"),
    ("/teapot", 418, "", Verdict.RESOLVED, "answered 418"),
    ("/moved", 200, "Welcome", Verdict.RESOLVED, "answered 200 with 'Welcome'"),
    ("/moved", 302, "", Verdict.RESOLVED, "answered 302"),
    ("/round", 200, "", Verdict.UNRESOLVED, "redirected more than 5 times"),
]


@pytest.mark.parametrize(("path", "status", "contains", "says", "detail"), EXPECTED)
async def test_status_and_content_decide(
    path: str, status: int | list[int], contains: str, says: Verdict, detail: str
) -> None:
    async with a_site() as site:
        assert await ask(site, path, status=status, contains=contains) == (says, detail)


@pytest.mark.parametrize(
    ("path", "why"),
    [
        ("/away", "elsewhere.example is not on the policy's list of hosts"),
        ("/away-credentials", "the URL at elsewhere.example holds a user name or password"),
    ],
)
async def test_a_redirect_to_a_host_off_the_list_is_not_followed(path: str, why: str) -> None:
    async with a_site() as site:
        seen = await ask(site, path)
    assert seen.says is Verdict.UNRESOLVED
    assert seen.detail == ("answered 302 with a redirect that is not followed: " + why)


@pytest.mark.parametrize("path", ["/nonsense", "/to-a-file", "/garbage", "/control"])
async def test_an_answer_that_makes_no_sense_is_a_failure(path: str) -> None:
    async with a_site() as site:
        seen = await ask(site, path)
    assert seen.says is Verdict.UNRESOLVED
    assert seen.detail.isprintable()


async def test_a_body_without_end_is_not_read_to_its_end() -> None:
    async with a_site() as site:
        seen = await ask(site, "/endless", contains="y")
        assert seen == (
            Verdict.UNRESOLVED,
            "answered 200 without 'y' in its first 1000000 bytes",
        )


@pytest.mark.parametrize("path", ["/silent", "/drip"])
async def test_the_time_limit_holds_for_the_whole_of_it(path: str) -> None:
    async with a_site() as site:
        seen = await ask(site, path, contains="y", within=timedelta(seconds=1))
    assert seen == (Verdict.UNRESOLVED, "no answer within 1 s")


async def test_it_asks_straight_with_nothing_of_the_workers_surroundings() -> None:
    os.environ["http_proxy"] = "http://127.0.0.1:1"
    try:
        async with a_site() as site:
            seen = await ask(site, "/")
    finally:
        del os.environ["http_proxy"]
    assert seen.says is Verdict.RESOLVED
    assert site.asked == ["/"]
    assert "user-agent: standfast" in site.requests[0].lower()


async def test_a_refused_connection_is_a_failure_in_the_systems_words() -> None:
    with socket.socket() as unheard:
        unheard.bind(("127.0.0.1", 0))
        test = HttpTest(url=f"http://127.0.0.1:{unheard.getsockname()[1]}/")
        assert await http.probe(test, ProbeContext(SOON, HERE)) == (
            Verdict.UNRESOLVED,
            "no answer: Connection refused",
        )


async def test_a_server_that_does_not_speak_tls_is_a_failure() -> None:
    async with a_site() as site:
        test = HttpTest(url=site.address.replace("http:", "https:"))
        seen = await http.probe(test, ProbeContext(timedelta(seconds=4), HERE))
    assert seen == (Verdict.UNRESOLVED, "no connection within 2 s")


async def test_a_host_off_the_list_is_not_asked_and_is_inconclusive() -> None:
    async with a_site() as site:
        seen = await http.probe(HttpTest(url=site.address), ProbeContext(SOON, ("shop.example",)))
    assert seen == (None, "127.0.0.1 is not on the policy's list of hosts")
    assert site.asked == []


async def test_what_must_not_be_there_decides_too() -> None:
    async with a_site() as site:
        assert await ask(site, "/", absent="Maintenance") == (
            Verdict.RESOLVED,
            "answered 200 without 'Maintenance'",
        )
        assert await ask(site, "/", contains="Welcome", absent="shop") == (
            Verdict.UNRESOLVED,
            "answered 200 with 'shop'",
        )
        assert await ask(site, "/", contains="Welcome", absent="Maintenance") == (
            Verdict.RESOLVED,
            "answered 200 with 'Welcome'",
        )


async def test_an_answer_must_come_soon_enough() -> None:
    async with a_site() as site:
        soon = await ask(site, "/", faster_than="4s")
        late = await ask(site, "/", faster_than="PT0.000001S")
    assert soon.says is Verdict.RESOLVED
    assert re.fullmatch(r"answered 200 after \d+ ms", soon.detail)
    assert late.says is Verdict.UNRESOLVED
    assert re.fullmatch(r"answered 200 after \d+ ms, expected before 0 ms", late.detail)


async def test_a_body_that_is_packed_twice_is_not_unpacked() -> None:
    async with a_site() as site:
        seen = await ask(site, "/packed-twice", contains="x")
    assert seen == (Verdict.UNRESOLVED, "no answer: its body is packed more than once")
