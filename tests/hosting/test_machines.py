"""What the doctor says of machines that should share their records and their key, and do not."""

import socket
from pathlib import Path
from typing import Any

import pytest

from standfast.hosting.machines import not_shared
from standfast.hosting.settings import Settings

HERE = f"7@{socket.gethostname()} code=9f1c02b7d3aa"
THERE = "8@host.example code=9f1c02b7d3aa"
POSTGRESQL = {"database_url": "postgresql://standfast@db.example/standfast"}
KEY = {"signing_key": "k" * 32}


@pytest.mark.parametrize(
    ("workers", "set_", "names"),
    [
        ([], {}, []),
        ([HERE], {}, []),
        ([HERE, THERE], {}, ["shared records", "shared signing key"]),
        ([THERE], POSTGRESQL, ["shared signing key"]),
        ([THERE], KEY, ["shared records"]),
        ([HERE, THERE], POSTGRESQL | KEY, []),
    ],
)
def test_what_is_not_shared_is_named(
    tmp_path: Path, workers: list[str], set_: dict[str, Any], names: list[str]
) -> None:
    unset: dict[str, Any] = {"database_url": None, "signing_key": None}
    found = not_shared(Settings(data_dir=tmp_path, **(unset | set_)), workers)
    assert [one.name for one in found] == names
    assert all("(host.example)" in one.what for one in found)
    assert all(one.remedy.startswith("set STANDFAST_") for one in found)
