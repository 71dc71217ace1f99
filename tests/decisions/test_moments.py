"""The moments that monitors write."""

from datetime import UTC, datetime

import pytest

from standfast.decisions.moments import moment_of

AT = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T08:00:00Z",
        "2026-03-01T09:00:00+01:00",
        "2026-03-01T08:00:00.000000999Z",
        "2026-03-01T08:00:00.000+0000",
        "2026-03-01 08:00:00",
        "2026-03-01 08:00:00 UTC",
        "2026-03-01 09:00:00 +0100",
        "2026/03/01 08:00:00 GMT",
        "2026.03.01 08:00:00",
        "Sun Mar 01 08:00:00 UTC 2026",
        "Sun, 01 Mar 2026 08:00:00 GMT",
        "1772352000",
        "1772352000.0",
        "1772352000000",
        "1772352000000000",
        "1772352000000000000",
    ],
)
def test_ways_to_write_one(text: str) -> None:
    assert moment_of(text) == AT


@pytest.mark.parametrize(
    "text",
    [
        *("", "yesterday", "0", "-1", "nan", "inf", "1e999", "0001-01-01T00:00:00Z", "12:00"),
        *("1970-01-01T00:00:00Z", "9999-12-31T23:59:59-23:00", "2026-13-01T00:00:00Z"),
    ],
)
def test_what_is_none(text: str) -> None:
    assert moment_of(text) is None
