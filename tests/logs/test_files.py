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

from standfast.incidents.observation import Observation
from standfast.incidents.resolution import Verdict
from standfast.logs import files, searching, unpacking
from standfast.logs.analysis import Question
from standfast.logs.budget import Budget
from standfast.logs.rotation import base_of
from standfast.policy.log_sources import LogSource
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
def test_a_file_without_times_is_inconclusive(tmp_path: Path, lines: list[str]) -> None:
    assert one(tmp_path, lines) == (None, UNRECOGNISED)


def test_what_cannot_be_read_is_inconclusive(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.log")
    (tmp_path / "gone.log").symlink_to(tmp_path / "nowhere")
    (tmp_path / "directory.log").mkdir()
    assert search(tmp_path, "*.log", "missing/*.txt") == {
        "gone.log": (None, "cannot be read: No such file or directory"),
        "pipe.log": (None, "cannot be read: it is not a file"),
        "*.txt": (None, "there is no such file"),
    }


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is forbidden to root")
def test_what_may_not_be_read_is_inconclusive(tmp_path: Path) -> None:
    write(tmp_path / "app.log", [iso(AFTER, ERROR)]).chmod(0)
    assert search(tmp_path, "app.log")["app.log"] == (None, "cannot be read: Permission denied")


def test_an_error_that_says_too_little_is_inconclusive(tmp_path: Path) -> None:
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


@pytest.mark.parametrize(
    ("rotated", "base"),
    [
        ("app.log", "app.log"),
        ("app.log.1", "app.log"),
        ("app.log.12.gz", "app.log"),
        ("app.log.old", "app.log"),
        ("app.log-20261124.xz", "app.log"),
        ("app.log.2026-11-24", "app.log"),
        ("app.2026-11-24.log", "app.log"),
        ("app-2026-11-24.3.log.bz2", "app.log"),
        ("app-20261124-1732.log", "app.log"),
        ("syslog.3", "syslog"),
        ("worker.7.log", "worker.7.log"),
        ("web-1.log", "web-1.log"),
        ("2026-11-24.log", ".log"),
        ("20261124", "20261124"),
    ],
)
def test_rotation_leaves_the_name(rotated: str, base: str) -> None:
    assert base_of(rotated) == base
    assert base_of(f"/var/log/{rotated}") == f"/var/log/{base}"


PACKING: dict[str, Callable[[bytes], bytes]] = {
    ".gz": gzip.compress,
    ".bz2": bz2.compress,
    ".xz": lzma.compress,
}


def packed(path: Path, content: bytes, written: datetime) -> Path:
    path.write_bytes(PACKING[path.suffix](content))
    return aged(path, written)


@pytest.mark.parametrize("ending", PACKING)
def test_compressed_files_are_read(tmp_path: Path, ending: str) -> None:
    write(tmp_path / "app.log", [iso(NOW, "all is well")])
    packed(tmp_path / f"app.log.2{ending}", f"{iso(AFTER, ERROR)}\n".encode(), AFTER)
    assert search(tmp_path, "app.log")["app.log"].says is Verdict.UNRESOLVED


@pytest.mark.parametrize("ending", PACKING)
@pytest.mark.parametrize(
    "spoil", [lambda it: it[:-9], lambda it: b"no archive" + it, lambda _: b"x"]
)
def test_a_damaged_archive_is_inconclusive(
    tmp_path: Path, ending: str, spoil: Callable[[bytes], bytes]
) -> None:
    write(tmp_path / "app.log", [iso(NOW, "all is well")])
    text = "".join(f"{line}\n" for line in evenly(FIXED, NOW, 400, "well {}")).encode()
    archive = packed(tmp_path / f"app.log.1{ending}", text, AFTER)
    archive.write_bytes(spoil(archive.read_bytes()))
    seen = search(tmp_path, "app.log")["app.log"]
    assert seen.says is None
    assert f"app.log.1{ending}: cannot be read: is damaged: " in seen.detail


def test_an_error_that_is_back_counts_though_an_archive_is_damaged(tmp_path: Path) -> None:
    write(tmp_path / "app.log", [iso(AFTER, ERROR)])
    (tmp_path / "app.log.1.gz").write_bytes(b"no archive")
    assert search(tmp_path, "app.log")["app.log"].says is Verdict.UNRESOLVED


def test_a_damaged_archive_from_before_the_fix_spoils_only_the_comparison(tmp_path: Path) -> None:
    write(tmp_path / "app.log", [iso(AFTER, "all is well")])
    (tmp_path / "app.log.1.gz").write_bytes(b"?")
    aged(tmp_path / "app.log.1.gz", BEFORE)
    seen = search(tmp_path, "app.log")["app.log"]
    assert seen.says is Verdict.RESOLVED
    assert "error rate and messages: " in seen.detail
    assert "is damaged" in seen.detail


def test_an_archive_older_than_the_day_before_is_left_alone(tmp_path: Path) -> None:
    write(tmp_path / "app.log", [iso(AFTER, "all is well")])
    (tmp_path / "app.log.9.gz").write_bytes(b"no archive")
    aged(tmp_path / "app.log.9.gz", BEGAN - timedelta(days=3))
    assert "damaged" not in search(tmp_path, "app.log")["app.log"].detail


@pytest.mark.parametrize("line", [b"\0" * 1_000, b"\n"], ids=["one line", "empty lines"])
def test_a_decompression_bomb_is_not_unpacked(tmp_path: Path, line: bytes) -> None:
    write(tmp_path / "app.log", [iso(AFTER, "all is well")])
    piece = line * (1_000_000 // len(line))
    with gzip.open(tmp_path / "app.log.1.gz", "wb", compresslevel=1) as bomb:
        for _ in range(12):
            bomb.write(piece)
    with_limit = Budget(bytes=5_000_000)
    question = Question.about(ERROR, INCIDENT)
    (_, seen), *_ = files.search("app.log", question, tmp_path, local=UTC, budget=with_limit)
    assert seen.says is None
    assert "the logs hold more than is read of them" in seen.detail


def test_an_archive_that_holds_too_much_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unpacking, "LARGEST_UNPACKED", 2_000_000)
    write(tmp_path / "app.log", [iso(AFTER, "all is well")])
    packed(tmp_path / "app.log.1.gz", b"x" * 3_000_000, AFTER)
    seen = search(tmp_path, "app.log")["app.log"]
    assert seen.says is None
    assert "holds more than 2 MB unpacked" in seen.detail


def test_an_archive_that_nobody_here_can_unpack_is_said(tmp_path: Path) -> None:
    write(tmp_path / "app.log", [iso(AFTER, "all is well")])
    (tmp_path / "app.log.1.zst").write_bytes(b"?")
    assert "files that end in .zst cannot" in search(tmp_path, "app.log")["app.log"].detail


def test_without_time_nothing_is_settled(tmp_path: Path) -> None:
    write(tmp_path / "app.log", [iso(AFTER, "all is well")])
    question = Question.about(ERROR, INCIDENT)
    ((_, seen),) = files.search("app.log", question, tmp_path, local=UTC, budget=Budget(seconds=-1))
    assert seen.says is None
    assert "there was no time to read it" in seen.detail


def test_a_link_to_the_same_file_is_no_second_log(tmp_path: Path) -> None:
    write(tmp_path / "app-20261124.log", [iso(AFTER, ERROR)])
    (tmp_path / "app.log").symlink_to("app-20261124.log")
    assert len(search(tmp_path, "*.log")) == 1


def test_the_day_before_is_read_from_rotated_files(tmp_path: Path) -> None:
    write(tmp_path / "app.log", evenly(FIXED, NOW, 60, "ERROR cannot reach the printer"))
    day = evenly(LONG_BEFORE, BEGAN, 200, "INFO well")
    packed(tmp_path / "app.log.1.gz", "\n".join(day).encode(), BEGAN)
    seen = search(tmp_path, "app.log", error="")
    assert seen["app.log (error rate)"].says is Verdict.UNRESOLVED
    assert seen["app.log (error messages)"].says is Verdict.PARTIALLY_RESOLVED
