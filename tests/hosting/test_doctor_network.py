"""`standfast doctor` about what others on the network could read."""

from pathlib import Path

import pytest

from standfast.hosting.doctor.check import Installation
from standfast.hosting.doctor.network import api, database
from standfast.hosting.settings import Settings
from standfast.records.store import RecordStore


def _installation(place: Path, **settings: str) -> Installation:
    records = RecordStore(f"sqlite:///{place}/records.db")
    return Installation(Settings.model_validate(settings), records, None, "")


@pytest.mark.parametrize(
    ("host", "public_url", "said"),
    [
        ("127.0.0.1", "", ""),
        ("::1", "", ""),
        ("localhost", "", ""),
        ("0.0.0.0", "", "tokens are read on the way"),
        ("10.1.2.3", "http://standfast.example", "tokens are read on the way"),
        ("10.1.2.3", "https://standfast.example", "behind https://standfast.example"),
    ],
)
async def test_the_api_is_open_to_the_network(
    tmp_path: Path, host: str, public_url: str, said: str
) -> None:
    settings = {"api_host": host} | ({"public_url": public_url} if public_url else {})
    told = " ".join(check.what for check in await api(_installation(tmp_path, **settings)))
    assert said in told
    assert bool(told) is bool(said)


@pytest.mark.parametrize(
    ("url", "ok", "said"),
    [
        ("sqlite:////tmp/records.db", None, ""),
        ("postgresql://standfast@/standfast?host=/run/postgresql", None, ""),
        ("postgresql://standfast@127.0.0.1/standfast", None, ""),
        ("postgresql://standfast@db.example/standfast", False, "may not be encrypted"),
        ("postgresql://standfast@/standfast?host=db.example", False, "may not be encrypted"),
        ("postgresql://db.example/standfast?sslmode=prefer", False, "may not be encrypted"),
        ("postgresql://db.example/standfast?sslmode=require", False, "whose server it is"),
        ("postgresql://db.example/standfast?sslmode=verify-full", True, "by TLS"),
        ("postgresql://db.example/standfast?sslmode=disable", True, "in clear"),
    ],
)
async def test_the_records_go_over_a_network(
    tmp_path: Path, url: str, ok: bool | None, said: str
) -> None:
    checks = await database(_installation(tmp_path, database_url=url))
    assert [check.ok for check in checks] == ([] if ok is None else [ok])
    assert all(said in check.what and bool(check.remedy) is not ok for check in checks)
