"""How grave a line is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from standfast.logs.severity import (
    Level,
    level_of,
    may_be_grave,
    names_a_cause,
    speaks_of_failure,
    tells_of_a_crash,
)

ERRORS = [
    "2026-11-24 10:11:12,123 ERROR pool: connection lost",
    "2026-11-24 10:11:12.123 UTC [4711] FATAL:  the database system is starting up",
    "2026/11/24 10:11:12 [error] 31#31: *7 connect() failed, no info",
    "2026/11/24 10:11:12 [emerg] 31#31: bind() to 0.0.0.0:80 failed",
    "[Tue Nov 24 10:11:12.123456 2026] [core:error] [pid 17] lost",
    '{"level":"error","time":"2026-11-24T10:11:12Z","msg":"lost"}',
    '{"level":50,"time":1795515072123,"msg":"lost"}',
    '{"severity":"CRITICAL","message":"lost"}',
    'time="2026-11-24T10:11:12Z" level=fatal msg="lost"',
    "E1124 10:11:12.123456   4711 main.go:17] lost",
    "<27>Nov 24 10:11:12 web-1 shop: lost",
    "ERROR:root:lost",
    "2026-11-24 10:11:12 [SEVERE] lost",
    '10.1.2.3 - - [24/Nov/2026:10:11:12 +0000] "GET /pay HTTP/1.1" 502 157',
    "[10:11:12 ERR] lost",
    "fail: Microsoft.AspNetCore.Server.Kestrel[13]",
]


@pytest.mark.parametrize("line", ERRORS)
def test_errors_state_it(line: str) -> None:
    assert level_of(line) is Level.ERROR
    assert may_be_grave(line)


CALM = [
    "2026-11-24 10:11:12,123 INFO pool: retry after error",
    "2026-11-24 10:11:12,123 DEBUG ERROR handler installed",
    "2026-11-24 10:11:12.123 UTC [4711] STATEMENT:  select error from fatal",
    '{"level":"info","msg":"an error of level=error was mended"}',
    '{"level":30,"msg":"the error is gone"}',
    "I1124 10:11:12.123456   4711 main.go:17] error handler installed",
    "<30>Nov 24 10:11:12 web-1 shop: failed",
    '10.1.2.3 - - [24/Nov/2026:10:11:12 +0000] "GET /error/fatal HTTP/1.1" 404 157',
]


@pytest.mark.parametrize("line", CALM)
def test_others_state_that_they_are_calm(line: str) -> None:
    assert level_of(line) is Level.CALM


@pytest.mark.parametrize(
    "line", ["2026-11-24 10:11:12 WARN failed", "2026/11/24 10:11:12 [warn] 7#7: error", "<28>x"]
)
def test_a_warning_is_a_warning(line: str) -> None:
    assert level_of(line) is Level.WARNING


BY_WORDS = [
    ("Nov 24 10:11:12 web-1 shop[17]: connection to db-1 refused", True),
    ("Nov 24 10:11:12 web-1 kernel: Out of memory: Killed process 17", True),
    ("Nov 24 10:11:12 web-1 shop[17]: ConnectionError: lost", True),
    ("Nov 24 10:11:12 web-1 shop[17]: job 17 failed", True),
    ("Nov 24 10:11:12 web-1 shop[17]: 17 jobs done, 0 errors", False),
    ("Nov 24 10:11:12 web-1 shop[17]: done: ok=17 failed=0", False),
    ("Nov 24 10:11:12 web-1 shop[17]: no error found", False),
    ("Nov 24 10:11:12 web-1 shop[17]: error_log rotated", False),
    ("Nov 24 10:11:12 web-1 shop[17]: GET /error/timeout", False),
    ("Nov 24 10:11:12 web-1 shop[17]: ready", False),
]


@pytest.mark.parametrize(("line", "fails"), BY_WORDS)
def test_where_no_level_is_stated_words_tell(line: str, fails: bool) -> None:
    assert level_of(line) is None
    assert (may_be_grave(line) and speaks_of_failure(line)) is fails


def test_crashes_and_causes_are_told_by_their_beginning() -> None:
    assert tells_of_a_crash("Traceback (most recent call last):")
    assert tells_of_a_crash('Exception in thread "main" java.lang.Error: lost')
    assert not tells_of_a_crash("  Traceback (most recent call last):")
    assert names_a_cause("shop.errors.PaymentError: lost")
    assert names_a_cause("Caused by: java.sql.SQLException: lost")
    assert names_a_cause("KeyError")
    assert not names_a_cause("\tat com.fernhill.PaymentError(Shop.java:17)")


@given(st.text())
def test_any_line_is_judged_without_an_error(line: str) -> None:
    may_be_grave(line), level_of(line), speaks_of_failure(line)
    tells_of_a_crash(line), names_a_cause(line)
