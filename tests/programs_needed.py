"""A test that needs a program of the system is skipped where that is missing, but not in CI."""

import os
import shutil

import pytest

_SYSTEM = "/usr/sbin"
"""Where Debian has daemons, which is not on everybody's path."""


def needs_program(name: str) -> str:
    """The path of a program; without it the test is skipped, or fails where none may be."""
    found = shutil.which(name) or shutil.which(name, path=_SYSTEM)
    if found:
        return found
    words = f"there is no program '{name}'"
    if os.environ.get("STANDFAST_TEST_STRICT") == "1":
        pytest.fail(words)
    pytest.skip(words)
