"""Logs in files: has the error come back since the fix, in which of them, and how far was read?"""

import bz2
import gzip
import lzma
import os
from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from activities.logs import files, searching, unpacking
from activities.logs.analysis import Question
from activities.logs.budget import Budget
from activities.logs.rotation import base_of
from activities.probes.observation import Observation
from incidents.policy.log_sources import LogSource
from incidents.resolution import Verdict
from tests.logs.files import (
    AFTER,
    BEFORE,
    BEGAN,
    ERROR,
    ERROR_AGAIN,
    FIXED,
    INCIDENT,
    LONG_BEFORE,
    NOW,
    SINCE,
    aged,
    evenly,
    iso,
    search,
    write,
)


def one(directory: Path, lines: Iterable[str], error: str = ERROR) -> Observation:
    """What is said of the error looked for, without why the other analyses say nothing."""
    write(directory / "app.log", lines)
    seen = search(directory, "app.log", error=error)["app.log"]
    return seen._replace(detail=seen.detail.partition("; error rate")[0])


def test_an_error_that_is_back_since_the_fix_is_shown(tmp_path: Path) -> None:
    lines = [
        iso(BEFORE, f"ERROR {ERROR}"),
        iso(AFTER, f"ERROR {ERROR_AGAIN}"),
        iso(AFTER, f"ERROR {ERROR}"),
    ]
    seen = one(tmp_path, lines)
    assert seen.says is Verdict.UNRESOLVED
    assert seen.detail == f"“connection # to # lost” is back, 2 times since {SINCE}: {lines[1]}"


def test_an_error_from_before_the_fix_does_not_count(tmp_path: Path) -> None:
    seen = one(tmp_path, [iso(BEFORE, ERROR), iso(AFTER, "all is well"), iso(AFTER, "still")])
    assert seen == (
        Verdict.RESOLVED,
        f"“connection # to # lost” is in no line since {SINCE}; "
        f"the newest line is of {AFTER:%Y-%m-%d %H:%M:%S} UTC",
    )


@pytest.mark.parametrize(("late", "says"), [(-1, Verdict.RESOLVED), (0, Verdict.UNRESOLVED)])
def test_the_very_moment_of_the_fix_is_since_the_fix(
    tmp_path: Path, late: int, says: Verdict
) -> None:
    moment = FIXED + timedelta(microseconds=late)
    assert one(tmp_path, [iso(moment, ERROR), iso(AFTER, "well")]).says is says


FORMS = [
    "%Y-%m-%dT%H:%M:%SZ ERROR {}",
    "%Y-%m-%d %H:%M:%S,123 ERROR {}",
    "%b %d %H:%M:%S web-1 shop[17]: {}",
    '10.1.2.3 - - [%d/%b/%Y:%H:%M:%S +0000] "{}"',
    "%Y/%m/%d %H:%M:%S [error] 31#31: {}",
    '{{"level":"error","time":"%Y-%m-%dT%H:%M:%SZ","msg":"{}"}}',
    "EPOCH {}",
]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("moment", "says"), [(BEFORE, Verdict.RESOLVED), (AFTER, Verdict.UNRESOLVED)]
)
def test_every_usual_form_of_a_line_is_understood(
    tmp_path: Path, form: str, moment: datetime, says: Verdict
) -> None:
    def line(moment: datetime, text: str) -> str:
        written = form.replace("EPOCH", str(int(moment.timestamp())))
        return moment.strftime(written).format(text)

    assert one(tmp_path, [line(moment, ERROR), line(AFTER, "all is well")]).says is says


def test_continued_lines_have_the_time_of_the_line_they_continue(tmp_path: Path) -> None:
    trace = ["Traceback (most recent call last):", '  File "x.py", line 1', f"OSError: {ERROR}"]
    old = [iso(BEFORE, "failed"), *trace, iso(AFTER, "all is well")]
    new = [iso(BEFORE, "well"), iso(AFTER, "failed"), *trace]
    assert one(tmp_path, old).says is Verdict.RESOLVED
    assert one(tmp_path, new).says is Verdict.UNRESOLVED


def test_lines_in_front_of_the_first_time_do_not_count(tmp_path: Path) -> None:
    assert one(tmp_path, [ERROR, iso(AFTER, "all is well")]).says is Verdict.RESOLVED


def test_rotated_files_are_one_log_and_are_read_though_no_pattern_finds_them(
    tmp_path: Path,
) -> None:
    write(tmp_path / "app.log", [iso(NOW, "all is well")])
    write(tmp_path / "app.log.1", [iso(AFTER, ERROR)], written=AFTER)
    write(tmp_path / "app.log.2", [iso(BEFORE, ERROR)], written=BEFORE)
    write(tmp_path / "other.log", [iso(AFTER, ERROR)])
    seen = search(tmp_path, "app.log")
    assert list(seen) == ["app.log"]
    assert seen["app.log"].says is Verdict.UNRESOLVED
    assert "is back, once" in seen["app.log"].detail
    assert set(search(tmp_path, "*.log")) == {"app.log", "other.log"}


def test_a_log_that_fell_silent_with_the_fix_speaks_for_it(tmp_path: Path) -> None:
    write(tmp_path / "error.log", [iso(BEFORE, ERROR)], written=BEFORE)
    assert search(tmp_path, "error.log")["error.log"] == (
        Verdict.RESOLVED,
        f"nothing at all was written since {SINCE}",
    )


async def test_patterns_are_relative_to_the_policy_and_no_file_is_read_twice(
    tmp_path: Path,
) -> None:
    place = tmp_path / "logs [1]" / "deep"
    place.mkdir(parents=True)
    path = write(place / "app.log", [iso(AFTER, ERROR)])
    patterns = ["**/*.log", "deep/app.log", str(path).replace("[1]", "[[]1]")]
    found = await searching.search(
        [LogSource(files=pattern) for pattern in patterns], ERROR, INCIDENT, tmp_path / "logs [1]"
    )
    assert [source for source, _ in found] == [str(path)]


UNRECOGNISED = "none of its lines bears a time that is recognised"


@pytest.mark.parametrize(
    "lines", [[], ["just words", ERROR], ["20261124 101112 compact", ERROR], [ERROR]]
)
def test_a_file_without_times_settles_nothing(tmp_path: Path, lines: list[str]) -> None:
    assert one(tmp_path, lines) == (None, UNRECOGNISED)


def test_what_cannot_be_read_settles_nothing(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.log")
    (tmp_path / "gone.log").symlink_to(tmp_path / "nowhere")
    (tmp_path / "directory.log").mkdir()
    assert search(tmp_path, "*.log", "missing/*.txt") == {
        "gone.log": (None, "cannot be read: No such file or directory"),
        "pipe.log": (None, "cannot be read: it is not a file"),
        "*.txt": (None, "there is no such file"),
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_what_may_not_be_read_settles_nothing(tmp_path: Path) -> None:
    write(tmp_path / "app.log", [iso(AFTER, ERROR)]).chmod(0)
    assert search(tmp_path, "app.log")["app.log"] == (None, "cannot be read: Permission denied")


def test_an_error_that_says_too_little_settles_nothing(tmp_path: Path) -> None:
    assert one(tmp_path, [iso(AFTER, "error")], error="Error!") == (
        None,
        "the error message holds too little to be recognised by",
    )


def test_a_long_error_is_shown_shortened(tmp_path: Path) -> None:
    error = "connection lost " * 500
    seen = one(tmp_path, [iso(AFTER, error)], error=error)
    assert seen.says is Verdict.UNRESOLVED
    assert len(seen.detail) < 600


def test_a_clock_that_is_ahead_is_not_believed(tmp_path: Path) -> None:
    berlin = NOW + timedelta(hours=2)
    lines = [f"{berlin - timedelta(hours=1, minutes=5):%Y-%m-%d %H:%M:%S} {ERROR}"]
    lines.append(f"{berlin:%Y-%m-%d %H:%M:%S} all is well")
    seen = one(tmp_path, lines)
    assert seen.says is None
    assert seen.detail.startswith("its clock is ahead: the newest line is of ")


def test_a_clock_that_is_behind_is_not_believed(tmp_path: Path) -> None:
    new_york = NOW - timedelta(hours=5)
    seen = one(tmp_path, [f"{new_york:%Y-%m-%d %H:%M:%S} {ERROR}"])
    assert seen == (
        None,
        f"written to since {SINCE}, but the newest line is of {new_york:%Y-%m-%d %H:%M:%S} UTC: "
        "does its clock or zone differ?",
    )


def test_times_without_a_zone_are_in_the_zone_that_is_given(tmp_path: Path) -> None:
    zone = ZoneInfo("Asia/Kathmandu")
    before, after = (f"{moment.astimezone(zone):%Y-%m-%d %H:%M:%S}" for moment in (BEFORE, AFTER))
    write(tmp_path / "app.log", [f"{before} {ERROR}", f"{after} all is well"])
    question = Question.about(ERROR, INCIDENT)
    (_, seen), *_ = files.search("app.log", question, tmp_path, local=zone)
    assert seen.says is Verdict.RESOLVED


def test_only_the_end_of_a_large_file_is_read(tmp_path: Path) -> None:
    filler = iso(AFTER, "x" * 900)
    count = unpacking.LARGEST_READ // len(filler) + 50
    seen = one(tmp_path, [iso(AFTER, ERROR), *[filler] * count])
    assert seen.says is Verdict.RESOLVED
    begins = f"{AFTER:%Y-%m-%d %H:%M:%S} UTC, where the part that was read begins"
    assert f"is in no line since {begins}" in seen.detail
    seen = one(tmp_path, [iso(BEFORE, ERROR), *[filler] * count, iso(AFTER, ERROR)])
    assert seen.says is Verdict.UNRESOLVED


def test_a_line_without_end_and_bytes_that_are_no_text_are_read(tmp_path: Path) -> None:
    path = tmp_path / "app.log"
    path.write_bytes(
        f"{AFTER.isoformat()} ".encode()
        + b"\xff\xfe\x00" * 100_000
        + b"\n"
        + f"{AFTER.isoformat()} \x1b[31m{ERROR}\x00\n".encode()
    )
    seen = search(tmp_path, "app.log")["app.log"]
    assert seen.says is Verdict.UNRESOLVED
    assert seen.detail.isprintable()


def test_of_very_many_files_the_newest_are_read(tmp_path: Path) -> None:
    for number in range(files.MOST_LOGS + 3):
        write(
            tmp_path / f"app-{number}.log",
            [iso(AFTER, "all is well")],
            written=NOW - timedelta(seconds=number),
        )
    found = search(tmp_path, "app-*.log")
    assert len(found) == files.MOST_LOGS + 1
    assert found["app-*.log"] == (None, "3 older logs were left out; 50 are looked at")
    assert f"app-{files.MOST_LOGS}.log" not in found
