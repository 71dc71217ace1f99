"""Output that is no UTF-8 still gets every line: what cannot be written is replaced."""

import functools
import os
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = """
import sys
from standfast.terminal.streams import write_anything
write_anything()
print(sys.argv[1])
print(sys.argv[1], file=sys.stderr)
"""
SAID = "│ Zürich – “down”… → ✓ 日本 \u200b INC-7F3K2QXWM4"


def run(*arguments: str, **variables: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=Path(__file__).parents[2],
        env={**os.environ, **variables},
        capture_output=True,
        check=False,
    )


@pytest.mark.parametrize(
    ("encoding", "shown"),
    [
        ("utf-8", SAID),
        ("cp1252", "| Zürich – “down”… > + ?? ? INC-7F3K2QXWM4"),
        ("latin-1", '| Zürich - "down". > + ?? ? INC-7F3K2QXWM4'),
        ("ascii", '| Zurich - "down". > + ?? ? INC-7F3K2QXWM4'),
        ("cp437", '│ Zürich - "down". > + ?? ? INC-7F3K2QXWM4'),
    ],
)
def test_a_terminal_gets_what_looks_most_alike(encoding: str, shown: str) -> None:
    """Textualize/rich#68, #826."""
    ended = run("-c", PROGRAM, SAID, PYTHONIOENCODING=encoding)
    assert ended.returncode == 0
    assert ended.stdout.decode(encoding).rstrip() == shown
    assert ended.stderr.decode(encoding).rstrip() == shown


@functools.cache
def said_in_utf_8(*command: str) -> subprocess.CompletedProcess[bytes]:
    return run("starter.py", *command, PYTHONIOENCODING="utf-8")


@pytest.mark.parametrize("encoding", ["cp1252", "ascii"])
def test_a_command_says_the_same_in_any_encoding(encoding: str) -> None:
    """Textualize/rich#68, #826: `oncall` and its help have dashes and frames."""
    for command in (["oncall"], ["oncall", "--help"]):
        plain = said_in_utf_8(*command)
        odd = run("starter.py", *command, PYTHONIOENCODING=encoding)
        assert (plain.returncode, odd.returncode) == (0, 0)
        assert len(odd.stdout.decode(encoding).splitlines()) == len(plain.stdout.splitlines())


def test_a_flowchart_in_ascii_still_tells_the_walked_path() -> None:
    drawn = run("-c", PROGRAM, "─━═ │┃║", PYTHONIOENCODING="ascii").stdout.decode().rstrip()
    assert drawn == "-=* |#*"


def test_undecodable_arguments_do_not_stop_it() -> None:
    ended = run("-c", PROGRAM, "caf\udce9", PYTHONIOENCODING="utf-8")
    assert (ended.returncode, ended.stdout) == (0, b"caf?\n")
