"""Whatever stands in a log file: never an exception, and never unbounded time."""

import time
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from standfast.logs.messages import message_of
from standfast.logs.reading import Error
from standfast.logs.templates import template_of
from tests.logs.files import AFTER, BEGAN, ERROR, FIXED, NOW, aged, evenly, iso, search

STAMPS = [
    "",
    "  ",
    *(f"{moment.isoformat()} " for moment in (BEGAN - timedelta(hours=3), BEGAN, FIXED, AFTER)),
]
TEXTS = [
    *(
        "ERROR ",
        "INFO ",
        "WARN ",
        ERROR,
        "Traceback (most recent call last):",
        "Caused by: x.E",
        "\tat x",
    ),
    *(
        '{"level":"error","msg":',
        '"x"}',
        '{"level":50}',
        "level=error ",
        'msg="',
        "\\",
        '"',
        "'",
        "`",
    ),
    *(
        "#",
        "/",
        "a/" * 40,
        "@",
        "://",
        "=",
        "<3>",
        "[error]",
        "\x00",
        "\x1b[31m",
        "\u202e",
        "ﬀ",
        "İ",
    ),
]
LINES = st.tuples(
    st.sampled_from(STAMPS).map(str.encode),
    st.lists(st.sampled_from(TEXTS).map(str.encode) | st.binary(max_size=40), max_size=6).map(
        b"".join
    ),
    st.sampled_from([b"\n", b"\r\n", b"\r", b"", b"\n\n", "\n".encode("utf-16")]),
).map(b"".join)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(LINES, max_size=40), st.sampled_from(["", ERROR, "ERROR " * 9, "'" * 99]))
def test_any_file_is_judged_without_an_error(
    tmp_path: Path, lines: list[bytes], error: str
) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(b"".join(lines))
    aged(path, NOW)
    for seen in search(tmp_path, "app.log", error=error).values():
        assert seen.detail.isprintable()


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=2_000), st.sampled_from([".gz", ".bz2", ".xz", ".zst", ""]))
def test_any_archive_is_judged_without_an_error(
    tmp_path: Path, content: bytes, ending: str
) -> None:
    path = tmp_path / f"app.log.1{ending}"
    path.write_bytes(content)
    assert [seen.says for seen in search(tmp_path, path.name).values()] == [None]


@given(st.text() | st.lists(st.sampled_from(TEXTS)).map("".join))
def test_any_line_has_a_message_and_a_template(line: str) -> None:
    assert isinstance(message_of(line), str)
    template_of(Error(NOW, line, line))


CHUNK = 300_000
FLOODS = {
    "one long line": "x" * CHUNK,
    "quotes": "'" * CHUNK,
    "double quotes": '"a' * (CHUNK // 2),
    "paths": "a/" * (CHUNK // 2),
    "masks": "#1" * (CHUNK // 2),
    "errors": "error:" * (CHUNK // 6),
    "levels": "level=" * (CHUNK // 6),
    "braces": '{"level":"error","msg":' * (CHUNK // 23),
    "brackets": "{" + "[" * CHUNK,
    "dots": "a." * (CHUNK // 2) + "Error",
    "addresses": "a@" * (CHUNK // 2),
    "unstamped errors": "Exception failed\n" * (CHUNK // 17),
    "causes": "Caused by: a.b.Exception\n" * (CHUNK // 25),
    "spaces": " " * CHUNK,
    "empty lines": "\n" * CHUNK,
    "messages": 'msg="\\' * (CHUNK // 6),
    "requests": '"GET /' * (CHUNK // 6),
}


@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS)
def test_a_flood_costs_no_more_than_its_length(tmp_path: Path, flood: str) -> None:
    calm = "\n".join(evenly(BEGAN - timedelta(hours=3), FIXED, 50, "INFO well"))
    (tmp_path / "app.log").write_text(f"{calm}\n{iso(AFTER, f'ERROR {flood}')}\n")
    started = time.process_time()
    search(tmp_path, "app.log", error=f"{ERROR} {flood[:5_000]}")
    assert time.process_time() - started < 3


def test_many_different_errors_cost_bounded_time(tmp_path: Path) -> None:
    def words(n: int) -> str:
        return " ".join("".join(chr(97 + int(digit)) * k for digit in str(n)) for k in (1, 2, 3, 4))

    lines = [iso(BEGAN - timedelta(hours=3), "INFO well")]
    lines += [iso(BEGAN + timedelta(seconds=n), f"ERROR {words(n)}") for n in range(1_900)]
    (tmp_path / "app.log").write_text("\n".join(lines))
    started = time.process_time()
    search(tmp_path, "app.log", error="")
    assert time.process_time() - started < 5
