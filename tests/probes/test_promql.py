"""The PromQL probe against a real Prometheus, and against what one could answer besides."""

import json
from datetime import timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from standfast.incidents.observation import Observation
from standfast.incidents.resolution import Verdict
from standfast.policy.system_tests import PromqlTest
from standfast.probes import promql
from standfast.probes.context import ProbeContext
from tests.probes.site import Site, a_site

SOON = timedelta(seconds=10)
HERE = ("127.0.0.1",)
WELL, NOT_WELL = Verdict.RESOLVED, Verdict.UNRESOLVED


async def ask(server: str, query: str, **bounds: float) -> Observation:
    test = PromqlTest.model_validate({"server": server, "query": query, **bounds})
    return await promql.probe(test, ProbeContext(SOON, HERE))


MEASURED: list[tuple[str, dict[str, float], Verdict | None, str]] = [
    ("shop_queue", {"below": 100}, WELL, "shop_queue{instance='…', job='shop'} 12, below 100"),
    (
        "shop_queue",
        {"below": 12},
        NOT_WELL,
        "expected below 12, but: shop_queue{instance='…', job='shop'} 12",
    ),
    ("sum(shop_queue)", {"at_most": 12}, WELL, "12, at most 12"),
    ("sum(shop_queue)", {"above": 0, "below": 20}, WELL, "12, above 0 and below 20"),
    ("sum(shop_queue)", {"above": 12}, NOT_WELL, "expected above 12, but: 12"),
    ("scalar(shop_queue)", {"at_least": 12}, WELL, "12, at least 12"),
    (
        "sum by (job) (up{job='gone'})",
        {"at_least": 1},
        NOT_WELL,
        "expected at least 1, but: {job='gone'} 0",
    ),
    (
        "max by (till) (shop_orders_ratio)",
        {"at_least": 0.99},
        NOT_WELL,
        "expected at least 0.99, but in 1 of 3 series: {till='2'} 0.97",
    ),
    (
        "max by (till) (shop_orders_ratio)",
        {"at_least": 0.9},
        WELL,
        "{till='1'} 0.995, {till='2'} 0.97, {till='3'} 0.999, at least 0.9",
    ),
    (
        "max by (till) (shop_orders_ratio)",
        {"above": 1},
        NOT_WELL,
        "expected above 1, but in 3 of 3 series: "
        "{till='1'} 0.995, {till='2'} 0.97, {till='3'} 0.999",
    ),
    ("sum(shop_limit)", {"above": 1}, WELL, "inf, above 1"),
    ("nobody_measures_this", {"at_least": 1}, None, "no series answers the query"),
    ("sum(shop_never)", {"at_least": 1}, None, "expected at least 1, but there is no number: nan"),
    ("0 * shop_limit", {"at_most": 1}, None, "expected at most 1, but there is no number"),
    (
        "shop_queue[1m]",
        {"at_least": 1},
        None,
        "the query gives a matrix, not a number or one for each series",
    ),
    (
        "'word'",
        {"at_least": 1},
        None,
        "the query gives a string, not a number or one for each series",
    ),
    ("sum(", {"at_least": 1}, None, "Prometheus refused the query: invalid parameter"),
    (
        "shop_queue * on() shop_orders_ratio",
        {"at_least": 1},
        None,
        "Prometheus refused the query: found duplicate series",
    ),
]


@pytest.mark.parametrize(("query", "bounds", "says", "detail"), MEASURED)
async def test_what_is_measured_decides(
    prometheus: str, query: str, bounds: dict[str, float], says: Verdict | None, detail: str
) -> None:
    seen = await ask(prometheus, query, **bounds)
    assert seen.says is says
    assert seen.detail.isprintable()
    for part in detail.split("…"):
        assert part in seen.detail


async def test_a_bad_value_decides_beside_one_that_is_no_number(prometheus: str) -> None:
    seen = await ask(prometheus, "{__name__=~'shop_never|shop_queue'}", above=100)
    assert seen.says is NOT_WELL
    assert "in 1 of 2 series" in seen.detail


async def test_a_server_that_is_away_says_nothing_about_the_service() -> None:
    seen = await ask("http://127.0.0.1:1", "up", at_least=1)
    assert seen == (None, "Prometheus did not answer: Connection refused")


async def test_a_server_off_the_list_is_not_asked(prometheus: str) -> None:
    test = PromqlTest(server=prometheus, query="up", at_least=1)
    seen = await promql.probe(test, ProbeContext(SOON, ("prometheus.example",)))
    assert seen == (None, "127.0.0.1 is not on the policy's list of hosts")


def say(site: Site, answer: Any, status: str = "200 OK") -> None:
    body = answer if isinstance(answer, bytes) else json.dumps(answer).encode()
    site.pages["/api/v1/query"] = (status, "", body)


def vector(*values: str, **more: Any) -> dict[str, Any]:
    result = [
        {"metric": {"till": str(number)}, "value": [1.5, value]}
        for number, value in enumerate(values, 1)
    ]
    return {"status": "success", "data": {"resultType": "vector", "result": result}, **more}


CASES: list[tuple[Any, Verdict | None, str]] = [
    (vector("5"), WELL, "{till='1'} 5, at least 1"),
    (
        vector("5", warnings=["one store did not answer"]),
        None,
        "{till='1'} 5, at least 1 (Prometheus warns: one store did not answer)",
    ),
    (
        vector("0", warnings=["one store did not answer"]),
        NOT_WELL,
        "expected at least 1, but: {till='1'} 0 (Prometheus warns: one store did not answer)",
    ),
    (
        vector("5", warnings=["PromQL info: metric might not be a counter"]),
        WELL,
        "{till='1'} 5, at least 1",
    ),
    (
        vector(warnings=["one store did not answer"]),
        None,
        "no series answers the query (Prometheus warns: one store did not answer)",
    ),
    (
        vector(*"00000"),
        NOT_WELL,
        "expected at least 1, but in 5 of 5 series: {till='1'} 0, {till='2'} 0, {till='3'} 0"
        " and 2 more",
    ),
    (
        {"status": "error", "errorType": "timeout", "error": "query timed out\x1b[31m\nnow"},
        None,
        "Prometheus refused the query: query timed out[31m now",
    ),
    (vector("x"), None, "the query gives something else than numbers"),
    (
        {
            "status": "success",
            "data": {"resultType": "vector", "result": [{"metric": {}, "histogram": [1, {}]}]},
        },
        None,
        "the query gives something else than numbers",
    ),
    (
        {"status": "success"},
        None,
        "the query gives a nothing, not a number or one for each series",
    ),
    (b"<html>", None, "answered 200, not as Prometheus does"),
    (b"[" * 100_000, None, "answered 200, not as Prometheus does"),
    (b"\xff\xfe", None, "answered 200, not as Prometheus does"),
    (b"", None, "answered 200, not as Prometheus does"),
    (b" " * 3_000_000, None, "Prometheus answered more than 2000000 bytes"),
]


@pytest.mark.parametrize(("answer", "says", "detail"), CASES)
async def test_other_answers_are_taken_for_what_they_are(
    answer: Any, says: Verdict | None, detail: str
) -> None:
    async with a_site() as site:
        say(site, answer)
        assert await ask(site.address, "till", at_least=1) == (says, detail)


async def test_a_proxys_error_page_and_a_redirect_settle_nothing() -> None:
    async with a_site() as site:
        say(site, b"no healthy upstream", "503 Service Unavailable")
        seen = await ask(site.address, "up", at_least=1)
        assert seen == (None, "answered 503, not as Prometheus does")
        site.redirect("/api/v1/query", "/")
        seen = await ask(site.address, "up", at_least=1)
        assert seen == (None, "answered 302, not as Prometheus does")


async def test_the_query_arrives_as_it_was_written() -> None:
    async with a_site() as site:
        site.pages["/prom/api/v1/query"] = ("200 OK", "", json.dumps(vector("1")).encode())
        await ask(f"{site.address}/prom/", 'a{b="c&d=#+é"} > 1', at_least=1)
    assert site.asked == [
        "/prom/api/v1/query?query=a%7Bb%3D%22c%26d%3D%23%2B%C3%A9%22%7D+%3E+1&timeout=10000ms"
    ]


async def test_out_of_time_is_inconclusive() -> None:
    async with a_site() as site:
        test = PromqlTest(server=f"{site.address}/slow", query="up", at_least=1)
        seen = await promql.probe(test, ProbeContext(timedelta(seconds=1), HERE))
    assert seen == (None, "Prometheus did not answer within 1 s")


@pytest.mark.parametrize(
    "test",
    [
        {"server": "http://127.0.0.1:9090", "query": "up"},
        {"server": "http://127.0.0.1:9090?a=b", "query": "up", "at_least": 1},
        {"server": "127.0.0.1:9090", "query": "up", "at_least": 1},
        {"server": "http://127.0.0.1:9090", "query": "", "at_least": 1},
        {"server": "http://127.0.0.1:9090", "query": "up", "at_least": "nan"},
    ],
)
def test_a_test_without_a_bound_or_a_server_is_none(test: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        PromqlTest.model_validate(test)
