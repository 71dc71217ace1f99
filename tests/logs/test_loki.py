"""Logs in Loki, whose server the tests wrote after its documented API."""

import json
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from standfast.incidents.observation import Observation
from standfast.incidents.resolution import Verdict
from standfast.logs import searching
from standfast.logs.windows import LONGEST_BASELINE
from standfast.policy.log_sources import LogSource, LokiSource
from tests.logs.files import AFTER, BEFORE, BEGAN, ERROR, FIXED, INCIDENT, NOW
from tests.logs.loki_server import MOST_LINES, Line, LokiServer

QUERY = '{app="shop"} |= "é&x=1"'
NAME = f"loki {QUERY}"


def at(moment: datetime, text: str, **labels: str) -> Line:
    return round(moment.timestamp() * 1_000_000) * 1_000, text, {"app": "shop", **labels}


async def search(
    server: LokiServer, error: str = ERROR, hosts: Sequence[str] = ("127.0.0.1",)
) -> dict[str, Observation]:
    source = LogSource(loki=LokiSource(server=server.address, query=QUERY, tenant="press"))
    found = await searching.search([source], error, INCIDENT, Path.cwd(), hosts)
    return dict(found)


async def test_an_error_that_is_back_is_found_by_loki_s_own_times() -> None:
    lines = [at(BEFORE, f"level=error {ERROR}"), at(AFTER, f"2020-01-01 10:11:12 ERROR {ERROR}")]
    with LokiServer(lines) as server:
        seen = (await search(server))[NAME]
    assert seen.says is Verdict.UNRESOLVED
    assert "is back, once" in seen.detail


async def test_an_error_that_is_gone_is_gone() -> None:
    with LokiServer([at(BEFORE, ERROR), at(AFTER, "all is well")]) as server:
        assert (await search(server))[NAME].says is Verdict.RESOLVED


async def test_it_asks_for_the_time_from_the_day_before_till_now() -> None:
    with LokiServer([at(AFTER, "well")]) as server:
        await search(server)
    (asked,) = server.asked
    assert asked["query"] == QUERY
    assert asked["direction"] == "backward"
    start, _, _ = at(BEGAN - LONGEST_BASELINE, "")
    assert int(asked["start"]) == start
    assert int(asked["end"]) == at(NOW, "")[0] + 1
    assert server.tenants == ["press"]


async def test_many_lines_are_asked_for_page_by_page_and_none_twice() -> None:
    # Seven at each moment, so that the pages' edges lie among lines of the same moment.
    count = MOST_LINES * 2 + 100
    moments = [FIXED + timedelta(milliseconds=50 * (n // 7)) for n in range(count)]
    lines = [at(moment, f"{ERROR} in {n}") for n, moment in enumerate(moments)]
    with LokiServer(lines) as server:
        seen = (await search(server))[NAME]
    assert f"is back, {count} times" in seen.detail
    assert len(server.asked) == 3


async def test_more_lines_of_one_moment_than_a_page_holds_are_not_asked_for_for_ever() -> None:
    lines = [at(FIXED, f"{ERROR} in {n}") for n in range(MOST_LINES + 100)]
    with LokiServer([at(BEFORE, "well"), *lines]) as server:
        seen = (await search(server))[NAME]
    assert f"is back, {MOST_LINES} times" in seen.detail
    assert len(server.asked) <= 3


async def test_levels_come_from_labels_and_rates_and_messages_are_judged() -> None:
    calm = [
        at(BEGAN - timedelta(minutes=5 * n), "error handler ready", level="info")
        for n in range(200)
    ]
    loud = [
        at(FIXED + timedelta(seconds=30 * n), "odd things", detected_level="error")
        for n in range(110)
    ]
    with LokiServer([*calm, *loud]) as server:
        seen = await search(server, error="")
    assert seen[f"{NAME} (error rate)"].says is Verdict.UNRESOLVED
    assert seen[f"{NAME} (error messages)"].says is Verdict.PARTIALLY_RESOLVED


async def test_a_stack_trace_in_lines_of_their_own_is_one_error() -> None:
    trace = [
        "ERROR pay failed",
        "shop.PayError: lost",
        "\tat shop.Pay(Pay.java:1)",
        "Caused by: x.IOError: e",
    ]
    failed = [
        at(FIXED + timedelta(minutes=n, microseconds=k), line)
        for n in range(30)
        for k, line in enumerate(trace)
    ]
    calm = [at(BEGAN - timedelta(minutes=5 * n), "INFO well") for n in range(200)]
    with LokiServer([*calm, *failed]) as server:
        seen = await search(server, error="")
    assert "0.5 errors a minute since the fix" in seen[f"{NAME} (error rate)"].detail
    assert "(30 times)" in seen[f"{NAME} (error messages)"].detail


async def test_a_host_off_the_list_is_not_asked() -> None:
    with LokiServer([at(AFTER, ERROR)]) as server:
        seen = (await search(server, hosts=["loki.example"]))[NAME]
    assert seen.says is None
    assert "127.0.0.1 is not on the policy's list of hosts" in seen.detail
    assert server.asked == []


STREAMS = {"status": "success", "data": {"resultType": "streams", "result": []}}
ODD = [
    (400, "parse error at line 1, col 6: syntax error", "answered 400: parse error at line 1"),
    (401, "no org id", "answered 401: no org id"),
    (429, "too many outstanding requests", "answered 429: too many"),
    (302, "", "answered 302"),
    (200, "<html>\x1b[31m", "answered what is not Loki's"),
    (200, "[" * 100_000, "answered what is not Loki's"),
    (200, "{}", "answered what is not Loki's"),
    (200, json.dumps(STREAMS), "holds nothing of the incident's time"),
    (
        200,
        json.dumps({"data": {"resultType": "matrix", "result": []}}),
        "the query gives a matrix, not lines",
    ),
    (
        200,
        json.dumps({"data": {"resultType": "streams", "result": [{"values": [["x", "y"]]}]}}),
        "answered what is not Loki's",
    ),
    (
        200,
        json.dumps({"data": {"resultType": "streams", "result": [{"values": [["9" * 30, "y"]]}]}}),
        "answered what is not Loki's",
    ),
]


@pytest.mark.parametrize(("status", "body", "says"), ODD)
async def test_odd_answers_settle_nothing_and_say_why(status: int, body: str, says: str) -> None:
    with LokiServer(answer=(status, body)) as server:
        seen = (await search(server))[NAME]
    assert seen.says is None
    assert says in seen.detail


async def test_a_server_that_is_away_is_inconclusive() -> None:
    with LokiServer() as server:
        pass
    seen = (await search(server))[NAME]
    assert seen == (None, "no answer: Connection refused")
